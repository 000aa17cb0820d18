/** Which architectures to measure: A-optimal design for prediction. */
import { dot, gram, leadingEigenpairs } from "../../base/linearAlgebra.ts";
import { item, Matrix } from "../../base/matrix.ts";
import { latencySettings } from "../settings.ts";

/** `at` of `matrix.ts`, in this module: see there. */
const at = (vector: Float64Array, index: number): number => vector[index] as number;

const { components } = latencySettings.design;

export interface DesignProblem {
  /** Features of the pool that the predictions are for. */
  readonly pool: Matrix;
  /** Prior variances of the weights. */
  readonly variances: Float64Array;
  /** Variance of the noise, in the same units. */
  readonly noise: number;
  /** Rows of the pool that may be measured. */
  readonly candidates: readonly number[];
  /** Features of what is measured already. */
  readonly measured: Matrix;
  readonly count: number;
}

/**
 * Chooses candidates one after another, each the one whose measurement lowers the total posterior variance over the pool most
 * (A-optimal design for prediction; Cohn, Ghahramani and Jordan 1996). Gives rows of the pool.
 */
export function chooseMeasurements({ pool, variances, noise, candidates, measured, count }: DesignProblem): readonly number[] {
  const scale = variances.map(Math.sqrt);
  const weigh = ({ rows, cols, values }: Matrix) =>
    new Matrix(
      rows,
      cols,
      values.map((value, i) => value * at(scale, i % cols)),
    );
  const weighted = weigh(pool);
  const { values, vectors } = leadingEigenpairs(gram(weighted), components, 15);
  const k = values.length;
  const reduce = (row: Float64Array) => Float64Array.from({ length: k }, (_, c) => dot(vectors.row(c), row));
  const points = candidates.map((row) => reduce(weighted.row(row)));
  const covariance = Matrix.identity(k);
  const times = (x: Float64Array) => Float64Array.from({ length: k }, (_, i) => dot(covariance.row(i), x));
  const observe = (x: Float64Array) => {
    const u = times(x);
    const variance = noise + dot(u, x);
    for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) covariance.add(i, j, -(at(u, i) * at(u, j)) / variance);
  };
  const before = weigh(measured);
  for (let row = 0; row < before.rows; row++) observe(reduce(before.row(row)));

  const chosen: number[] = [];
  const taken = new Uint8Array(points.length);
  for (let step = 0; step < count; step++) {
    let best = -1;
    let bestGain = Number.NEGATIVE_INFINITY;
    points.forEach((x, i) => {
      if (taken[i] === 1) return;
      const u = times(x);
      let gain = 0;
      for (let c = 0; c < k; c++) gain += at(values, c) * at(u, c) ** 2;
      gain /= noise + dot(u, x);
      if (gain > bestGain) [best, bestGain] = [i, gain];
    });
    if (best === -1) break;
    taken[best] = 1;
    chosen.push(item(candidates, best));
    observe(item(points, best));
  }
  return chosen;
}
