/** Candidates as columns of numbers, for regressions that look at them side by side. */
import { item, type Matrix } from "../../base/matrix.ts";
import { type BlockName, blockNames, type FeatureSpace } from "../../search/bayesian/featureSpace.ts";
import type { ScoreCandidate } from "./predictor.ts";

export type Features = FeatureSpace<ScoreCandidate>;

/** Blocks of features beside each other, one vector a candidate. @param blocks those that tell no candidates apart are left out. */
export function columnsOf(features: Features, blocks: readonly BlockName[], candidates: readonly ScoreCandidate[]): Float64Array[] {
  const matrices = features.matrices(candidates);
  const chosen = blocks.filter((block) => features.has(block)).map((block): Matrix => item(matrices, blockNames.indexOf(block)));
  const width = chosen.reduce((sum, { cols }) => sum + cols, 0);
  return candidates.map((_, i) => {
    const row = new Float64Array(width);
    let start = 0;
    for (const matrix of chosen) {
      row.set(matrix.row(i), start);
      start += matrix.cols;
    }
    return row;
  });
}
