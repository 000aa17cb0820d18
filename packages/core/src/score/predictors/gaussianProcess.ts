/** The Gaussian process of the search algorithm `bayesian`, as a predictor of scores: with the likeliest hyper-parameters, and averaged over several. */
import { at, Matrix } from "../../base/matrix.ts";
import { blockNames } from "../../search/bayesian/featureSpace.ts";
import { expectedNoise, kernelsFor } from "../../search/bayesian/objectiveModel.ts";
import { climb, GaussianProcess, hyperPrior, type Regression } from "../../search/bayesian/process/gaussianProcess.ts";
import { widening } from "./calibration.ts";
import type { Features } from "./columns.ts";
import { type Hypothesis, hypothesesAround } from "./hypotheses.ts";
import type { ScoreCandidate } from "./predictor.ts";
import { type Beliefs, type Regress, scoreModel } from "./regressor.ts";

/** Trials that are fitted, and steps uphill to the likeliest hyper-parameters with the trials that these are chosen by. */
const fitted = 1000;
const climbing = { trials: 200, steps: 40 };

/** @param choose hyper-parameters and their weights, from trials and the likeliest. */
const regressWith =
  (features: Features, choose: (part: Regression, best: Float64Array) => readonly Hypothesis[]): Regress =>
  (candidates, values) => {
    const whole = regressionOf(features, candidates.slice(0, fitted), values.subarray(0, fitted));
    const { part, theta: best } = likeliest(whole);
    const factor = widening(new GaussianProcess(part, best).leftOut());
    const parts = choose(part, best).map(({ theta, weight }) => ({ process: new GaussianProcess(whole, theta), weight }));
    return (asked) => {
      const matrices = features.matrices(asked);
      const mean = new Float64Array(asked.length);
      const square = new Float64Array(asked.length);
      for (const { process, weight } of parts) {
        const beliefs = process.predict(matrices);
        for (let i = 0; i < mean.length; i++) {
          const here = at(beliefs.mean, i);
          mean[i] = at(mean, i) + weight * here;
          square[i] = at(square, i) + weight * (at(beliefs.variance, i) + process.noise + here * here);
        }
      }
      const sd = square.map((value, i) => factor * Math.sqrt(Math.max(value - at(mean, i) ** 2, leastVariance)));
      return { mean, sd } satisfies Beliefs;
    };
  };

/** Of standardised values; what rounding may leave. */
const leastVariance = 1e-8;

function regressionOf(features: Features, candidates: readonly ScoreCandidate[], values: Float64Array): Regression {
  const blocks = kernelsFor(
    "score",
    blockNames.filter((block) => features.has(block)),
  );
  const noise = new Float64Array(values.length).fill(1);
  return { blocks, features: features.matrices(candidates), values, noise, prior: hyperPrior(blocks, expectedNoise.score) };
}

/** The likeliest hyper-parameters, by some of the trials where they are many: the time grows with the cube of their number. */
export function likeliest(regression: Regression): { readonly part: Regression; readonly theta: Float64Array } {
  const count = Math.min(climbing.trials, regression.values.length);
  const part = {
    ...regression,
    features: regression.features.map(({ cols, values }) => new Matrix(count, cols, values)),
    values: regression.values.subarray(0, count),
    noise: regression.noise.subarray(0, count),
  };
  return { part, theta: climb(part, part.prior.mean, climbing.steps) };
}

export const gaussianProcessModel = scoreModel({
  name: "gp",
  title: "Gaussian process with the likeliest hyper-parameters",
  needsFeatures: false,
  prepare: (features) => regressWith(features, (_, theta) => [{ theta, weight: 1 }]),
});

export const averagedGaussianProcessModel = scoreModel({
  name: "gp-averaged",
  title: "Gaussian processes with several hyper-parameters, weighted by how likely they are",
  needsFeatures: false,
  prepare: (features) => regressWith(features, hypothesesAround),
});
