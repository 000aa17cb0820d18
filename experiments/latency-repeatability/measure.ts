/**
 * How well the local runtime repeats itself: the same random networks, measured several times. Prints JSON.
 *
 *   npx tsx --conditions=archwright-source experiments/latency-repeatability/measure.ts [--networks 10] [--repeats 5]
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { createRng, createSpace, networkCosts, type Task } from "@archwright/core";
import { createOnnxRuntime } from "@archwright/runtimes";

const { values: flags } = parseArgs({
  options: { networks: { type: "string", default: "10" }, repeats: { type: "string", default: "5" } },
});
const SEED = "latency-repeatability";
/** What the runtime itself calls quiet. */
const QUIET_DRIFT = 0.1;

const task: Task = { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 };
const space = createSpace({ name: "nasbench201" }, task);
const rng = createRng(SEED);
const architectures = Array.from({ length: Number(flags.networks) }, () => space.sample(rng));
const networks = architectures.map((architecture) => space.network(architecture, task));

const startedAt = performance.now();
const runtime = createOnnxRuntime();
// Whole rounds, so that the repeats of a network lie as far apart in time as the study is long.
const rounds: { value: number; median: number; drift: number; repetitions: number }[][] = [];
let description = "";
for (let round = 0; round < Number(flags.repeats); round++) {
  const measured = [];
  for (const network of networks) {
    const { value, median, drift = 0, repetitions, runtime: engine } = await runtime.measure(network);
    description = engine;
    measured.push({ value, median, drift, repetitions });
  }
  rounds.push(measured);
}
const seconds = (performance.now() - startedAt) / 1000;

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const ranks = (values: readonly number[]) => values.map((value) => values.filter((other) => other < value).length);

/** Spearman's rank correlation; measured times have no ties. */
function spearman(a: readonly number[], b: readonly number[]): number {
  const [rankA, rankB] = [ranks(a), ranks(b)];
  const squares = rankA.reduce((sum, rank, i) => sum + (rank - (rankB[i] as number)) ** 2, 0);
  return 1 - (6 * squares) / (a.length * (a.length ** 2 - 1));
}

/** Each network's (largest − smallest) / smallest, of its measurements with no more drift than this, where there are two; ascending. */
function relativeRanges(statistic: "value" | "median", maxDrift: number): number[] {
  return networks
    .map((_, i) => rounds.flatMap((round) => round[i] ?? []).filter(({ drift }) => drift <= maxDrift))
    .filter((measurements) => measurements.length >= 2)
    .map((measurements) => {
      const values = measurements.map((measurement) => measurement[statistic]);
      return Math.max(...values) / Math.min(...values) - 1;
    })
    .sort((a, b) => a - b);
}

const middle = (sorted: readonly number[]) => mean([...sorted].slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1));

/** How far the repeats lie apart, and whether they put the networks in the same order. */
function agreement(statistic: "value" | "median") {
  const of = (round: number) => (rounds[round] ?? []).map((measurement) => measurement[statistic]);
  const pairs = rounds.flatMap((_, a) => rounds.slice(a + 1).map((_, b) => spearman(of(a), of(a + 1 + b))));
  const ranges = relativeRanges(statistic, Number.POSITIVE_INFINITY);
  const quiet = relativeRanges(statistic, QUIET_DRIFT);
  return {
    relativeRangeMedian: middle(ranges),
    relativeRangeMax: ranges.at(-1),
    quietRelativeRangeMedian: middle(quiet),
    quietRelativeRangeMax: quiet.at(-1),
    spearmanMean: mean(pairs),
    spearmanMin: Math.min(...pairs),
  };
}

const all = rounds.flat();
console.log(
  JSON.stringify(
    {
      runtime: description,
      seed: SEED,
      seconds,
      /** Processes that wanted to run, this one included: means of the last 1, 5 and 15 minutes. */
      loadAverage: loadavg(),
      percentile20: agreement("value"),
      median: agreement("median"),
      quietMeasurements: all.filter(({ drift }) => drift <= QUIET_DRIFT).length,
      driftMean: mean(all.map(({ drift }) => drift)),
      driftMax: Math.max(...all.map(({ drift }) => drift)),
      repetitionsMean: mean(all.map(({ repetitions }) => repetitions)),
      networks: architectures.map((architecture, i) => ({
        architecture: space.format(architecture),
        macs: networkCosts(space.network(architecture, task)).macs,
        latencyMs: rounds.map((round) => round[i]?.value),
      })),
    },
    undefined,
    2,
  ),
);
