/** Several algorithms on several tasks: Friedman's test, and how far apart mean ranks must lie. */

import { ranks } from "../../../base/index.ts";
import { at, numberAt } from "../../../base/matrix.ts";
import { chiSquaredTail, normalRangeQuantile } from "./distributions.ts";

export interface FriedmanResult {
  /** By algorithm: mean rank over the tasks, 1 is best; ties share their mean rank. */
  readonly meanRanks: readonly number[];
  /** Friedman's statistic, corrected for ties, chi-squared with (algorithms − 1) degrees of freedom. */
  readonly statistic: number;
  readonly pValue: number;
}

/**
 * Friedman's test that algorithms rank alike (J. Am. Stat. Assoc. 32, 1937; the correction for ties as in Conover 1999, section 5.8).
 * @param scores by task, by algorithm; larger is better.
 */
export function friedmanTest(scores: readonly (readonly number[])[]): FriedmanResult {
  const tasks = scores.length;
  const count = scores[0]?.length ?? 0;
  if (tasks === 0 || count < 2) throw new RangeError(`friedmanTest: ${tasks} tasks of ${count} algorithms`);
  const sums = new Array<number>(count).fill(0);
  let squares = 0;
  for (const task of scores) {
    const own = ranks(task.map((score) => -score));
    for (let i = 0; i < count; i++) {
      const rank = at(own, i) + 1;
      sums[i] = numberAt(sums, i) + rank;
      squares += rank * rank;
    }
  }
  const meanRanks = sums.map((sum) => sum / tasks);
  const middle = (count + 1) / 2;
  const between = meanRanks.reduce((sum, rank) => sum + (rank - middle) ** 2, 0) * tasks * tasks;
  const within = squares - tasks * count * middle * middle;
  const statistic = within > 0 ? ((count - 1) * between) / within : 0;
  return { meanRanks, statistic, pValue: chiSquaredTail(statistic, count - 1) };
}

/**
 * The critical difference of mean ranks (Nemenyi 1963, as in Demšar, JMLR 7, 2006, section 3.2.2): algorithms whose mean ranks lie
 * further apart differ at level α, all pairs looked at together.
 */
export function nemenyiDifference(algorithms: number, tasks: number, alpha = 0.05): number {
  const q = normalRangeQuantile(1 - alpha, algorithms) / Math.SQRT2;
  return q * Math.sqrt((algorithms * (algorithms + 1)) / (6 * tasks));
}

/** The largest groups of algorithms, as positions in order of mean rank, that lie within the critical difference. Single ones are left out. */
export function cliques(meanRanks: readonly number[], difference: number): number[][] {
  const order = meanRanks.map((_, i) => i).sort((i, j) => numberAt(meanRanks, i) - numberAt(meanRanks, j) || i - j);
  const groups: number[][] = [];
  let lastEnd = 0;
  order.forEach((first, start) => {
    let end = start + 1;
    while (end < order.length && numberAt(meanRanks, numberAt(order, end)) - numberAt(meanRanks, first) <= difference) end++;
    if (end - start > 1 && end > lastEnd) groups.push(order.slice(start, end));
    lastEnd = Math.max(lastEnd, end);
  });
  return groups;
}
