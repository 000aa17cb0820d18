/** Gaussian-process regression with hyper-parameters of largest posterior density. */
import { backwardSolve, dot, forwardSolve, inverseFromCholesky, logDeterminant } from "../../../base/linearAlgebra.ts";
import { item, Matrix } from "../../../base/matrix.ts";
import { factorise, solveRows } from "./factor.ts";
import {
  addKernel,
  type Compared,
  compared,
  constantVariance,
  covariances,
  type FeatureMatrices,
  type KernelBlock,
  kernelTraces,
  relations,
  type Scales,
} from "./kernels.ts";
import { exp, log } from "./normal.ts";

/** `at` of `matrix.ts`, in this module: see there. */
const at = (vector: Float64Array, index: number): number => vector[index] as number;

/** Noise that is always there, so that equal candidates with different values can be told. */
const leastNoise = 1e-6;

/**
 * What is known of the hyper-parameters beforehand: independent normal distributions of their logarithms, in the order
 * weight of each block, length scale of each block, variance of the noise.
 */
export interface HyperPrior {
  readonly mean: Float64Array;
  readonly sd: Float64Array;
}

/** @param noise what is expected of the noise's variance, relative to that of the values. */
export function hyperPrior(blocks: readonly KernelBlock[], noise: number): HyperPrior {
  const count = blocks.length;
  const of = (weight: number, scale: number, last: number) =>
    Float64Array.from([...new Array<number>(count).fill(weight), ...new Array<number>(count).fill(scale), last]);
  return { mean: of(log(1 / count), 0, log(noise)), sd: of(1.5, 0.7, 1.5) };
}

/** Values of some candidates. */
export interface Regression {
  readonly blocks: readonly KernelBlock[];
  /** Of the candidates whose values are known, one a row. */
  readonly features: FeatureMatrices;
  /** Of about zero mean and unit variance. */
  readonly values: Float64Array;
  /** Variance of each value's noise, relative to the noise that is a hyper-parameter. */
  readonly noise: Float64Array;
  readonly prior: HyperPrior;
}

/** See {@link relations}; one entry a block. */
export const relationsOf = ({ blocks, features }: Regression): Matrix[] =>
  blocks.map(({ kind, features: index }) => relations(kind, item(features, index)));

function covariance(regression: Regression, related: readonly Matrix[], theta: Float64Array): Matrix {
  const { blocks, noise } = regression;
  const count = noise.length;
  const k = new Matrix(count, count);
  k.values.fill(constantVariance);
  blocks.forEach(({ kind }, b) => {
    addKernel(k, kind, item(related, b), exp(at(theta, b)), exp(at(theta, blocks.length + b)));
  });
  const sigma = exp(at(theta, 2 * blocks.length)) + leastNoise;
  for (let i = 0; i < count; i++) k.add(i, i, sigma * at(noise, i));
  return k;
}

/**
 * Logarithm of the posterior density of hyper-parameters, up to a constant, and its gradient: ½ tr((ααᵀ − K⁻¹) ∂K)
 * (Rasmussen and Williams, Gaussian Processes for Machine Learning, equation 5.9) and the prior's.
 */
