/** Predictions from the moments of a mixture, and the rows that they are made for. */
import { leadingEigenpairs, rowProducts, weightedSquares } from "../../base/linearAlgebra.ts";
import { addAt, at, intAt, item, Matrix } from "../../base/matrix.ts";
import { logNormal, widening } from "../interval.ts";
import type { LatencyPrediction } from "../predictor.ts";
import { latencySettings } from "../settings.ts";
import type { MixtureMoments } from "./mixture.ts";

const { rank, farthestLog, largestLogDeviation, rowsKept } = latencySettings.prediction;
/** Of the orthogonal iteration: the leading directions stand out. */
const iterations = 3;

/** The rows of architectures that were asked for, one after another in one array. It starts afresh when it is full. */
export class RowStore {
  readonly width: number;
  readonly #compute: (architecture: string, into: Float64Array) => void;
  readonly #limit: number;
  readonly #architectures: string[] = [];
  readonly #indices = new Map<string, number>();
  #values = new Float64Array(0);

  /**
   * @param compute fills the row of an architecture; it throws for one that is unknown.
   * @param limit how many rows are kept before the store starts afresh.
   */
  constructor(width: number, compute: (architecture: string, into: Float64Array) => void, limit = rowsKept) {
    this.#limit = limit;
    this.width = width;
    this.#compute = compute;
  }

  /** All rows so far, as a view: a later call of `indicesOf` may replace it by a longer one. */
  get rows(): Matrix {
    return new Matrix(this.#architectures.length, this.width, this.#values);
  }

  /** Where the architectures' rows are, computing those that are new. */
  indicesOf(architectures: readonly string[]): Int32Array {
    if (this.#architectures.length > this.#limit) this.#clear();
    const indices = new Int32Array(architectures.length);
    for (let i = 0; i < indices.length; i++) {
      const architecture = item(architectures, i);
      // The usual question is about all architectures in the order of learning.
      indices[i] =
        this.#architectures[i] === architecture ? i : (this.#indices.get(architecture) ?? this.#add(architecture, architectures.length));
    }
    return indices;
  }

  /** A view. */
  row(architecture: string): Float64Array {
    if (this.#architectures.length > this.#limit) this.#clear();
    const at = (this.#indices.get(architecture) ?? this.#add(architecture, 1)) * this.width;
    return this.#values.subarray(at, at + this.width);
  }

  get size(): number {
    return this.#architectures.length;
  }

  /** Views that were given out stay as they are. */
  #clear(): void {
    this.#architectures.length = 0;
    this.#indices.clear();
    this.#values = new Float64Array(0);
  }

  #add(architecture: string, expected: number): number {
    const row = new Float64Array(this.width);
    this.#compute(architecture, row);
    const index = this.#architectures.length;
    const needed = (index + 1) * this.width;
    if (needed > this.#values.length) {
      const larger = new Float64Array(Math.max(needed, 2 * this.#values.length, expected * this.width));
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values.set(row, index * this.width);
    this.#architectures.push(architecture);
    this.#indices.set(architecture, index);
    return index;
  }
}

/** What predictions need of a mixture. */
export interface Predictive {
  /** Mean of the measurements' logarithms. */
  readonly offset: number;
  readonly noise: number;
  /** Prior variance of each weight. */
  readonly variances: Float64Array;
  /**
   * One a row: the mean, then the directions of largest effect in the correction, each as long as the root of its eigenvalue; a
   * multiple of four.
   */
  readonly vectors: Matrix;
  /** 1 where a direction lowers the variance, −1 where it raises it. */
  readonly signs: Float64Array;
  /** By what standard deviations are multiplied, `widening` of the number of measurements. */
  readonly widening: number;
}

/**
 * Keeps the directions of the correction that matter to predictions: its leading eigenvectors with each feature in units of
 * its size in what was measured, since features differ in size by orders of magnitude.
 * @param measured the rows of the measurements.
 */
export function predictiveOf({ mean, variances, correction, noise }: MixtureMoments, offset: number, measured: Matrix): Predictive {
  const width = mean.length;
  const size = new Float64Array(width);
  for (let i = 0; i < measured.rows; i++) for (let j = 0; j < width; j++) addAt(size, j, measured.at(i, j) ** 2);
  for (let j = 0; j < width; j++) size[j] = Math.sqrt(at(size, j) / measured.rows);
  const scaled = new Matrix(width, width);
  for (let i = 0; i < width; i++) for (let j = 0; j < width; j++) scaled.set(i, j, correction.at(i, j) * at(size, i) * at(size, j));
  const pairs = leadingEigenpairs(scaled, rank, iterations);
  const vectors = new Matrix(4 * Math.ceil((1 + pairs.values.length) / 4), width);
  vectors.row(0).set(mean);
  pairs.values.forEach((value, c) => {
    const length = Math.sqrt(Math.abs(value));
    for (let j = 0; j < width; j++) {
      // A feature that is 0 in all measurements has no part in the correction.
      const unit = at(size, j);
      vectors.set(1 + c, j, unit > 0 ? (length * pairs.vectors.at(c, j)) / unit : 0);
    }
  });
  return { offset, noise, variances, vectors, signs: pairs.values.map(Math.sign), widening: widening(measured.rows) };
}

/** Predictions for rows of a matrix. */
export function predictRows(
  matrix: Matrix,
  rows: Int32Array,
  { offset, noise, variances, vectors, signs, widening }: Predictive,
): LatencyPrediction[] {
  const products = rowProducts(matrix, rows, vectors);
  const predictions: LatencyPrediction[] = [];
  for (let r = 0; r < rows.length; r++) {
    let variance = noise + weightedSquares(matrix.values, intAt(rows, r) * matrix.cols, variances);
    for (let c = 0; c < signs.length; c++) {
      const product = products.at(r, 1 + c);
      variance -= at(signs, c) * product * product;
    }
    const sd = widening * Math.sqrt(Math.max(variance, noise));
    predictions.push(prediction(offset, offset + products.at(r, 0), sd));
  }
  return predictions;
}

function prediction(offset: number, log: number, unlimited: number): LatencyPrediction {
  // Limits far outside of what is ever right keep extrapolations finite.
  return logNormal(Math.min(Math.max(log, offset - farthestLog), offset + farthestLog), Math.min(unlimited, largestLogDeviation));
}
