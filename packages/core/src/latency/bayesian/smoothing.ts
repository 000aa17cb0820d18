/** What of a source device's column of latencies is not noise. */
import { addScaled, backwardSolve, cholesky, dot, forwardSolve, gram, logDeterminant } from "../../base/linearAlgebra.ts";
import { item, Matrix } from "../../base/matrix.ts";
import { latencySettings } from "../settings.ts";

/** `at` of `matrix.ts`, in this module: see there. */
const at = (vector: Float64Array, index: number): number => vector[index] as number;

const { partVariances, noises, fewestCells } = latencySettings.smoothing;

/** A device's log-latencies as a smooth function of the features: what of its column is not noise. */
export interface SmoothedDevice {
  readonly name: string;
  /** log ms. */
  readonly mean: number;
  /** Standard deviation of the column's logarithms. */
  readonly spread: number;
  /** Variance of the noise relative to `spread`². */
  readonly noise: number;
  readonly cells: number;
  /** log ms = mean + features · coefficients. */
  readonly coefficients: readonly number[];
}

/** The features of all architectures, one a row, and the Gram matrix of the rows that were asked for last. */
export class FeatureMatrix {
  readonly matrix: Matrix;
  #last: { readonly key: string; readonly gram: Matrix } | undefined;

  constructor(matrix: Matrix) {
    this.matrix = matrix;
  }

  gramOf(rows: Int32Array): Matrix {
    const key = rows.length === this.matrix.rows ? "all" : rows.join();
    if (this.#last?.key !== key) this.#last = { key, gram: gram(this.matrix, rows) };
    return this.#last.gram;
  }
}

/** Bayesian linear regression of a column on the features, with the noise of largest evidence (MacKay 1992). NaN cells are unknown. */
export function smoothDevice(
  name: string,
  logs: Float64Array,
  features: FeatureMatrix,
  sizes: readonly number[],
): SmoothedDevice | undefined {
  const rows = Int32Array.from(logs.keys()).filter((row) => !Number.isNaN(at(logs, row)));
  if (rows.length < fewestCells) return undefined;
  const width = features.matrix.cols;
  let mean = 0;
  for (const row of rows) mean += at(logs, row) / rows.length;
  let square = 0;
  for (const row of rows) square += (at(logs, row) - mean) ** 2 / rows.length;
  const spread = Math.sqrt(square);
  if (!(spread > 1e-6)) return undefined;

  const scale = Float64Array.from(sizes.flatMap((size, part) => new Array<number>(size).fill(Math.sqrt(item(partVariances, part)))));
  const crossed = new Float64Array(width);
  for (const row of rows) addScaled(crossed, (at(logs, row) - mean) / spread, features.matrix.row(row));
  for (let j = 0; j < width; j++) crossed[j] = at(crossed, j) * at(scale, j);
  const products = features.gramOf(rows);

  let best: { readonly evidence: number; readonly noise: number; readonly solution: Float64Array } | undefined;
  for (const noise of noises) {
    const a = new Matrix(width, width);
    for (let i = 0; i < width; i++) {
      for (let j = 0; j <= i; j++) a.set(i, j, (products.at(i, j) * at(scale, i) * at(scale, j)) / noise + (i === j ? 1 : 0));
    }
    const l = cholesky(a);
    const half = forwardSolve(
      l,
      crossed.map((value) => value / noise),
    );
    const fit = rows.length / noise - dot(half, half);
    const evidence = -0.5 * (fit + logDeterminant(l) + rows.length * Math.log(noise));
    if (!best || evidence > best.evidence) best = { evidence, noise, solution: backwardSolve(l, half) };
  }
  if (!best) throw new Error("smoothDevice: no noise was tried");
  const { noise, solution } = best;
  return {
    name,
    mean,
    spread,
    noise,
    cells: rows.length,
    coefficients: Array.from(solution, (value, j) => value * at(scale, j) * spread),
  };
}
