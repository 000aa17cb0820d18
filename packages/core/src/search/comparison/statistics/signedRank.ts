/** Wilcoxon's signed-rank test of paired differences. */

import { ranks } from "../../../base/index.ts";
import { at, item } from "../../../base/matrix.ts";
import { normalCdf } from "./distributions.ts";

/** Up to this many differences the distribution is computed exactly. */
const exactUpTo = 100;

export interface SignedRankResult {
  /** Probability of what was seen, or of more in either direction, where the differences are symmetric about 0. */
  readonly pValue: number;
  /** The same in one direction: small where the differences are above 0 by more than chance explains. */
  readonly pGreater: number;
  /** Small where they are below 0. */
  readonly pLess: number;
  /** Sum of the ranks of the positive differences. */
  readonly positiveRanks: number;
}

/**
 * Wilcoxon's signed-rank test (Biometrics Bulletin 1(6), 1945) that paired differences are symmetric about 0. Zeros take part in the
 * ranking and then drop out (Pratt, J. Am. Stat. Assoc. 54, 1959), so that many zeros speak for no difference; ties get mean ranks.
 *
 * Up to 100 differences the p-values are exact for these very ranks, ties included: every assignment of signs is equally likely, and
 * the sums are counted by dynamic programming. Beyond, normal approximation with continuity correction. All zero: 1.
 * @throws RangeError for a difference that is not finite.
 */
export function signedRankTest(differences: readonly number[]): SignedRankResult {
  if (!differences.every(Number.isFinite)) throw new RangeError("signedRankTest: a difference is not a finite number");
  const all = ranks(differences.map(Math.abs));
  const signed = differences.flatMap((difference, i) => (difference === 0 ? [] : [{ rank: at(all, i) + 1, positive: difference > 0 }]));
  const positiveRanks = signed.reduce((sum, { rank, positive }) => sum + (positive ? rank : 0), 0);
  // Mean ranks are multiples of a half.
  const doubled = signed.map(({ rank }) => Math.round(2 * rank));
  const total = doubled.reduce((a, b) => a + b, 0);
  const sum = Math.round(2 * positiveRanks);
  const [pLess, pGreater] = doubled.length <= exactUpTo ? exactTails(doubled, sum) : normalTails(doubled, sum, total);
  return { pValue: Math.min(1, 2 * Math.min(pLess, pGreater)), pLess, pGreater, positiveRanks };
}

/** P(S ≤ sum) and P(S ≥ sum) where each rank counts with probability a half. */
function exactTails(doubled: readonly number[], sum: number): readonly [number, number] {
  const total = doubled.reduce((a, b) => a + b, 0);
  const probability = new Float64Array(total + 1);
  probability[0] = 1;
  let reached = 0;
  for (const rank of doubled) {
    reached += rank;
    for (let s = reached; s >= 0; s--) probability[s] = (at(probability, s) + (s >= rank ? at(probability, s - rank) : 0)) / 2;
  }
  let [below, above] = [0, 0];
  for (let s = 0; s <= total; s++) {
    if (s <= sum) below += at(probability, s);
    if (s >= sum) above += at(probability, s);
  }
  return [Math.min(1, below), Math.min(1, above)];
}

function normalTails(doubled: readonly number[], sum: number, total: number): readonly [number, number] {
  const sd = Math.sqrt(doubled.reduce((squares, rank) => squares + rank * rank, 0)) / 2;
  const tail = (excess: number) => normalCdf((-excess + 1) / sd);
  return [Math.min(1, tail(total / 2 - sum)), Math.min(1, tail(sum - total / 2))];
}

/**
 * Whether paired differences are practically zero: two one-sided signed-rank tests (Schuirmann, J. Pharmacokinet. Biopharm. 15, 1987,
 * with Wilcoxon's test in place of Student's) that their centre is above −margin and below +margin.
 * @returns the larger of both p-values; the two are called equivalent where it is small.
 */
export function equivalenceTest(differences: readonly number[], margin: number): number {
  if (!(margin > 0)) throw new RangeError(`equivalenceTest: margin ${margin} is not above 0`);
  const above = signedRankTest(differences.map((difference) => difference + margin)).pGreater;
  const below = signedRankTest(differences.map((difference) => difference - margin)).pLess;
  return Math.max(above, below);
}

/** The differences of two lists of the same length, a − b. */
export function pairedDifferences(a: readonly number[], b: readonly number[]): number[] {
  if (a.length !== b.length) throw new RangeError(`pairs of ${a.length} and ${b.length} values`);
  return a.map((value, i) => value - item(b, i));
}
