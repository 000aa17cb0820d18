/** How well a latency model predicts devices of a table from few of their cells. */
import { createRng, InputError } from "../base/index.ts";
import { at, item } from "../base/matrix.ts";
import { kendall, meanAbsolutePercentageError, shareWithin, spearman } from "../base/statistics.ts";
import { knownLatencies, refuseNegative, type Table, tableColumn } from "../devices/tables/index.ts";
import { fewestMeasurements } from "./checks.ts";
import type { DescribeArchitecture, LatencyMeasurement, LatencyPredictor, LatencySources } from "./predictor.ts";
import { learnLatencyPredictor } from "./registry.ts";

/** Learns a model of latency from source devices. */
export type LearnLatencyPredictor = (
  sources: LatencySources,
  describe: DescribeArchitecture,
) => LatencyPredictor | Promise<LatencyPredictor>;

export interface LatencyBenchmark {
  readonly table: Table;
  readonly describe: DescribeArchitecture;
  /** Columns to learn from, and columns to predict. */
  readonly sources: readonly string[];
  readonly targets: readonly string[];
  /** A name that `learnLatencyPredictor` knows. */
  readonly model: string;
  /** Learns the model in place of `learnLatencyPredictor`, or takes one that was learned from the same before. */
  readonly learn?: LearnLatencyPredictor | undefined;
  /** Cells of a target's column that may be read before predicting. */
  readonly samples: number;
  /** Independent choices of what to measure. */
  readonly trials: number;
  readonly seed: number | string;
  /** `chosen` (by the model) where absent. */
  readonly measure?: "chosen" | "random";
  /**
   * Share of a column's known architectures that is left out of the scores at each end, the fastest and the slowest; below a
   * half, 0 where absent. HELP's paper has 0.1 (Lee et al., NeurIPS 2021). What may be measured is not affected.
   */
  readonly trim?: number;
  /** Milliseconds of a clock, for the times; without it they are 0. */
  readonly now?: () => number;
}

export interface LatencyTargetResult {
  readonly device: string;
  /** Over the trials; correlations over all known architectures of the column that were not measured. */
  readonly spearmanMean: number;
  /** Sample standard deviation, 0 for one trial. */
  readonly spearmanSd: number;
  readonly kendallMean: number;
  /** Percent. */
  readonly mapeMean: number;
  /** Share of predictions within 10 percent of the truth. */
  readonly within10Mean: number;
  /** Share of architectures whose latency is in the 95 percent interval. */
  readonly coverage95Mean: number;
  readonly adaptMs: number;
  readonly predictMs: number;
}

export interface LatencyBenchmarkResult {
  readonly model: string;
  readonly samples: number;
  readonly targets: readonly LatencyTargetResult[];
  readonly meanSpearman: number;
  readonly trainMs: number;
}

/** Learns a model from columns of a table and says how well it predicts others from few cells of them. */
export async function benchmarkLatency(benchmark: LatencyBenchmark): Promise<LatencyBenchmarkResult> {
  const { table, sources, targets, samples, trials } = benchmark;
  checkBenchmark(benchmark);
  const { now = noClock } = benchmark;
  const column = (name: string) => knownLatencies(tableColumn(table, name));
  const devices = sources.map((name) => ({ name, latenciesMs: column(name) }));
  // Zero is no measurement; what else is unknown in a target's column is decided without looking at cells that were not asked for.
  const truths = targets.map((name) => ({
    name,
    latenciesMs: tableColumn(table, name).map((value) => (value === 0 ? Number.NaN : value)),
  }));
  const learn: LearnLatencyPredictor = benchmark.learn ?? ((known, describe) => learnLatencyPredictor(benchmark.model, known, describe));
  const startedAt = now();
  const predictor = await learn({ architectures: table.architectures, devices }, benchmark.describe);
  const trainMs = now() - startedAt;
  const results = truths.map(({ name, latenciesMs }) =>
    summarizeTrials(
      name,
      Array.from({ length: trials }, (_, trial) => runTrial({ benchmark, predictor, latenciesMs, trial })),
    ),
  );
  const meanSpearman = results.reduce((sum, result) => sum + result.spearmanMean, 0) / results.length;
  return { model: predictor.name, samples, targets: results, meanSpearman, trainMs };
}

/** Means over the trials on one target. */
export function summarizeTrials(device: string, trials: readonly LatencyTrial[]): LatencyTargetResult {
  const mean = (of: (trial: LatencyTrial) => number) => trials.reduce((sum, trial) => sum + of(trial), 0) / trials.length;
  const spearmanMean = mean(({ spearman }) => spearman);
  const squares = trials.reduce((sum, { spearman }) => sum + (spearman - spearmanMean) ** 2, 0);
  return {
    device,
    spearmanMean,
    spearmanSd: trials.length < 2 ? 0 : Math.sqrt(squares / (trials.length - 1)),
    kendallMean: mean(({ kendall }) => kendall),
    mapeMean: mean(({ mape }) => mape),
    within10Mean: mean(({ within10 }) => within10),
    coverage95Mean: mean(({ coverage95 }) => coverage95),
    adaptMs: mean(({ adaptMs }) => adaptMs),
    predictMs: mean(({ predictMs }) => predictMs),
  };
}

