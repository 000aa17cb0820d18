/** One task: how good each contender was, and which differ. */
import { mean, median, quantile, type Rng } from "../../base/index.ts";
import { item, listAt, numberAt } from "../../base/matrix.ts";
import { attainmentSurface } from "./attainment.ts";
import { frontFound, invertedDistancePlus, qualityCourse, regretCourse } from "./course.ts";
import {
  bootstrapInterquartileMean,
  equivalenceTest,
  holm,
  type Interval,
  pairedDifferences,
  signedRankTest,
  varghaDelaney,
} from "./statistics/index.ts";
import type { SearchTrace } from "./tableRun.ts";
import { evaluationsToTargets, expectedRunningTime, ratioTargets, regretTargets, shareReached } from "./targets.ts";
import type { TableTask } from "./task.ts";

/** Quartiles along a course. */
export interface Curve {
  /** Evaluations, or seconds. */
  readonly at: readonly number[];
  readonly low: readonly number[];
  readonly middle: readonly number[];
  readonly high: readonly number[];
}

/** How one contender did on one task. */
export interface ContenderResult {
  readonly label: string;
  /** Quality at the end, by repeat. */
  readonly values: readonly number[];
  readonly mean: number;
  readonly median: number;
  readonly quartiles: readonly [number, number];
  readonly interquartileMean: Interval;
  /** Quality after a quarter, half, three quarters and all of the evaluations, mean over the repeats. */
  readonly checkpointMeans: readonly number[];
  readonly byEvaluations: Curve;
  /** Against the simulated training cost, s; undefined where costs are not known. */
  readonly byTrainingSeconds: Curve | undefined;
  /** Against the algorithm's own time, s. Not reproducible. */
  readonly byOwnSeconds: Curve;
  /** Own time of a whole search, s, median. Not reproducible. */
  readonly ownSeconds: number;
  /** IGD⁺ at the end, median. */
  readonly invertedDistancePlus: number;
  /** With two objectives: the corners of the surfaces that 10, 50 and 90 % of the repeats attain. */
  readonly attainment: readonly { readonly share: number; readonly corners: readonly (readonly [number, number])[] }[];
  readonly targets: readonly {
    readonly target: number;
    /** Share of the repeats that reach it. */
    readonly reached: number;
    /** Expected running time in evaluations; undefined where no repeat reaches it. */
    readonly expectedRunningTime: number | undefined;
  }[];
  /**
   * Evaluations until the quality that each contender, in their order, has at the end: of its repeats the median, and of the needed
   * evaluations too. Undefined where half of the repeats do not reach it.
   */
  readonly evaluationsToMatch: readonly (number | undefined)[];
  /** Share of all targets of all repeats that is reached within 1, 2, … evaluations. */
  readonly shareReached: readonly number[];
  /** How many of its first candidates are those of the first contender, mean over the repeats. */
  readonly sharedStart: number;
}

/** Two contenders on one task. */
export interface PairResult {
  readonly a: string;
  readonly b: string;
  /** Of a − b over the repeats. */
  readonly medianDifference: number;
  /** Vargha and Delaney's Â₁₂: above .5 where `a` tends to be better. */
  readonly effect: number;
  /** Wilcoxon's signed-rank test, by itself and adjusted by Holm for all pairs of the task. */
  readonly pValue: number;
  readonly pHolm: number;
  /** Of the test that they are equivalent within the margin, adjusted likewise. */
  readonly pEquivalent: number;
  /** Whether they are equivalent by that test; a difference that was found too is then one without a meaning. */
  readonly withinMargin: boolean;
  readonly verdict: "a is better" | "b is better" | "equivalent" | "undecided";
}

/** Whether so many repeats can show any difference at all, of the number of pairs that so many contenders make. */
export function canDiffer(contenders: number, repeats: number, alpha: number): boolean {
  const clearest = signedRankTest(Array.from({ length: repeats }, () => 1)).pValue;
  return ((contenders * (contenders - 1)) / 2) * clearest <= alpha;
}

export interface TaskResult {
  readonly task: string;
  readonly rows: number;
  readonly objectives: readonly string[];
  readonly reference: readonly number[];
  readonly frontSize: number;
  readonly checkpoints: readonly number[];
  readonly contenders: readonly ContenderResult[];
  readonly pairs: readonly PairResult[];
}

