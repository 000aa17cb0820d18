/** Ridge regression on the columns of an input and on the products of two of them. */

import { addScaled, backwardSolve, cholesky, dot, forwardSolve, inverseFromCholesky } from "../../base/linearAlgebra.ts";
import { item, Matrix } from "../../base/matrix.ts";

/** `at` of `matrix.ts`, in this module: see there. */
const at = (vector: Float64Array, index: number): number => vector[index] as number;

/** Share of the pairs in the prior variance, and noise relative to the prior variance: what is tried. */
const pairShares = [0, 0.4, 0.8];
const noises = [0.01, 0.06, 0.3];
/** Trials by which these are chosen, the latest, and those that are fitted. */
const chosenBy = 100;
const fitted = 500;

/**
 * An additive ridge regression and one on all products of two columns, fitted together: f(x) = b + Σ wᵢxᵢ + Σ vᵢⱼxᵢxⱼ with independent
 * normal priors, whose variances are the columns' shares. Solved in its dual form, so the number of pairs costs nothing. How much the
 * pairs count (0 is the additive model alone) and the noise are chosen by the squared error of leaving one out, in closed form.
 */
export class PairwiseRidge {
  readonly #centre: Float64Array;
  readonly #intercept: number;
  readonly #weights: Float64Array;
  /** Weights of the products, column i with columns j < i: row by row. */
  readonly #pairs: Float64Array;
  readonly #mean: number;
  readonly #spread: number;
  /** Root mean squared error of leaving one out, relative to the targets' standard deviation. */
  readonly relativeError: number;

  /** @param inputs n ≥ 1 vectors of one length. @param targets n finite numbers. */
  constructor(inputs: readonly Float64Array[], targets: readonly number[]) {
    const values = targets.slice(-fitted);
    const count = values.length;
    this.#mean = values.reduce((a, b) => a + b, 0) / count;
    this.#spread = Math.sqrt(values.reduce((sum, value) => sum + (value - this.#mean) ** 2, 0) / count) || 1;
    const y = Float64Array.from(values, (value) => (value - this.#mean) / this.#spread);

    this.#centre = meanOf(inputs.slice(-fitted));
    const rows = inputs.slice(-fitted).map((input) => input.map((value, column) => value - at(this.#centre, column)));
    const kernels = new Kernels(rows);
    const first = Math.max(0, count - chosenBy);
    let best = { error: Number.POSITIVE_INFINITY, share: 0, noise: item(noises, 0) };
    for (const share of pairShares) {
      for (const noise of noises) {
        const error = leaveOneOut(kernels.sum(share, noise, first), y.subarray(first));
        if (error < best.error) best = { error, share, noise };
      }
    }
    this.relativeError = Math.sqrt(best.error);
    const l = cholesky(kernels.sum(best.share, best.noise));
    const dual = backwardSolve(l, forwardSolve(l, y));

    this.#intercept = dual.reduce((a, b) => a + b, 0);
    this.#weights = new Float64Array(this.#centre.length);
    this.#pairs = new Float64Array((this.#centre.length * (this.#centre.length - 1)) / 2);
    rows.forEach((row, index) => {
      addScaled(this.#weights, (1 - best.share) * kernels.linearUnit * at(dual, index), row);
      const factor = best.share * kernels.pairUnit * at(dual, index);
      if (factor === 0) return;
      for (let i = 1, pair = 0; i < row.length; i++) {
        const scaled = factor * at(row, i);
        for (let j = 0; j < i; j++, pair++) this.#pairs[pair] = at(this.#pairs, pair) + scaled * at(row, j);
      }
    });
  }

  predict(input: Float64Array): number {
    const x = input.map((value, column) => value - at(this.#centre, column));
    let sum = this.#intercept;
    for (let i = 0, pair = 0; i < x.length; i++) {
      let weight = at(this.#weights, i);
      for (let j = 0; j < i; j++, pair++) weight += at(this.#pairs, pair) * at(x, j);
      sum += at(x, i) * weight;
    }
    return this.#mean + this.#spread * sum;
  }
}

/** The kernels of both parts between all rows: Σ xᵢyᵢ, and Σ xᵢxⱼyᵢyⱼ over i < j = ((Σ xᵢyᵢ)² − Σ xᵢ²yᵢ²) / 2. */
class Kernels {
  readonly #linear: Matrix;
  readonly #pairs: Matrix;
  /** What makes the mean of the diagonal one. */
  readonly linearUnit: number;
  readonly pairUnit: number;

  constructor(rows: readonly Float64Array[]) {
    const squares = rows.map((row) => row.map((value) => value * value));
    this.#linear = new Matrix(rows.length, rows.length);
    this.#pairs = new Matrix(rows.length, rows.length);
    let [linearTrace, pairTrace] = [0, 0];
    for (let i = 0; i < rows.length; i++) {
      for (let j = 0; j <= i; j++) {
        const linear = dot(item(rows, i), item(rows, j));
        this.#linear.set(i, j, linear);
        this.#pairs.set(i, j, (linear * linear - dot(item(squares, i), item(squares, j))) / 2);
      }
      linearTrace += this.#linear.at(i, i);
      pairTrace += this.#pairs.at(i, i);
    }
    this.linearUnit = linearTrace > 0 ? rows.length / linearTrace : 1;
    this.pairUnit = pairTrace > 0 ? rows.length / pairTrace : 1;
  }

  /** The sum with an intercept of variance one and the noise, of the rows from `first` on; the lower triangle. */
  sum(share: number, noise: number, first = 0): Matrix {
    const size = this.#linear.rows - first;
    const [linearShare, pairShare] = [(1 - share) * this.linearUnit, share * this.pairUnit];
    const sum = new Matrix(size, size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        sum.set(i, j, 1 + linearShare * this.#linear.at(first + i, first + j) + pairShare * this.#pairs.at(first + i, first + j));
      }
      sum.add(i, i, noise);
    }
    return sum;
  }
}

function meanOf(vectors: readonly Float64Array[]): Float64Array {
  const mean = new Float64Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) addScaled(mean, 1 / vectors.length, vector);
  return mean;
}

/** Mean squared error of leaving one out: (αᵢ / (K⁻¹)ᵢᵢ)² (Rasmussen and Williams 2006, equation 5.12). @param kernel with the noise. */
function leaveOneOut(kernel: Matrix, y: Float64Array): number {
  const inverse = inverseFromCholesky(cholesky(kernel));
  let sum = 0;
  for (let i = 0; i < y.length; i++) {
    let alpha = 0;
    for (let j = 0; j < y.length; j++) alpha += inverse.at(i, j) * at(y, j);
    sum += (alpha / inverse.at(i, i)) ** 2;
  }
  return sum / y.length;
}