const noClock = () => 0;

/** What one trial on a target gave; see {@link LatencyTargetResult}. */
export interface LatencyTrial {
  readonly spearman: number;
  readonly kendall: number;
  readonly mape: number;
  readonly within10: number;
  readonly coverage95: number;
  readonly adaptMs: number;
  readonly predictMs: number;
}

interface TrialOptions {
  readonly benchmark: LatencyBenchmark;
  readonly predictor: LatencyPredictor;
  /** The target's column. */
  readonly latenciesMs: Float64Array;
  readonly trial: number;
}

function runTrial({ benchmark, predictor, latenciesMs, trial }: TrialOptions): LatencyTrial {
  const { table, samples, seed, measure, trim = 0, now = noClock } = benchmark;
  const { architectures } = table;
  const rng = createRng(`${seed}/latency ${trial}`);
  const rowOf = new Map(architectures.map((architecture, row) => [architecture, row]));
  let measurements: readonly LatencyMeasurement[] = [];
  const asked = new Set<string>();
  // A cell that turns out to be unknown is a measurement that failed, and another architecture is measured instead.
  while (measurements.length < samples) {
    const wanted = samples - measurements.length;
    const pool = architectures.filter((architecture) => !asked.has(architecture));
    if (pool.length === 0)
      throw new InputError(`the table has fewer than ${samples} usable latencies of the target`, { expected: "more known cells" });
    const measured = measurements.map(({ architecture }) => architecture);
    for (const architecture of measure === "random" ? rng.shuffle(pool).slice(0, wanted) : predictor.suggest(pool, wanted, rng, measured)) {
      asked.add(architecture);
      const latencyMs = at(latenciesMs, rowOf.get(architecture) ?? -1);
      if (!Number.isNaN(latencyMs)) measurements = [...measurements, { architecture, latencyMs }];
    }
    const usable = knownLatencies(Float64Array.from(measurements, ({ latencyMs }) => latencyMs));
    measurements = measurements.filter((_, i) => !Number.isNaN(at(usable, i)));
  }
  const startedAt = now();
  const adapted = predictor.adapt(measurements);
  const adaptedAt = now();
  const predictions = adapted.predict(architectures);
  const predictedAt = now();
  // Only now may the whole column be looked at.
  const known = knownLatencies(latenciesMs);
  const rows = withoutExtremes(known, trim).filter((row) => !asked.has(item(architectures, row)));
  const truth = Float64Array.from(rows, (row) => at(known, row));
  const predicted = Float64Array.from(rows, (row) => item(predictions, row).latencyMs);
  const covered = rows.filter((row) => {
    const { low95Ms, high95Ms } = item(predictions, row);
    return low95Ms <= at(known, row) && at(known, row) <= high95Ms;
  });
  return {
    spearman: spearman(predicted, truth),
    kendall: kendall(predicted, truth),
    mape: meanAbsolutePercentageError(predicted, truth),
    within10: shareWithin(predicted, truth, 0.1),
    coverage95: covered.length / rows.length,
    adaptMs: adaptedAt - startedAt,
    predictMs: predictedAt - adaptedAt,
  };
}

/** Rows whose latency is known, without a share of the fastest and of the slowest. */
function withoutExtremes(latenciesMs: Float64Array, share: number): readonly number[] {
  const known = [...latenciesMs.keys()].filter((row) => !Number.isNaN(at(latenciesMs, row)));
  const cut = Math.floor(share * known.length);
  if (cut === 0) return known;
  return known.sort((i, j) => at(latenciesMs, i) - at(latenciesMs, j)).slice(cut, known.length - cut);
}

function checkBenchmark({ table, sources, targets, samples, trials, trim = 0 }: LatencyBenchmark): void {
  const both = targets.find((target) => sources.includes(target));
  if (both !== undefined) throw new InputError(`'${both}' is both a source and a target`, { expected: "different columns" });
  if (targets.length === 0) throw new InputError("there is no target", { expected: "at least one column to predict" });
  if (!Number.isInteger(samples) || samples < fewestMeasurements)
    throw new InputError(`${samples} samples`, { expected: `a whole number of at least ${fewestMeasurements}` });
  if (!Number.isInteger(trials) || trials < 1) throw new InputError(`${trials} trials`, { expected: "a whole number of at least 1" });
  if (!(trim >= 0 && trim <= 0.4))
    throw new InputError(`a share of ${trim} is to be left out at each end`, { expected: "0 to 0.4; HELP's paper has 0.1" });
  for (const source of sources) refuseNegative(table, source);
  for (const target of targets) {
    const known = knownLatencies(tableColumn(table, target)).filter((value) => !Number.isNaN(value)).length;
    if (known < 2 * samples)
      throw new InputError(`the column '${target}' has ${known} known latencies`, {
        expected: `at least ${2 * samples}, twice as many as samples`,
      });
    refuseNegative(table, target);
  }
}