export function logPosterior(
  regression: Regression,
  theta: Float64Array,
  related: readonly Matrix[] = relationsOf(regression),
): { readonly value: number; readonly gradient: Float64Array } {
  const { blocks, values, noise, prior } = regression;
  const count = values.length;
  const l = factorise(covariance(regression, related, theta));
  const alpha = backwardSolve(l, forwardSolve(l, values.slice()));
  const q = inverseFromCholesky(l);
  for (let i = 0; i < count; i++) {
    const row = q.row(i);
    for (let j = 0; j <= i; j++) row[j] = at(alpha, i) * at(alpha, j) - at(row, j);
  }
  const gradient = new Float64Array(theta.length);
  blocks.forEach(({ kind }, b) => {
    const weight = exp(at(theta, b));
    const [byWeight, byScale] = kernelTraces(q, kind, item(related, b), exp(at(theta, blocks.length + b)));
    gradient[b] = 0.5 * weight * byWeight;
    gradient[blocks.length + b] = 0.5 * weight * byScale;
  });
  let trace = 0;
  for (let i = 0; i < count; i++) trace += q.at(i, i) * at(noise, i);
  gradient[2 * blocks.length] = 0.5 * exp(at(theta, 2 * blocks.length)) * trace;
  let value = -0.5 * dot(values, alpha) - 0.5 * logDeterminant(l);
  theta.forEach((parameter, i) => {
    const deviation = (parameter - at(prior.mean, i)) / at(prior.sd, i);
    value -= 0.5 * deviation * deviation;
    gradient[i] = at(gradient, i) - deviation / at(prior.sd, i);
  });
  return { value, gradient };
}

/** How hyper-parameters are climbed for: Rprop (Riedmiller and Braun 1993) with these steps. */
const climbing = { first: 0.15, up: 1.3, down: 0.5, least: 1e-3, most: 0.7, widest: 4 };

/** The best hyper-parameters met in a number of steps uphill from `start`. */
export function climb(regression: Regression, start: Float64Array, steps: number, related = relationsOf(regression)): Float64Array {
  const { mean, sd } = regression.prior;
  let theta = start.slice();
  let best = theta;
  let bestValue = Number.NEGATIVE_INFINITY;
  const step = new Float64Array(theta.length).fill(climbing.first);
  const last = new Float64Array(theta.length);
  for (let count = 0; count < steps; count++) {
    const { value, gradient } = logPosterior(regression, theta, related);
    // Rounded, so that the last bits of a logarithm decide nothing.
    const rounded = Math.round(value * 1e6);
    if (rounded > bestValue) [bestValue, best] = [rounded, theta];
    theta = theta.map((parameter, i) => {
      const turn = at(gradient, i) * at(last, i);
      const factor = turn > 0 ? climbing.up : turn < 0 ? climbing.down : 1;
      step[i] = Math.min(climbing.most, Math.max(climbing.least, at(step, i) * factor));
      last[i] = turn < 0 ? 0 : at(gradient, i);
      const moved = parameter + at(step, i) * Math.sign(at(last, i));
      const reach = climbing.widest * at(sd, i);
      return Math.min(at(mean, i) + reach, Math.max(at(mean, i) - reach, moved));
    });
  }
  return best;
}

/** What is believed of candidates. */
export interface Beliefs {
  readonly mean: Float64Array;
  /** Of the function, noise apart. */
  readonly variance: Float64Array;
}

/** Candidates that are looked at together, so that what they need stays near the processor. */
const together = 64;

/** A Gaussian process that has seen its values. */
export class GaussianProcess {
  readonly #regression: Regression;
  readonly #scales: Scales;
  readonly #factor: Matrix;
  readonly #alpha: Float64Array;
  readonly #seen: Compared;
  /** Variance of a noise of relative variance 1. */
  readonly noise: number;

  constructor(regression: Regression, theta: Float64Array, related = relationsOf(regression)) {
    const { blocks, features, values } = regression;
    this.#regression = regression;
    this.#scales = { weights: theta.slice(0, blocks.length).map(exp), lengths: theta.slice(blocks.length, 2 * blocks.length).map(exp) };
    this.#factor = factorise(covariance(regression, related, theta));
    this.#alpha = backwardSolve(this.#factor, forwardSolve(this.#factor, values.slice()));
    this.#seen = compared(blocks, features);
    this.noise = exp(at(theta, 2 * blocks.length)) + leastNoise;
  }

