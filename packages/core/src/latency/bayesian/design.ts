import { dot, gram, leadingEigenpairs } from "../../base/linearAlgebra.ts";

const componentCount = 40;

export interface DesignProblem {
  /** Rows × width: the pool that the predictions are for. */
  readonly pool: Float64Array;
  readonly width: number;
  /** Prior variances of the weights. */
  readonly variances: Float64Array;
  /** Variance of the noise, in the same units. */
  readonly noise: number;
  /** Rows of the pool that may be measured. */
  readonly candidates: readonly number[];
  /** Features of what is measured already, one row after another. */
  readonly measured: Float64Array;
  readonly count: number;
}

/**
 * Chooses candidates one after another, each the one whose measurement lowers the total posterior variance over the pool most
 * (A-optimal design for prediction; Cohn, Ghahramani and Jordan 1996). Gives rows of the pool.
 */
export function chooseMeasurements({ pool, width, variances, noise, candidates, measured, count }: DesignProblem): readonly number[] {
  const rows = pool.length / width;
  const scale = variances.map(Math.sqrt);
  const weigh = (matrix: Float64Array) => matrix.map((value, i) => value * (scale[i % width] as number));
  const weighted = weigh(pool);
  const total = gram(
    weighted,
    width,
    Array.from({ length: rows }, (_, i) => i),
  );
  const { values, vectors } = leadingEigenpairs(total, width, componentCount, 15);
  const k = values.length;
  const reduce = (matrix: Float64Array, row: number) =>
    Float64Array.from({ length: k }, (_, c) => dot(vectors, c * width, matrix, row * width, width));
  const points = candidates.map((row) => reduce(weighted, row));
  const covariance = new Float64Array(k * k);
  for (let i = 0; i < k; i++) covariance[i * k + i] = 1;
  const times = (x: Float64Array) => Float64Array.from({ length: k }, (_, i) => dot(covariance, i * k, x, 0, k));
  const observe = (x: Float64Array) => {
    const u = times(x);
    const variance = noise + dot(u, 0, x, 0, k);
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++)
        covariance[i * k + j] = (covariance[i * k + j] as number) - ((u[i] as number) * (u[j] as number)) / variance;
  };
  const before = weigh(measured);
  for (let row = 0; row < before.length / width; row++) observe(reduce(before, row));

  const chosen: number[] = [];
  const taken = new Uint8Array(points.length);
  for (let step = 0; step < count; step++) {
    let best = -1;
    let bestGain = Number.NEGATIVE_INFINITY;
    points.forEach((x, i) => {
      if (taken[i] === 1) return;
      const u = times(x);
      let gain = 0;
      for (let c = 0; c < k; c++) gain += (values[c] as number) * (u[c] as number) ** 2;
      gain /= noise + dot(u, 0, x, 0, k);
      if (gain > bestGain) [best, bestGain] = [i, gain];
    });
    if (best === -1) break;
    taken[best] = 1;
    chosen.push(candidates[best] as number);
    observe(points[best] as Float64Array);
  }
  return chosen;
}
