/**
 * The best network within a latency budget, of which at most 20 latencies are measured: `archwright bench search --latency-budget` on
 * devices and budgets of a table. What was run is kept in a file, and is not run again.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    devices: { type: "string", default: "titanx_256,gold_6240,samsung_s7,2080ti_256,titanxp_32" },
    budgets: { type: "string", default: "10%,30%,60%" },
    columns: { type: "string", default: "cifar100_valid,cifar100_test" },
    "test-column": { type: "string", default: "cifar100_test" },
    seeds: { type: "string", default: "3" },
    evaluations: { type: "string", default: "100" },
    measurements: { type: "string", default: "20" },
    samples: { type: "string", default: "10" },
    algorithm: { type: "string", default: "bayesian" },
    output: { type: "string" },
  },
});
const [folder = "../shared/data/nasbench201"] = positionals;
const devices = flags.devices.split(",");
const program = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
/** None of the devices is a source of another. */
const sources = (readFileSync(`${folder}/latency.csv`, "utf8").split(/\r?\n/, 1)[0] ?? "")
  .split(",")
  .slice(1)
  .filter((name) => !devices.includes(name));

interface Found {
  readonly architecture: string | null;
  readonly within_budget: boolean;
  readonly latency_ms?: number;
  readonly accuracy?: number;
  readonly test_accuracy?: number;
  readonly measurements: number;
}
interface Result {
  readonly latency_budget_ms: number;
  readonly best_feasible: { readonly accuracy: number; readonly test_accuracy: number };
  readonly best_feasible_test_accuracy: number;
  readonly found: readonly Found[];
  readonly seconds_mean: number;
}

const kept: Record<string, Result> = flags.output && existsSync(flags.output) ? JSON.parse(readFileSync(flags.output, "utf8")) : {};

function search(device: string, budget: string, column: string, seed: number): Result {
  const options = [
    ...["--accuracy", `${folder}/accuracy.csv`, "--accuracy-column", column, "--test-column", flags["test-column"]],
    ...["--latency", `${folder}/latency.csv`, "--latency-column", device, "--source", sources.join(",")],
    ...["--objectives", "error", "--latency-budget", budget, "--known", "predicted", "--samples", flags.samples],
    ...[
      "--measurements",
      flags.measurements,
      "--evaluations",
      flags.evaluations,
      "--algorithm",
      flags.algorithm,
      "--trials",
      "1",
      "--seed",
      `${seed}`,
    ],
  ];
  const key = `${column} ${device} ${budget}, ${flags.algorithm}, ${flags.evaluations} evaluations, ${flags.samples} of ${flags.measurements} measurements, seed ${seed}`;
  const found = kept[key];
  if (found) return found;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "bench", "search", "--json", ...options], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  const { latency_budget_ms, best_feasible, best_feasible_test_accuracy, found: named, seconds_mean } = JSON.parse(stdout) as Result;
  const result = { latency_budget_ms, best_feasible, best_feasible_test_accuracy, found: named, seconds_mean };
  kept[key] = result;
  if (flags.output) writeFileSync(flags.output, `${JSON.stringify(kept, undefined, 1)}\n`);
  return result;
}

// All devices and budgets with one seed before any with the next: so what is there early is a study already.
const seeds = Array.from({ length: Number(flags.seeds) }, (_, seed) => seed);
const cases = flags.devices.split(",").flatMap((device) => flags.budgets.split(",").map((budget) => ({ device, budget })));
for (const seed of seeds) {
  for (const column of flags.columns.split(",")) for (const { device, budget } of cases) search(device, budget, column, seed);
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const list = (values: readonly number[]) => values.map((value) => value.toFixed(2)).join(" ");

for (const column of flags.columns.split(",")) {
  console.log(`\nsearched by ${column}; ${flags.seeds} seeds; accuracy in percent\n`);
  console.log("| device | budget | ms | over budget | short of the best | short in test | of the best in test | measured | s |");
  console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
  const all: { over: boolean; short: number; shortInTest: number; ofBest: number }[] = [];
  for (const { device, budget } of cases) {
    const results = seeds.map((seed) => search(device, budget, column, seed));
    const { best_feasible: best, best_feasible_test_accuracy: test, ...result } = results[0] as Result;
    const found = results.flatMap((one) => one.found);
    const rows = found.map((one) => ({
      over: !one.within_budget,
      short: best.accuracy - (one.accuracy ?? 0),
      shortInTest: best.test_accuracy - (one.test_accuracy ?? 0),
      ofBest: test - (one.test_accuracy ?? 0),
    }));
    all.push(...rows);
    const seconds = mean(results.map((one) => one.seconds_mean));
    const cells = [
      ...[device, budget, result.latency_budget_ms.toFixed(2), rows.filter(({ over }) => over).length],
      ...[list(rows.map(({ short }) => short)), list(rows.map(({ shortInTest }) => shortInTest)), list(rows.map(({ ofBest }) => ofBest))],
      ...[found.map(({ measurements }) => measurements).join(" "), seconds.toFixed(0)],
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
  const within = (values: readonly number[]) =>
    `${values.filter((value) => value <= 0.5 + 1e-9).length} of ${values.length} within .5, mean ${mean(values).toFixed(3)}`;
  console.log(`\nover budget or nothing: ${all.filter(({ over }) => over).length} of ${all.length}`);
  console.log(`short of the best of the table: ${within(all.map(({ short }) => short))}`);
  console.log(`short in test of what is best by ${column}: ${within(all.map(({ shortInTest }) => shortInTest))}`);
  console.log(`short of the best in test: ${within(all.map(({ ofBest }) => ofBest))}`);
}
