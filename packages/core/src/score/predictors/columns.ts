/** Candidates as columns of numbers, for regressions that look at them side by side. */
import { item } from "../../base/matrix.ts";
import { type BlockName, blockNames, type FeatureSpace } from "../../search/bayesian/featureSpace.ts";
import type { ScoreCandidate } from "./predictor.ts";

export type Features = FeatureSpace<ScoreCandidate>;

/**
 * Blocks of features beside each other, one vector a candidate. The encoding is as the space gives it: where it has many entries, the
 * block has but its principal components.
 * @param blocks those that tell no candidates apart are left out.
 */
export function columnsOf(features: Features, blocks: readonly BlockName[], candidates: readonly ScoreCandidate[]): Float64Array[] {
  const matrices = features.matrices(candidates);
  const chosen = blocks.filter((block) => features.has(block));
  return candidates.map(({ encoding }, i) => {
    const parts = chosen.map((block) => (block === "encoding" ? encoding : item(matrices, blockNames.indexOf(block)).row(i)));
    const row = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
    let start = 0;
    for (const part of parts) {
      row.set(part, start);
      start += part.length;
    }
    return row;
  });
}
