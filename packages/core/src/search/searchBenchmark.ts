/** How much of a known front a searcher finds, and when. */
import { createRng, type Rng } from "../base/index.ts";
import { item, numberAt } from "../base/matrix.ts";
import { ratioCourse, regretCourse } from "./comparison/course.ts";
import { runOnTable, type SearchTrace } from "./comparison/tableRun.ts";
import { type Seen, tableTask } from "./comparison/task.ts";
import type { EarlierRun, SearchFidelity, Variation } from "./searcher.ts";
import type { SearcherSettings } from "./searchers.ts";

/** Architectures whose objectives are known beforehand. */
export interface SearchTable {
  /** From canonical text to objectives, all minimised. A row with a number that is not finite, or none at all, is unknown. */
  readonly rows: ReadonlyMap<string, readonly number[]>;
  /** Reference point of the hypervolume. */
  readonly reference: readonly number[];
  /** By how much architectures are over budget, cost / budget − 1: above 0 for those that are. */
  readonly violations?: ReadonlyMap<string, number>;
  /** Cheaper evaluations, the cheapest first: the objectives that one shows, by canonical text. What is missing cannot be evaluated so. */
  readonly lower?: readonly (SearchFidelity & { readonly rows: ReadonlyMap<string, readonly number[]> })[];
}

/**
 * The table that `bench search` is about: objectives are error (100 − accuracy, percent) and latency (ms), the reference is
 * 90 percent and the largest known latency. A number that is not finite (an empty cell) makes the row unknown.
 */
export function errorLatencyTable(
  rows: Iterable<{ readonly architecture: string; readonly accuracy: number; readonly latencyMs: number }>,
): SearchTable {
  const objectives = new Map<string, readonly number[]>();
  let largest = Number.NEGATIVE_INFINITY;
  for (const { architecture, accuracy, latencyMs } of rows) {
    objectives.set(architecture, [100 - accuracy, latencyMs]);
    if (Number.isFinite(latencyMs)) largest = Math.max(largest, latencyMs);
  }
  return { rows: objectives, reference: [90, largest] };
}

export interface SearchBenchmark<G> extends Seen<G> {
  readonly space: Variation<G>;
  readonly table: SearchTable;
  /** A name that `createSearcher` knows. */
  readonly algorithm: string;
  /** Evaluations of one trial. */
  readonly evaluations: number;
  readonly settings?: SearcherSettings;
  /** Independent searches. */
  readonly trials: number;
  readonly seed: number | string;
  /** What each search knows of runs before it. */
  readonly earlier?: (trial: number) => readonly EarlierRun<G>[];
  /** Told after each search, with its full evaluations in order; here the caller, who has a clock, can take the time. */
  readonly onTrial?: (trial: number, hypervolumeRatios: readonly number[], evaluated: readonly EvaluatedRow[]) => void;
  /** What searches in place of the algorithm's own asking and telling: gives the architectures evaluated, in order. */
  readonly search?: (space: Variation<G>, rng: Rng, trial: number) => Iterable<string>;
}

/** An architecture of the table that was evaluated in full, and what that showed. */
export interface EvaluatedRow {
  readonly architecture: string;
  readonly objectives: readonly number[];
}

export interface SearchBenchmarkResult {
  readonly algorithm: string;
  /** Numbers of evaluations: a quarter, half, three quarters and all of them. */
  readonly checkpoints: readonly number[];
  /**
   * With one objective, by trial: after how many evaluations the best of the table was found, and one within .1 of it; infinite where
   * that was not within the evaluations.
   */
  readonly evaluationsToBest?: readonly number[];
  readonly evaluationsToWithinTenth?: readonly number[];
  /** With one objective, by trial: the best architecture that was evaluated and is within the budgets, if any. */
  readonly best?: readonly (string | undefined)[];
  /** Per checkpoint, over the trials: mean and sample standard deviation (0 for one trial) of hypervolume / whole table's hypervolume. */
  readonly hypervolumeRatioMean: readonly number[];
  readonly hypervolumeRatioSd: readonly number[];
}

