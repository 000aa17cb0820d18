/** Which of some evaluated candidates to measure, when a few may be. */
import { item } from "../../base/matrix.ts";

/** A candidate whose objective is known, and that is within the budget with some probability. */
export interface Uncertain {
  /** Minimised. */
  readonly value: number;
  readonly probability: number;
}

/**
 * The candidate to measure first, when `count` may be measured and the best that turns out to be within the budget is what counts.
 * Of all sets of so many the greedy one is taken, whose expected best is within 1 − 1/e of the best set's (Nemhauser, Wolsey and
 * Fisher 1978: it is submodular); of it the candidate of the best value, since once it is within, the others need no measurement.
 * Candidates are taken to be independent.
 * @param best value of the best that is known to be within; undefined where none is.
 * @returns undefined where none is better than that, or could be within.
 */
export function worthMeasuring<T extends Uncertain>(candidates: readonly T[], count: number, best: number | undefined): T | undefined {
  const values = candidates.map(({ value }) => value);
  const [low, high] = [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
  // To find nothing is as much worse than the worst candidate as that is worse than the best.
  const fallback = best ?? high + (high > low ? high - low : 1);
  const open = candidates.filter(({ value, probability }) => value < fallback && probability > 0);
  const chosen = new Set<T>();
  while (chosen.size < Math.min(count, open.length)) {
    let [next, least] = [undefined as T | undefined, Infinity];
    for (const candidate of open) {
      if (chosen.has(candidate)) continue;
      const expected = expectedBest([...chosen, candidate], fallback);
      if (expected < least) [next, least] = [candidate, expected];
    }
    if (!next) break;
    chosen.add(next);
  }
  const set = [...chosen];
  return set.length === 0 ? undefined : set.reduce((a, b) => (b.value < a.value ? b : a), item(set, 0));
}

/** Expected least value of those within the budget, and of the fallback. */
export function expectedBest(candidates: readonly Uncertain[], fallback: number): number {
  let [expected, reached] = [0, 1];
  for (const { value, probability } of [...candidates].sort((a, b) => a.value - b.value)) {
    if (value >= fallback) break;
    expected += reached * probability * value;
    reached *= 1 - probability;
  }
  return expected + reached * fallback;
}