  /**
   * Deviation of each value from what the others predict, in units of that prediction's standard deviation (Rasmussen and
   * Williams, equation 5.12).
   */
  leftOut(): Float64Array {
    const inverse = inverseFromCholesky(this.#factor);
    return this.#alpha.map((value, i) => value / Math.sqrt(inverse.at(i, i)));
  }

  /** Prior covariances of candidates with one of them. */
  kernel(features: FeatureMatrices, candidate: number): Float64Array {
    const { blocks } = this.#regression;
    const count = item(features, 0).rows;
    const one = features.map((matrix) => new Matrix(1, matrix.cols, matrix.row(candidate)));
    const other = compared(blocks, one);
    const shared = new Float64Array(count * other.stride);
    covariances(blocks, this.#scales, features, [0, count], other, shared);
    return Float64Array.from({ length: count }, (_, i) => at(shared, i * other.stride));
  }

  /** L⁻¹ k of each candidate, one a row, from which the covariance of two follows. */
  roots(features: FeatureMatrices): Matrix {
    const { rows } = item(features, 0);
    const { count, stride } = this.#seen;
    const roots = new Matrix(rows, count);
    const some = new Float64Array(together * stride);
    for (let from = 0; from < rows; from += together) {
      const to = Math.min(rows, from + together);
      covariances(this.#regression.blocks, this.#scales, features, [from, to], this.#seen, some);
      solveRows(this.#factor, some, to - from, stride);
      for (let i = from; i < to; i++) roots.row(i).set(some.subarray((i - from) * stride, (i - from) * stride + count));
    }
    return roots;
  }

  predict(features: FeatureMatrices): Beliefs {
    const { rows } = item(features, 0);
    const { count, stride } = this.#seen;
    const mean = new Float64Array(rows);
    const variance = this.#diagonal(features);
    const some = new Float64Array(together * stride);
    for (let from = 0; from < rows; from += together) {
      const to = Math.min(rows, from + together);
      covariances(this.#regression.blocks, this.#scales, features, [from, to], this.#seen, some);
      for (let i = from; i < to; i++) mean[i] = product(some, (i - from) * stride, this.#alpha, 0, count);
      solveRows(this.#factor, some, to - from, stride);
      for (let i = from; i < to; i++) {
        const start = (i - from) * stride;
        variance[i] = Math.max(at(variance, i) - product(some, start, some, start, count), 1e-8);
      }
    }
    return { mean, variance };
  }

  /** Prior variances of candidates. */
  #diagonal(features: FeatureMatrices): Float64Array {
    const variance = new Float64Array(item(features, 0).rows).fill(constantVariance);
    this.#regression.blocks.forEach(({ kind, features: index }, b) => {
      const [weight, { values, cols }] = [at(this.#scales.weights, b), item(features, index)];
      for (let i = 0; i < variance.length; i++) {
        variance[i] = at(variance, i) + weight * (kind === "linear" ? product(values, i * cols, values, i * cols, cols) : 1);
      }
    });
    return variance;
  }

  /** The means of {@link predict} alone, which take much less time. */
  means(features: FeatureMatrices): Float64Array {
    const { rows } = item(features, 0);
    const { count, stride } = this.#seen;
    const mean = new Float64Array(rows);
    const some = new Float64Array(together * stride);
    for (let from = 0; from < rows; from += together) {
      const to = Math.min(rows, from + together);
      covariances(this.#regression.blocks, this.#scales, features, [from, to], this.#seen, some);
      for (let i = from; i < to; i++) mean[i] = product(some, (i - from) * stride, this.#alpha, 0, count);
    }
    return mean;
  }
}

/** Inner product of stretches of two vectors. */
function product(a: Float64Array, fromA: number, b: Float64Array, fromB: number, count: number): number {
  let [even, odd] = [0, 0];
  let i = 0;
  for (; i + 1 < count; i += 2) {
    even += at(a, fromA + i) * at(b, fromB + i);
    odd += at(a, fromA + i + 1) * at(b, fromB + i + 1);
  }
  if (i < count) even += at(a, fromA + i) * at(b, fromB + i);
  return even + odd;
}
