/** Ridge regression on features of frozen layers: a classifier for few labelled images, and its leave-one-out accuracy. */
import { at, Matrix } from "../base/index.ts";
import { addScaled, backwardSolve, cholesky, dot, forwardSolve, gram, inverseFromCholesky } from "../base/linearAlgebra.ts";

/** A linear classifier: scores are features · weights + bias, the largest names the class. Scores are no log-probabilities. */
export interface LinearProbe {
  /** features × classes */
  readonly weights: Matrix;
  /** One a class. */
  readonly bias: Float64Array;
  /** The one of the penalties that was chosen: relative to the mean variance of a feature. */
  readonly penalty: number;
  /** Percent of the examples that are classified rightly by the classifier fitted to all the others. */
  readonly leaveOneOutAccuracy: number;
}

/** Powers of ten around what fits features of networks. */
export const probePenalties: readonly number[] = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10];

/**
 * Fits one ridge regression a class, to 1 for its examples and −1 for others, with an intercept that is not penalised. The penalty
 * is the one of least squared error over all examples, each predicted by the fit to all others. This is in closed form: the error of
 * a fit to all examples, divided by 1 − h of the hat matrix (Allen 1974; Hastie, Tibshirani and Friedman, "The elements of
 * statistical learning", 2nd edition, equation 7.64).
 * @param features examples × features
 * @param labels classes of the examples, from 0
 * @throws RangeError where there are fewer than two examples, or a number is not finite.
 */
export function fitLinearProbe(
  features: Matrix,
  labels: ArrayLike<number>,
  classes: number,
  penalties: readonly number[] = probePenalties,
): LinearProbe {
  const problem = centred(features, labels, classes);
  const fits = penalties.map((penalty) => ({ penalty, ...solve(problem, penalty) }));
  // Of equal errors the larger penalty.
  const best = fits.reduce((least, one) => (one.squaredError <= least.squaredError ? one : least));
  const { weights, penalty } = best;
  const bias = problem.targetMeans.map((mean, k) => mean - sumOf(features.cols, (j) => at(problem.means, j) * weights.at(j, k)));
  return { weights, bias, penalty, leaveOneOutAccuracy: best.accuracy };
}

interface Centred {
  /** examples × features, of mean 0 */
  readonly x: Matrix;
  readonly means: Float64Array;
  /** classes × examples, of mean 0 */
  readonly targets: Matrix;
  readonly targetMeans: Float64Array;
  readonly labels: ArrayLike<number>;
  /** Products of all pairs of features, or of examples where those are fewer. */
  readonly products: Matrix;
  /** Whether the products are of examples. */
  readonly dual: boolean;
}

function sumOf(count: number, term: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += term(i);
  return sum;
}

function centred(features: Matrix, labels: ArrayLike<number>, classes: number): Centred {
  const { rows, cols } = features;
  if (rows < 2) throw new RangeError(`a classifier cannot be fitted to ${rows} examples`);
  const means = Float64Array.from({ length: cols }, (_, j) => sumOf(rows, (i) => features.at(i, j)) / rows);
  if (!means.every(Number.isFinite)) throw new RangeError("a feature is not finite");
  const x = new Matrix(rows, cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) x.set(i, j, features.at(i, j) - at(means, j));
  const target = (i: number, k: number) => (labels[i] === k ? 1 : -1);
  const targetMeans = Float64Array.from({ length: classes }, (_, k) => sumOf(rows, (i) => target(i, k)) / rows);
  const targets = new Matrix(classes, rows);
  for (let k = 0; k < classes; k++) for (let i = 0; i < rows; i++) targets.set(k, i, target(i, k) - at(targetMeans, k));
  const dual = rows < cols;
  return { x, means, targets, targetMeans, labels, products: dual ? pairsOfRows(x) : gram(x), dual };
}

