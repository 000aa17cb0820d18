import { backwardSolve, cholesky, dot, forwardSolve, gram, logDeterminant } from "../../base/linearAlgebra.ts";

/** Prior variances of the three parts of the features, relative to that of the whole. */
const priorVariance = [1, 0.3, 0.1] as const;
/** Variances of a cell's noise relative to the column's, of which the evidence chooses one. */
const noiseGrid = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];
/** Fewer cells than this say too little to compare a device with others. */
export const fewestSourceCells = 8;

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

/** The features of all architectures, rows × width, and the Gram matrices of subsets of rows that were asked for before. */
export class FeatureMatrix {
  readonly values: Float64Array;
  readonly width: number;
  readonly rows: number;
  #last: { readonly key: string; readonly gram: Float64Array } | undefined;

  constructor(values: Float64Array, width: number) {
    this.values = values;
    this.width = width;
    this.rows = values.length / width;
  }

  gramOf(rows: Int32Array): Float64Array {
    const key = rows.length === this.rows ? "all" : rows.join();
    if (this.#last?.key !== key) this.#last = { key, gram: gram(this.values, this.width, rows) };
    return this.#last.gram;
  }
}

/** Bayesian linear regression of a column on the features, with the noise of largest evidence (MacKay 1992). NaN cells are unknown. */
export function smoothDevice(
  name: string,
  logs: Float64Array,
  matrix: FeatureMatrix,
  sizes: readonly number[],
): SmoothedDevice | undefined {
  const rows = Int32Array.from(logs.keys()).filter((row) => !Number.isNaN(logs[row] as number));
  if (rows.length < fewestSourceCells) return undefined;
  const { width } = matrix;
  let mean = 0;
  for (const row of rows) mean += (logs[row] as number) / rows.length;
  let square = 0;
  for (const row of rows) square += ((logs[row] as number) - mean) ** 2 / rows.length;
  const spread = Math.sqrt(square);
  if (!(spread > 1e-6)) return undefined;

  const scale = sizes.flatMap((size, part) => new Array<number>(size).fill(Math.sqrt(priorVariance[part] as number)));
  const crossed = new Float64Array(width);
  for (const row of rows) {
    const y = ((logs[row] as number) - mean) / spread;
    for (let j = 0; j < width; j++) crossed[j] = (crossed[j] as number) + y * (matrix.values[row * width + j] as number);
  }
  for (let j = 0; j < width; j++) crossed[j] = (crossed[j] as number) * (scale[j] as number);
  const products = matrix.gramOf(rows);

  let best: { readonly evidence: number; readonly noise: number; readonly solution: Float64Array } | undefined;
  for (const noise of noiseGrid) {
    const a = new Float64Array(width * width);
    for (let i = 0; i < width; i++) {
      for (let j = 0; j <= i; j++)
        a[i * width + j] = ((products[i * width + j] as number) * (scale[i] as number) * (scale[j] as number)) / noise + (i === j ? 1 : 0);
    }
    const l = cholesky(a, width);
    const half = forwardSolve(
      l,
      width,
      crossed.map((value) => value / noise),
    );
    const fit = rows.length / noise - dot(half, 0, half, 0, width);
    const evidence = -0.5 * (fit + logDeterminant(l, width) + rows.length * Math.log(noise));
    if (!best || evidence > best.evidence) best = { evidence, noise, solution: backwardSolve(l, width, half) };
  }
  if (!best) throw new Error("smoothDevice: no noise was tried");
  const { noise, solution } = best;
  return {
    name,
    mean,
    spread,
    noise,
    cells: rows.length,
    coefficients: Array.from(solution, (value, j) => value * (scale[j] as number) * spread),
  };
}
