/** What a model reaches that may read four fifths of the target's own column. */
import {
  createRng,
  kendall,
  type LatencyTargetResult,
  meanAbsolutePercentageError,
  shareWithin,
  spearman,
  summarizeTrials,
  tableColumn,
} from "@archwright/core";
import { dot } from "../../packages/core/src/base/linearAlgebra.ts";
import { Matrix } from "../../packages/core/src/base/matrix.ts";
import { FeatureMatrix, smoothDevice } from "../../packages/core/src/latency/bayesian/smoothing.ts";
import type { SharedSpace } from "./models.ts";

const share = 0.8;
/** Latencies below this (ms) are unmeasured in these tables. */
const least = 0.1;

const matrices = new Map<SharedSpace, FeatureMatrix>();

function featureMatrix(space: SharedSpace): FeatureMatrix {
  let matrix = matrices.get(space);
  if (!matrix) {
    const map = space.features();
    matrix = new FeatureMatrix(
      Matrix.fromRows(
        space.table.architectures.map((architecture) => map.row(architecture).features),
        map.width,
      ),
    );
    matrices.set(space, matrix);
  }
  return matrix;
}

/**
 * Bayesian linear regression of the log-latency on the default model's features, learned from a random four fifths of the
 * device's column and judged on the rest; means over the splits.
 */
export function ceiling(
  space: SharedSpace,
  device: string,
  splits: number,
  seed: number,
  now: () => number,
): { readonly cells: number; readonly result: LatencyTargetResult } {
  const matrix = featureMatrix(space);
  const column = tableColumn(space.table, device);
  const known = [...column.keys()].filter((row) => (column[row] as number) >= least);
  const cells = Math.floor(share * known.length);
  const runs = Array.from({ length: splits }, (_, split) => {
    const rows = createRng(`${seed}/ceiling ${split}`).shuffle(known);
    const logs = new Float64Array(column.length).fill(Number.NaN);
    for (const row of rows.slice(0, cells)) logs[row] = Math.log(column[row] as number);
    const startedAt = now();
    const smooth = smoothDevice(device, logs, matrix, space.features().sizes);
    if (!smooth) throw new Error(`the column '${device}' cannot be learned`);
    const learnedAt = now();
    const coefficients = Float64Array.from(smooth.coefficients);
    const rest = rows.slice(cells);
    const fitted = Float64Array.from(rest, (row) => smooth.mean + dot(coefficients, matrix.matrix.row(row)));
    const predictMs = now() - learnedAt;
    const sd = smooth.spread * Math.sqrt(smooth.noise);
    const covered = rest.filter((row, i) => Math.abs(Math.log(column[row] as number) - (fitted[i] as number)) <= 1.96 * sd).length;
    const predicted = fitted.map(Math.exp);
    const truth = Float64Array.from(rest, (row) => column[row] as number);
    return {
      spearman: spearman(predicted, truth),
      kendall: kendall(predicted, truth),
      mape: meanAbsolutePercentageError(predicted, truth),
      within10: shareWithin(predicted, truth, 0.1),
      coverage95: covered / rest.length,
      adaptMs: learnedAt - startedAt,
      predictMs,
    };
  });
  return { cells, result: summarizeTrials(device, runs) };
}
