/** How much of a known front a searcher finds, and when. */
import { createRng, InputError } from "../base/index.ts";
import { numberAt } from "../base/matrix.ts";
import { restrictedTo } from "./candidates/restrictedSpace.ts";
import { ParetoArchive } from "./front/archive.ts";
import { hypervolume } from "./front/hypervolume.ts";
import type { SearcherOptions, Variation } from "./searcher.ts";
import { createSearcher, type SearcherSettings } from "./searchers.ts";

/** Architectures whose objectives are known beforehand. */
export interface SearchTable {
  /** From canonical text to objectives, all minimised. A row with a number that is not finite, or none at all, is unknown. */
  readonly rows: ReadonlyMap<string, readonly number[]>;
  /** Reference point of the hypervolume. */
  readonly reference: readonly number[];
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

export interface SearchBenchmark<G> extends Pick<SearcherOptions<G>, "features" | "traits" | "known"> {
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
  /** Told after each search; here the caller, who has a clock, can take the time. */
  readonly onTrial?: (trial: number, hypervolumeRatios: readonly number[]) => void;
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
  /** Per checkpoint, over the trials: mean and sample standard deviation (0 for one trial) of hypervolume / whole table's hypervolume. */
  readonly hypervolumeRatioMean: readonly number[];
  readonly hypervolumeRatioSd: readonly number[];
}

/**
 * Searches a table several times and says how much of its true front's hypervolume was found when. One evaluation reveals one
 * architecture's objectives. Where the table does not know the whole space, candidates are drawn from what it knows. A searcher
 * that runs out of candidates keeps what it has at the later checkpoints.
 * @throws InputError where the table knows nothing, or nothing better than the reference.
 */
export function benchmarkSearch<G>(benchmark: SearchBenchmark<G>): SearchBenchmarkResult {
  const { table, algorithm, evaluations, trials } = benchmark;
  const truth = new ParetoArchive<undefined>(table.reference.length);
  const known = [...table.rows].filter(([, objectives]) => objectives.every(Number.isFinite));
  if (known.length === 0) throw new InputError("no architecture has all objectives known", { expected: "rows without empty cells" });
  for (const [, objectives] of known) truth.add(objectives, undefined);
  const whole = hypervolume(truth.front(), table.reference);
  if (!(whole > 0)) {
    throw new InputError("no architecture is better than the reference point of the hypervolume", {
      expected: `objectives below ${table.reference.join(" and ")}: error in percent and latency in ms; the least error is ${known.reduce((least, [, [error = 0]]) => Math.min(least, error), Number.POSITIVE_INFINITY)}`,
    });
  }
  const space =
    BigInt(known.length) === benchmark.space.size
      ? benchmark.space
      : restrictedTo(
          benchmark.space,
          known.map(([text]) => text),
        );
  const checkpoints = [1, 2, 3, 4].map((quarter) => Math.ceil((evaluations * quarter) / 4));

  const best = known.reduce((least, [, objectives]) => Math.min(least, numberAt(objectives, 0)), Number.POSITIVE_INFINITY);
  const toBest: number[] = [];
  const toWithinTenth: number[] = [];

  const search = (trial: number): number[] => {
    toBest.push(Number.POSITIVE_INFINITY);
    toWithinTenth.push(Number.POSITIVE_INFINITY);
    const rng = createRng(`${benchmark.seed}/search ${trial}`);
    const { features, traits, known } = benchmark;
    const seen = { ...(features && { features }), ...(traits && { traits }), ...(known && { known }) };
    const options = { space, rng, objectives: table.reference.length, evaluations, ...seen };
    const searcher = createSearcher(algorithm, options, benchmark.settings);
    const found = new ParetoArchive<undefined>(table.reference.length);
    const ratios: number[] = [];
    let done = 0;
    while (done < evaluations) {
      const asked = searcher.ask(Math.min(searcher.batch, evaluations - done));
      if (asked.length === 0) break;
      const told = asked.map((genotype) => {
        const objectives = table.rows.get(space.format(genotype)) as readonly number[];
        return { genotype, status: "feasible" as const, objectives };
      });
      for (const trial of told) {
        found.add(trial.objectives, undefined);
        done++;
        const short = numberAt(trial.objectives, 0) - best;
        if (short <= 0) toBest.push(Math.min(toBest.pop() as number, done));
        // A table's numbers have few digits: a difference of just .1 counts.
        if (short <= 0.1 + 1e-9) toWithinTenth.push(Math.min(toWithinTenth.pop() as number, done));
        while (ratios.length < 4 && checkpoints[ratios.length] === done) ratios.push(hypervolume(found.front(), table.reference) / whole);
      }
      searcher.tell(told);
    }
    while (ratios.length < 4) ratios.push(hypervolume(found.front(), table.reference) / whole);
    benchmark.onTrial?.(trial, ratios);
    return ratios;
  };

  const ratios = Array.from({ length: trials }, (_, trial) => search(trial));
  const column = (quarter: number) => ratios.map((row) => numberAt(row, quarter));
  const means = checkpoints.map((_, quarter) => mean(column(quarter)));
  return {
    algorithm,
    ...(table.reference.length === 1 && { evaluationsToBest: toBest, evaluationsToWithinTenth: toWithinTenth }),
    checkpoints,
    hypervolumeRatioMean: means,
    hypervolumeRatioSd: checkpoints.map((_, quarter) => {
      const squares = column(quarter).map((value) => (value - numberAt(means, quarter)) ** 2);
      return trials > 1 ? Math.sqrt(squares.reduce((a, b) => a + b, 0) / (trials - 1)) : 0;
    }),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
