/**
 * How many evaluations each algorithm needs on NAS-Bench-201 to reach the hypervolume that NSGA-II has after 100, and its hypervolume
 * ratios. Prints two tables; see README.md.
 */
import { parseArgs } from "node:util";
import { createRng } from "@archwright/core/base";
import { candidatesSeen } from "@archwright/core/experiment";
import { createSearcher, errorLatencyTable, hypervolume, ParetoArchive, type SearchTable, searchers } from "@archwright/core/search";
import type { Genotype } from "@archwright/core/spaces";
import { columnOf, mean, median, space, task } from "./table.ts";

const { values: flags, positionals } = parseArgs({
  options: {
    accuracy: { type: "string", default: "cifar100_valid" },
    devices: { type: "string", default: "gold_6240,pixel3,2080ti_256,samsung_s7,titan_rtx_32,essential_ph_1" },
    algorithms: { type: "string", default: searchers.map(({ name }) => name).join(",") },
    seeds: { type: "string", default: "10" },
    features: { type: "boolean", default: false },
    known: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const [folder] = positionals;
if (folder === undefined) {
  console.error("No tables are given: pass the folder that holds NAS-Bench-201's accuracy.csv and latency.csv.");
  process.exit(1);
}
const evaluations = 100;
const algorithms = flags.algorithms.split(",");
const devices = flags.devices.split(",");
const seeds = Array.from({ length: Number(flags.seeds) }, (_, seed) => seed);
const accuracy = columnOf(folder, "accuracy.csv", flags.accuracy);

const { features, traits } = candidatesSeen({ name: "nasbench201", cells_per_stage: 5, channels: 16 }, task, space.format, [
  "error",
  "latency",
]);

/** The hypervolume ratio after each evaluation, and the processor time that the algorithm took in all. */
function search(algorithm: string, device: string, table: SearchTable, whole: number, seed: number) {
  const rng = createRng(`${device}/search ${seed}`);
  const known = (genotype: Genotype) => [undefined, { value: table.rows.get(space.format(genotype))?.[1] ?? Number.NaN, sd: 0 }];
  const seen = { traits, ...(flags.features && { features }), ...(flags.known && { known }) };
  const options = { space, rng, objectives: 2, evaluations, ...seen };
  const searcher = createSearcher(algorithm, options);
  const found = new ParetoArchive<undefined>(2);
  const ratios: number[] = [];
  let ms = 0;
  while (ratios.length < evaluations) {
    const start = process.cpuUsage();
    const asked = searcher.ask(Math.min(searcher.batch, evaluations - ratios.length));
    const { user, system } = process.cpuUsage(start);
    ms += (user + system) / 1000;
    const told = asked.map((genotype) => ({
      genotype,
      status: "feasible" as const,
      objectives: table.rows.get(space.format(genotype)) ?? [],
    }));
    for (const { objectives } of told) {
      found.add(objectives, undefined);
      ratios.push(hypervolume(found.front(), table.reference) / whole);
    }
    searcher.tell(told);
  }
  return { ratios, ms };
}

const ratios = new Map(algorithms.map((algorithm) => [algorithm, [] as number[][]]));
const times = new Map(algorithms.map((algorithm) => [algorithm, [] as number[]]));
const needed = new Map(algorithms.map((algorithm) => [algorithm, [] as number[]]));
for (const device of devices) {
  const latency = columnOf(folder, "latency.csv", device);
  const table = errorLatencyTable(
    [...accuracy].map(([architecture, percent]) => ({
      architecture,
      accuracy: percent,
      latencyMs: latency.get(architecture) ?? Number.NaN,
    })),
  );
  const truth = new ParetoArchive<undefined>(2);
  for (const objectives of table.rows.values()) truth.add(objectives, undefined);
  const whole = hypervolume(truth.front(), table.reference);
  const target = median(seeds.map((seed) => search("nsga2", device, table, whole, seed).ratios[evaluations - 1] as number));
  for (const algorithm of algorithms) {
    const runs = seeds.map((seed) => search(algorithm, device, table, whole, seed));
    ratios.get(algorithm)?.push(...runs.map((run) => run.ratios));
    times.get(algorithm)?.push(...runs.map((run) => run.ms / evaluations));
    const reached = runs.map((run) => {
      const at = run.ratios.findIndex((ratio) => ratio >= target);
      return at < 0 ? Number.POSITIVE_INFINITY : at + 1;
    });
    needed.get(algorithm)?.push(median(reached));
  }
}

console.log(`${flags.accuracy}, ${seeds.length} seeds on each of ${devices.join(", ")}\n`);
console.log("| algorithm | after 25 | 50 | 75 | 100 | ms a candidate |\n| --- | --- | --- | --- | --- | --- |");
for (const algorithm of algorithms) {
  const at = (count: number) => mean((ratios.get(algorithm) ?? []).map((run) => run[count - 1] as number)).toFixed(4);
  console.log(`| ${algorithm} | ${[25, 50, 75, 100].map(at).join(" | ")} | ${mean(times.get(algorithm) ?? []).toFixed(2)} |`);
}
const cell = (value: number) => (Number.isFinite(value) ? String(value) : "> 100");
console.log(
  `\nEvaluations to the hypervolume of NSGA-II after 100 (medians)\n\n| algorithm | ${devices.join(" | ")} | median | fewer by |`,
);
console.log(`| --- | ${devices.map(() => "---").join(" | ")} | --- | --- |`);
for (const algorithm of algorithms) {
  const row = needed.get(algorithm) ?? [];
  console.log(`| ${algorithm} | ${row.map(cell).join(" | ")} | ${cell(median(row))} | ${(evaluations / median(row)).toFixed(2)} |`);
}
