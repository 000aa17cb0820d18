import { leadingEigenpairs, rowProducts } from "../../base/linearAlgebra.ts";
import { logNormal, widening } from "../interval.ts";
import type { LatencyPrediction } from "../predictor.ts";
import type { MixtureMoments } from "./mixture.ts";

/** Directions in which measurements count; leaving out the smallest widens intervals, never narrows them by much. */
const rankOfCorrection = 15;
const iterations = 3;

/** So many rows of architectures are kept; more only where more were learned from or are asked for at once. */
export const rowsKept = 20_000;

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

  /** All rows so far; a later call of `indicesOf` may replace it by a longer one. */
  get values(): Float64Array {
    return this.#values;
  }

  /** Where the architectures' rows are, computing those that are new. */
  indicesOf(architectures: readonly string[]): Int32Array {
    if (this.#architectures.length > this.#limit) this.#clear();
    const indices = new Int32Array(architectures.length);
    for (let i = 0; i < indices.length; i++) {
      const architecture = architectures[i] as string;
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
  /** The mean, then the directions of largest effect in the correction, each as long as the root of its eigenvalue; a multiple of four. */
  readonly vectors: Float64Array;
  /** 1 where a direction lowers the variance, −1 where it raises it. */
  readonly signs: Float64Array;
  /** By what standard deviations are multiplied, `widening` of the number of measurements. */
  readonly widening: number;
}

/**
 * Keeps the directions of the correction that matter to predictions: its leading eigenvectors with each feature in units of
 * its size in what was measured, since features differ in size by orders of magnitude.
 * @param measured count × width: the rows of the measurements.
 */
export function predictiveOf({ mean, variances, correction, noise }: MixtureMoments, offset: number, measured: Float64Array): Predictive {
  const width = mean.length;
  const size = new Float64Array(width);
  for (let i = 0; i < measured.length; i++) size[i % width] = (size[i % width] as number) + (measured[i] as number) ** 2;
  for (let j = 0; j < width; j++) size[j] = Math.sqrt((size[j] as number) / (measured.length / width));
  const scaled = new Float64Array(width * width);
  for (let i = 0; i < width; i++)
    for (let j = 0; j < width; j++)
      scaled[i * width + j] = (correction[i * width + j] as number) * (size[i] as number) * (size[j] as number);
  const pairs = leadingEigenpairs(scaled, width, rankOfCorrection, iterations);
  const vectors = new Float64Array(4 * Math.ceil((1 + pairs.values.length) / 4) * width);
  vectors.set(mean);
  pairs.values.forEach((value, c) => {
    const length = Math.sqrt(Math.abs(value));
    for (let j = 0; j < width; j++) {
      // A feature that is 0 in all measurements has no part in the correction.
      const unit = size[j] as number;
      vectors[(1 + c) * width + j] = unit > 0 ? (length * (pairs.vectors[c * width + j] as number)) / unit : 0;
    }
  });
  return { offset, noise, variances, vectors, signs: pairs.values.map(Math.sign), widening: widening(measured.length / width) };
}

/** Predictions for rows of a matrix. */
export function predictRows(
  matrix: Float64Array,
  rows: Int32Array,
  { offset, noise, variances, vectors, signs, widening }: Predictive,
): LatencyPrediction[] {
  const width = variances.length;
  const stride = vectors.length / width;
  const products = rowProducts(matrix, width, rows, vectors);
  const predictions: LatencyPrediction[] = [];
  for (let r = 0; r < rows.length; r++) {
    const at = (rows[r] as number) * width;
    let variance = noise + weightedSquares(matrix, at, variances);
    for (let c = 0; c < signs.length; c++) {
      const product = products[r * stride + 1 + c] as number;
      variance -= (signs[c] as number) * product * product;
    }
    const sd = widening * Math.sqrt(Math.max(variance, noise));
    predictions.push(prediction(offset, offset + (products[r * stride] as number), sd));
  }
  return predictions;
}

function weightedSquares(matrix: Float64Array, at: number, weights: Float64Array): number {
  let even = 0;
  let odd = 0;
  let j = 0;
  for (; j + 1 < weights.length; j += 2) {
    const x = matrix[at + j] as number;
    const y = matrix[at + j + 1] as number;
    even += x * x * (weights[j] as number);
    odd += y * y * (weights[j + 1] as number);
  }
  if (j < weights.length) even += (matrix[at + j] as number) ** 2 * (weights[j] as number);
  return even + odd;
}

function prediction(offset: number, log: number, unlimited: number): LatencyPrediction {
  // Limits far outside of what is ever right keep extrapolations finite.
  return logNormal(Math.min(Math.max(log, offset - 20), offset + 20), Math.min(unlimited, 5));
}