/** X Xᵀ */
function pairsOfRows(x: Matrix): Matrix {
  const products = new Matrix(x.rows, x.rows);
  for (let i = 0; i < x.rows; i++) {
    for (let j = 0; j <= i; j++) {
      const product = dot(x.row(i), x.row(j));
      products.set(i, j, product);
      products.set(j, i, product);
    }
  }
  return products;
}

interface Solution {
  readonly weights: Matrix;
  readonly squaredError: number;
  readonly accuracy: number;
}

function solve(problem: Centred, penalty: number): Solution {
  const { x, products, dual } = problem;
  const variance = sumOf(products.rows, (i) => products.at(i, i)) / (x.rows * x.cols);
  // Features that never change tell nothing, whatever the penalty.
  const lambda = penalty * x.rows * (variance > 0 ? variance : 1);
  const penalised = new Matrix(products.rows, products.cols, products.values.slice());
  for (let i = 0; i < products.rows; i++) penalised.add(i, i, lambda);
  const factor = cholesky(penalised);
  return dual ? dualFit(problem, factor, lambda) : primalFit(problem, factor);
}

/** By the normal equations, (XᵀX + λ) W = XᵀT. */
function primalFit({ x, targets, ...problem }: Centred, factor: Matrix): Solution {
  const weights = new Matrix(x.cols, targets.rows);
  for (let k = 0; k < targets.rows; k++) {
    const column = new Float64Array(x.cols);
    for (let i = 0; i < x.rows; i++) addScaled(column, targets.at(k, i), x.row(i));
    backwardSolve(factor, forwardSolve(factor, column)).forEach((weight, j) => {
      weights.set(j, k, weight);
    });
  }
  const errors = new Matrix(x.rows, targets.rows);
  for (let i = 0; i < x.rows; i++) {
    const half = forwardSolve(factor, x.row(i).slice());
    const left = 1 - 1 / x.rows - dot(half, half);
    for (let k = 0; k < targets.rows; k++) {
      const fitted = sumOf(x.cols, (j) => x.at(i, j) * weights.at(j, k));
      errors.set(i, k, (targets.at(k, i) - fitted) / left);
    }
  }
  return { weights, ...judged(errors, { targets, ...problem }) };
}

/** By the dual coefficients A = (XXᵀ + λ)⁻¹ T, of which W = XᵀA; what the fit leaves is λA, and 1 − h is λ(XXᵀ + λ)⁻¹ᵢᵢ − 1/n. */
function dualFit({ x, targets, ...problem }: Centred, factor: Matrix, lambda: number): Solution {
  const inverse = inverseFromCholesky(factor);
  const weights = new Matrix(x.cols, targets.rows);
  const errors = new Matrix(x.rows, targets.rows);
  for (let k = 0; k < targets.rows; k++) {
    for (let i = 0; i < x.rows; i++) {
      const coefficient = dot(inverse.row(i), targets.row(k));
      for (let j = 0; j < x.cols; j++) weights.add(j, k, coefficient * x.at(i, j));
      errors.set(i, k, (lambda * coefficient) / (lambda * inverse.at(i, i) - 1 / x.rows));
    }
  }
  return { weights, ...judged(errors, { targets, ...problem }) };
}

/** @param errors of each example and class, by the fit to all other examples */
function judged(errors: Matrix, { targets, targetMeans, labels }: Pick<Centred, "targets" | "targetMeans" | "labels">) {
  let right = 0;
  let squaredError = 0;
  for (let i = 0; i < errors.rows; i++) {
    let [best, most] = [0, Number.NEGATIVE_INFINITY];
    for (let k = 0; k < errors.cols; k++) {
      squaredError += errors.at(i, k) ** 2;
      const predicted = targets.at(k, i) + at(targetMeans, k) - errors.at(i, k);
      if (predicted > most) [best, most] = [k, predicted];
    }
    if (best === labels[i]) right++;
  }
  return { squaredError, accuracy: (100 * right) / errors.rows };
}
