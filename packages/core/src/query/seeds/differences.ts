/** Which members of a front differ in their score by more than the seeds explain. */
import { item } from "../../base/index.ts";
import type { Experiment, Objective, Standing, Trial } from "../../experiment/index.ts";
import { type MeanDifference, type MeanDifferences, meanDifferences, type Repeats } from "../../search/index.ts";
import { type ScoreObjective, taskKindOf } from "../../tasks/index.ts";
import { shownStanding } from "./shownStanding.ts";

/** Of two members, whether the one with the better validation score is better. `difference` is its score less the other's. */
export interface MemberDifference extends MeanDifference {
  /** Numbers of trials. */
  readonly trial: number;
  readonly than: number;
  /** How many trainings each mean is of. */
  readonly seeds: readonly [number, number];
  /** `better` and `worse` where Holm's p-value is at most 5 %. */
  readonly verdict: "better" | "worse" | "undecided";
}

/** What can be said of the scores of a front's members. */
export interface ScoreDifferences extends Omit<MeanDifferences, "pairs"> {
  /** On which examples: test where all members were tested, as nothing was chosen by them. */
  readonly of: "validation" | "test";
  /** How many trials the deviation is pooled over. */
  readonly trials: number;
  /** Each member and the next in order of validation score, then the first and each other. */
  readonly pairs: readonly MemberDifference[];
}

const level = 0.05;

/**
 * Compares each member of a front with the next less accurate one, which is cheaper, and with the most accurate one. The deviation of
 * a seed is pooled over all trials that were trained at this fidelity, members or not: see {@link meanDifferences}.
 * @param compared those trials, as they are shown.
 * @returns undefined where fewer than two members were trained after the search, none with several seeds, or the front is not of
 * scores.
 */
export function scoreDifferences(
  experiment: Experiment,
  front: readonly Trial[],
  compared: readonly Trial[],
  objectives: readonly Objective[] = experiment.objectives,
): ScoreDifferences | undefined {
  if (!objectives.some(({ metric }) => metric === "error")) return undefined;
  const { objective } = taskKindOf(experiment.task);
  const members = withStanding(front).toSorted((a, b) => objective.of(a.standing.score) - objective.of(b.standing.score));
  const numbers = new Set(members.map(({ number }) => number));
  const others = withStanding(compared).filter(({ number }) => !numbers.has(number));
  const tested = members.every(({ standing }) => standing.testScore !== undefined);
  const groups = [...members, ...others].flatMap(({ standing }) => repeatsOf(standing, tested) ?? []);
  const judged = meanDifferences(groups, pairsOf(members.length));
  if (judged === undefined || members.length < 2) return undefined;
  const pairs = pairsOf(members.length).map(([i, j], index): MemberDifference => {
    const [one, other, pair] = [item(members, i), item(members, j), item(judged.pairs, index)];
    const verdict = verdictOf(pair, [item(groups, i).mean, item(groups, j).mean], objective);
    return { trial: one.number, than: other.number, seeds: [one.standing.seeds, other.standing.seeds], ...pair, verdict };
  });
  const several = groups.filter(({ deviation }) => deviation !== undefined).length;
  return { ...judged, of: tested ? "test" : "validation", trials: several, pairs };
}

/** Neighbours first, then the first with each that is not its neighbour. */
function pairsOf(count: number): readonly (readonly [number, number])[] {
  const indices = Array.from({ length: count }, (_, i) => i);
  return [...indices.slice(1).map((i) => [i - 1, i] as const), ...indices.slice(2).map((i) => [0, i] as const)];
}

function withStanding(trials: readonly Trial[]): readonly { readonly number: number; readonly standing: Standing }[] {
  return trials.flatMap((trial) => {
    const standing = shownStanding(trial);
    return standing === undefined ? [] : [{ number: trial.number, standing }];
  });
}

function repeatsOf(standing: Standing, tested: boolean): Repeats | undefined {
  const { seeds: count, score, scoreDeviation, testScore, testScoreDeviation } = standing;
  if (!tested) return { count, mean: score, deviation: scoreDeviation };
  return testScore === undefined ? undefined : { count, mean: testScore, deviation: testScoreDeviation };
}

function verdictOf(
  { pHolm }: MeanDifference,
  [one, other]: readonly [number, number],
  { of }: ScoreObjective,
): MemberDifference["verdict"] {
  if (pHolm > level) return "undecided";
  return of(one) < of(other) ? "better" : "worse";
}

/** The members that are no better than the next cheaper one as far as the seeds tell. */
export function notBetter({ pairs }: ScoreDifferences): readonly MemberDifference[] {
  return pairs.slice(0, neighbours(pairs)).filter(({ verdict }) => verdict !== "better");
}

/** The members that cannot be told from the one with the best validation score, and that one. */
export function likeTheBest({ pairs }: ScoreDifferences): { readonly best: number; readonly others: readonly number[] } {
  const best = item(pairs, 0).trial;
  return { best, others: pairs.filter(({ trial, verdict }) => trial === best && verdict === "undecided").map(({ than }) => than) };
}

/** Of n members there are n − 1 pairs of neighbours and n − 2 others. */
function neighbours(pairs: readonly MemberDifference[]): number {
  return (pairs.length + 1) / 2;
}
