/** Several settings of a Gaussian process's hyper-parameters, weighted by how likely they are. */
import { createRng } from "../../base/index.ts";
import { at, item } from "../../base/matrix.ts";
import { logPosterior, type Regression } from "../../search/bayesian/process/gaussianProcess.ts";
import { exp } from "../../search/bayesian/process/normal.ts";

/** Settings that are drawn, and the share of the weight below which one is left out. */
const drawn = 8;
const leastWeight = 0.01;

export interface Hypothesis {
  readonly theta: Float64Array;
  /** All together are 1. */
  readonly weight: number;
}

/**
 * Draws from a normal distribution around the likeliest setting, which is the first, each weighted by its posterior density over that
 * of the draw (importance sampling). The distribution's standard deviations are those of the posterior along each hyper-parameter
 * alone, by how much it falls half a prior standard deviation away. Averaging over hyper-parameters instead of choosing the likeliest
 * is recommended for few trials (Snoek, Larochelle and Adams, "Practical Bayesian optimization of machine learning algorithms",
 * NeurIPS 2012), who draw by slice sampling.
 * @param best the likeliest hyper-parameters.
 */
export function hypothesesAround(regression: Regression, best: Float64Array): readonly Hypothesis[] {
  const value = (theta: Float64Array) => logPosterior(regression, theta).value;
  const top = value(best);
  const sd = best.map((_, i) => {
    const step = at(regression.prior.sd, i) / 2;
    const moved = (by: number) => value(best.map((parameter, k) => parameter + (k === i ? by : 0)));
    // No wider than the prior.
    const fall = Math.max(top - (moved(step) + moved(-step)) / 2, 1 / 8);
    return step / Math.sqrt(2 * fall);
  });
  const rng = createRng("hypotheses");
  const draws = Array.from({ length: drawn }, (_, draw) => {
    const z = best.map(() => (draw === 0 ? 0 : rng.normal()));
    const theta = best.map((parameter, i) => parameter + at(sd, i) * at(z, i));
    return { theta, logRatio: value(theta) + z.reduce((sum, x) => sum + x * x, 0) / 2 };
  });
  const largest = draws.reduce((most, { logRatio }) => Math.max(most, logRatio), Number.NEGATIVE_INFINITY);
  return normalised(normalised(draws.map(({ theta, logRatio }) => ({ theta, weight: exp(logRatio - largest) }))).filter(isHeavy));
}

const isHeavy = ({ weight }: Hypothesis) => weight >= leastWeight;

function normalised(hypotheses: readonly Hypothesis[]): readonly Hypothesis[] {
  const total = hypotheses.reduce((sum, { weight }) => sum + weight, 0);
  return hypotheses.map(({ theta }, i) => ({ theta, weight: item(hypotheses, i).weight / total }));
}
