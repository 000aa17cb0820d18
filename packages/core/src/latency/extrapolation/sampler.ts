/** Draws from the posterior of a non-linear regression whose prior is the standard normal distribution. */
import type { Rng } from "../../base/index.ts";
import { backwardSolve, cholesky, dot, forwardSolve } from "../../base/linearAlgebra.ts";
import { at, item, Matrix } from "../../base/matrix.ts";

/** What is to be explained. */
export interface Regression {
  readonly dimensions: number;
  readonly observed: Float64Array;
  /** What a point predicts, as long as what was observed. */
  predict(z: Float64Array): Float64Array;
  /** Standard deviation of an observation, as a point has it. */
  noise(z: Float64Array): number;
  /** Logarithm of the likelihood of the residuals; any constant may be left out. */
  logLikelihood(residuals: Float64Array, noise: number): number;
}

export interface SamplingOptions {
  /** Points that walk side by side; more than there are dimensions. */
  readonly chains: number;
  /** Gauss–Newton steps by which each starts, and Markov steps after that. */
  readonly descents: number;
  readonly steps: number;
  /** How many points to keep, from the later half of the steps. */
  readonly kept: number;
}

/**
 * Starts every chain by randomised maximum likelihood (Oliver, He and Reynolds 1996): a draw of the prior is pulled to disturbed
 * observations, which gives nearly the posterior. Differential evolution Markov chains (ter Braak 2006) do the rest: a chain
 * jumps by the difference of two others, so that jumps have the posterior's own shape without tuning.
 */
export function samplePosterior(
  regression: Regression,
  rng: Rng,
  { chains: count, descents, steps, kept }: SamplingOptions,
): readonly Float64Array[] {
  const { dimensions } = regression;
  const normals = (length: number) => Float64Array.from({ length }, () => rng.normal());
  const chains = Array.from({ length: count }, () => {
    const start = normals(dimensions);
    const noise = regression.noise(start);
    const target = regression.observed.map((value) => value + noise * rng.normal());
    const z = descend(regression, { start, target, noise, descents });
    return { z, density: logDensity(regression, z) };
  });
  const usual = 2.38 / Math.sqrt(2 * dimensions);
  const snapshots = Math.ceil(kept / count);
  const stride = Math.max(1, Math.floor(steps / 2 / snapshots));
  const samples: Float64Array[] = [];
  for (let step = 1; step <= steps; step++) {
    for (const chain of chains) {
      const [a, b] = [item(chains, rng.int(count)), item(chains, rng.int(count))];
      if (a === b || a === chain || b === chain) continue;
      // Now and then a whole difference: from one mode to another.
      const factor = step % 10 === 0 ? 1 : usual * Math.exp(0.3 * rng.normal());
      const z = chain.z.map((value, i) => value + factor * (at(a.z, i) - at(b.z, i)) + 1e-3 * rng.normal());
      const density = logDensity(regression, z);
      if (Math.log(1 - rng.next()) < density - chain.density) Object.assign(chain, { z, density });
    }
    // Below the best by about half a unit a dimension is usual, by a whole one a chain is stuck (as DREAM has it: Vrugt et al. 2009).
    if (step % restartEvery === 0 && step <= steps / 2) {
      const least = Math.max(...chains.map(({ density }) => density)) - dimensions;
      const good = chains.filter(({ density }) => density >= least);
      for (const chain of chains) if (chain.density < least) Object.assign(chain, rng.pick(good));
    }
    const left = steps - step;
    if (left % stride === 0 && left / stride < snapshots) samples.push(...chains.map(({ z }) => z));
  }
  return samples;
}

const restartEvery = 50;

/** Logarithm of prior times likelihood. */
function logDensity(regression: Regression, z: Float64Array): number {
  const residuals = regression.predict(z).map((value, i) => value - at(regression.observed, i));
  const likelihood = regression.logLikelihood(residuals, regression.noise(z));
  return Number.isNaN(likelihood) ? Number.NEGATIVE_INFINITY : likelihood - dot(z, z) / 2;
}

interface Descent {
  readonly start: Float64Array;
  readonly target: Float64Array;
  readonly noise: number;
  readonly descents: number;
}

/** Of difference quotients. */
const nudge = 1e-4;
/** No step is longer: the prior's own size is 1 in every dimension. */
const longest = 3;

/** The point that is near to the start and explains the target: Gauss–Newton in the dual, as long as the target. */
function descend({ predict }: Regression, { start, target, noise, descents }: Descent): Float64Array {
  const count = target.length;
  let z = start;
  for (let step = 0; step < descents; step++) {
    // First roughly, then exactly.
    const deviation = Math.max(noise, 2 ** -step);
    const here = predict(z);
    const jacobian = new Matrix(count, z.length);
    for (let j = 0; j < z.length; j++) {
      const there = predict(z.map((value, i) => (i === j ? value + nudge : value)));
      for (let i = 0; i < count; i++) jacobian.set(i, j, (at(there, i) - at(here, i)) / nudge);
    }
    const back = z.map((value, i) => at(start, i) - value);
    const gram = new Matrix(count, count);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j <= i; j++) gram.set(i, j, dot(jacobian.row(i), jacobian.row(j)) + (i === j ? deviation ** 2 : 0));
    }
    const factor = cholesky(gram);
    const gap = here.map((value, i) => value - at(target, i) + dot(jacobian.row(i), back));
    const dual = backwardSolve(factor, forwardSolve(factor, gap));
    const move = back.map((value, j) => {
      let sum = value;
      for (let i = 0; i < count; i++) sum -= jacobian.at(i, j) * at(dual, i);
      return sum;
    });
    const shorter = Math.min(1, longest / Math.sqrt(dot(move, move)));
    z = z.map((value, j) => value + shorter * at(move, j));
  }
  return z;
}