/**
 * Searches a table several times and says how much of its true front's hypervolume was found when. One evaluation reveals one
 * architecture's objectives; one at a lower fidelity counts by its cost, and what it shows belongs to no front. Where the table does
 * not know the whole space, candidates are drawn from what it knows. A searcher that runs out of candidates keeps what it has at the later checkpoints.
 * @throws InputError where the table knows nothing, nothing within the budgets, or nothing better than the reference.
 */
export function benchmarkSearch<G>(benchmark: SearchBenchmark<G>): SearchBenchmarkResult {
  const { space, table, algorithm, settings = {}, evaluations, trials, seed } = benchmark;
  const { features, traits, known, violation } = benchmark;
  const seen = { ...(features && { features }), ...(traits && { traits }), ...(known && { known }), ...(violation && { violation }) };
  const { lower } = table;
  const task = tableTask({
    name: "bench search",
    space,
    objectives: table.reference.map((_, axis) => ["error", "latency"][axis] ?? `objective ${axis + 1}`),
    rows: Array.from(table.rows, ([architecture, objectives]) => ({
      architecture,
      objectives,
      violation: table.violations?.get(architecture) ?? 0,
      ...(lower && { atLower: lower.map(({ rows }) => rows.get(architecture) ?? []) }),
    })),
    ...(lower && { lower }),
    reference: table.reference,
    seen,
  });
  const run = (rng: Rng, trial: number): Pick<SearchTrace, "rows" | "spent"> => {
    const earlier = benchmark.earlier?.(trial);
    if (!benchmark.search) return runOnTable(task, { algorithm, settings, evaluations, rng, initial: [], ...(earlier && { earlier }) });
    return { rows: Array.from(benchmark.search(task.space, rng, trial), (text) => task.rowOf.get(text) as number) };
  };
  const texts = [...task.rowOf.keys()];
  const checkpoints = [1, 2, 3, 4].map((quarter) => Math.ceil((evaluations * quarter) / 4));
  const toBest: number[] = [];
  const toWithinTenth: number[] = [];
  const best: (string | undefined)[] = [];
  const ratios = Array.from({ length: trials }, (_, trial) => {
    const trace = run(createRng(`${seed}/search ${trial}`), trial);
    const regret = regretCourse(task, trace, evaluations);
    const least = regret.at(-1) as number;
    const row = trace.rows[firstOrNever(regret, (short) => short === least)];
    best.push(Number.isFinite(least) && row !== undefined ? texts[row] : undefined);
    toBest.push(1 + firstOrNever(regret, (short) => short <= 0));
    // A table's numbers have few digits: a difference of just .1 counts.
    toWithinTenth.push(1 + firstOrNever(regret, (short) => short <= 0.1 + 1e-9));
    const course = ratioCourse(task, trace, evaluations);
    const atCheckpoints = checkpoints.map((checkpoint) => numberAt(course, checkpoint - 1));
    const evaluated = trace.rows.map((row) => ({ architecture: item(texts, row), objectives: item(task.objectives, row) }));
    benchmark.onTrial?.(trial, atCheckpoints, evaluated);
    return atCheckpoints;
  });
  const column = (quarter: number) => ratios.map((row) => numberAt(row, quarter));
  const means = checkpoints.map((_, quarter) => mean(column(quarter)));
  return {
    algorithm,
    ...(table.reference.length === 1 && { evaluationsToBest: toBest, evaluationsToWithinTenth: toWithinTenth, best }),
    checkpoints,
    hypervolumeRatioMean: means,
    hypervolumeRatioSd: checkpoints.map((_, quarter) => {
      const squares = column(quarter).map((value) => (value - numberAt(means, quarter)) ** 2);
      return trials > 1 ? Math.sqrt(squares.reduce((a, b) => a + b, 0) / (trials - 1)) : 0;
    }),
  };
}

/** Infinite where there is none. */
function firstOrNever(values: readonly number[], isWanted: (value: number) => boolean): number {
  const index = values.findIndex(isWanted);
  return index < 0 ? Number.POSITIVE_INFINITY : index;
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