export interface JudgeOptions {
  readonly evaluations: number;
  /** What is called equal differs by less, in units of the quality. */
  readonly margin: number;
  /** Level of every test. */
  readonly alpha: number;
  /** Draws the bootstrap. */
  readonly rng: Rng;
  /** Resamples of a bootstrap; by default 2,000. */
  readonly draws?: number;
}

/** What a contender did on a task: one search for each repeat, all contenders in the same order. */
export interface Traces {
  readonly label: string;
  readonly traces: readonly SearchTrace[];
}

const shares = [0.1, 0.5, 0.9];
/** Points of a curve. */
const points = 100;

/** Judges what the contenders did on one task. */
export function judgeTask<G>(task: TableTask<G>, all: readonly Traces[], options: JudgeOptions): TaskResult {
  const { evaluations } = options;
  const checkpoints = [1, 2, 3, 4].map((quarter) => Math.ceil((evaluations * quarter) / 4));
  const longest = task.trainingSeconds && Math.max(...all.flatMap(({ traces }) => traces.map((trace) => costs(task, trace).at(-1) ?? 0)));
  const courses = all.map(({ traces }) => traces.map((trace) => qualityCourse(task, trace, evaluations)));
  const ends = courses.map((own) => medianOf(own.map((course) => numberAt(course, evaluations - 1))));
  const contenders = all.map((contender, i): ContenderResult => {
    const own = item(courses, i);
    return {
      ...judgeContender(task, contender, own, item(all, 0), checkpoints, longest, options),
      evaluationsToMatch: ends.map((end) => evaluationsTo(own, end)),
    };
  });
  return {
    task: task.name,
    rows: task.objectives.length,
    objectives: task.objectiveNames,
    reference: task.reference,
    frontSize: task.front.length,
    checkpoints,
    contenders,
    pairs: judgePairs(contenders, options),
  };
}

function judgeContender<G>(
  task: TableTask<G>,
  { label, traces }: Traces,
  courses: readonly (readonly number[])[],
  first: Traces,
  checkpoints: readonly number[],
  longest: number | undefined,
  { evaluations, rng, draws }: JudgeOptions,
): Omit<ContenderResult, "evaluationsToMatch"> {
  const values = courses.map((course) => numberAt(course, evaluations - 1));
  const single = task.objectiveNames.length === 1;
  const targets = single ? regretTargets : ratioTargets;
  const reached = single ? (value: number, target: number) => value <= target + 1e-9 : (value: number, target: number) => value >= target;
  const needed = (single ? traces.map((trace) => regretCourse(task, trace, evaluations)) : courses).map((course) =>
    evaluationsToTargets(course, targets, reached),
  );
  const fronts = traces.map((trace) => frontFound(task, trace));
  const own = traces.map(({ ownSeconds }) => ownSeconds);
  const longestOwn = Math.max(0, ...own.map((seconds) => seconds.at(-1) ?? 0));
  return {
    label,
    values,
    mean: mean(values),
    median: quantile(values, 0.5),
    quartiles: [quantile(values, 0.25), quantile(values, 0.75)],
    interquartileMean: bootstrapInterquartileMean([values], rng.fork(`${task.name}/${label}`), draws),
    checkpointMeans: checkpoints.map((checkpoint) => mean(courses.map((course) => numberAt(course, checkpoint - 1)))),
    byEvaluations: curveOf(
      gridOf(evaluations).map((x) => Math.round(x)),
      courses,
      courses.map((course) => course.map((_, i) => i + 1)),
    ),
    byTrainingSeconds:
      longest === undefined
        ? undefined
        : curveOf(
            gridOf(longest),
            courses,
            traces.map((trace) => costs(task, trace)),
          ),
    byOwnSeconds: curveOf(gridOf(longestOwn), courses, own),
    ownSeconds: quantile(
      own.map((seconds) => seconds.at(-1) ?? 0),
      0.5,
    ),
    invertedDistancePlus: quantile(
      fronts.map((front) => invertedDistancePlus(front, task.front, task.reference)),
      0.5,
    ),
    attainment: task.objectiveNames.length === 2 ? shares.map((share) => ({ share, corners: attainmentSurface(fronts, share) })) : [],
    targets: targets.map((target, i) => {
      const counts = needed.map((row) => row[i]);
      return {
        target,
        reached: counts.filter((count) => count !== undefined).length / traces.length,
        expectedRunningTime: expectedRunningTime(counts, evaluations),
      };
    }),
    shareReached: shareReached(needed, evaluations),
    sharedStart: mean(traces.map(({ rows }, i) => commonStart(rows, first.traces[i]?.rows ?? []))),
  };
}

/** Median over the courses; undefined where half of them do not get there. */
function evaluationsTo(courses: readonly (readonly number[])[], quality: number): number | undefined {
  const needed = courses.map((course) => {
    const at = course.findIndex((value) => value >= quality);
    return at < 0 ? Infinity : at + 1;
  });
  const middle = medianOf(needed);
  return Number.isFinite(middle) ? middle : undefined;
}

/** Also of infinite numbers. */
function medianOf(values: readonly number[]): number {
  return median(values) ?? Number.NaN;
}

function judgePairs(contenders: readonly ContenderResult[], { margin, alpha }: JudgeOptions): PairResult[] {
  const pairs = contenders.flatMap((a, i) =>
    contenders.slice(i + 1).map((b) => ({ a, b, differences: pairedDifferences(a.values, b.values) })),
  );
  const pValues = pairs.map(({ differences }) => signedRankTest(differences).pValue);
  const pEqual = pairs.map(({ differences }) => equivalenceTest(differences, margin));
  const [adjusted, adjustedEqual] = [holm(pValues), holm(pEqual)];
  return pairs.map(({ a, b, differences }, i) => {
    const effect = varghaDelaney(a.values, b.values);
    const [pHolm, pEquivalent] = [numberAt(adjusted, i), numberAt(adjustedEqual, i)];
    return {
      a: a.label,
      b: b.label,
      medianDifference: quantile(differences, 0.5),
      effect,
      pValue: numberAt(pValues, i),
      pHolm,
      pEquivalent,
      withinMargin: pEquivalent <= alpha,
      verdict: verdictOf(differences, pHolm <= alpha, pEquivalent <= alpha),
    };
  });
}

function verdictOf(differences: readonly number[], different: boolean, equivalent: boolean): PairResult["verdict"] {
  if (!different) return equivalent ? "equivalent" : "undecided";
  const { pGreater, pLess } = signedRankTest(differences);
  return pGreater < pLess ? "a is better" : "b is better";
}

/** What the evaluations of a search would have cost up to each, s. */
function costs<G>({ trainingSeconds }: TableTask<G>, { rows }: SearchTrace): number[] {
  let sum = 0;
  return rows.map((row) => {
    sum += numberAt(trainingSeconds ?? [], row);
    return sum;
  });
}

function gridOf(end: number): number[] {
  const count = Number.isInteger(end) ? Math.min(points, Math.max(1, end)) : points;
  return Array.from({ length: count }, (_, i) => (end * (i + 1)) / count);
}

/**
 * Quartiles of the courses at each point of a grid, from the first on at which three quarters of the runs have a value. @param xs where each value of
 * each course was reached; a course may be longer, and then goes on at its last value.
 */
function curveOf(grid: readonly number[], courses: readonly (readonly number[])[], xs: readonly (readonly number[])[]): Curve {
  const positions = courses.map(() => 0);
  const kept: { readonly at: number; readonly values: readonly number[] }[] = [];
  for (const at of grid) {
    const values = courses.map((course, run) => {
      const own = listAt(xs, run);
      let position = numberAt(positions, run);
      while (position < own.length && numberAt(own, position) <= at) position++;
      positions[run] = position;
      return position === 0 ? -Infinity : numberAt(course, position - 1);
    });
    if (Number.isFinite(quantile(values, 0.25))) kept.push({ at, values });
  }
  const level = (probability: number) => kept.map(({ values }) => quantile(values, probability));
  return { at: kept.map(({ at }) => at), low: level(0.25), middle: level(0.5), high: level(0.75) };
}

function commonStart(a: readonly number[], b: readonly number[]): number {
  const end = a.findIndex((row, i) => row !== b[i]);
  return end < 0 ? a.length : end;
}
