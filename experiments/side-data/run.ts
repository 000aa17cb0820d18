/**
 * What cheap evaluations and earlier runs save: hypervolume ratios of searches in NAS-Bench-201 that may read a cheaper column, or
 * that know an earlier search. Prints a line for each device and the mean; see README.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  benchmarkSearch,
  candidatesSeen,
  createSpace,
  type EarlierRun,
  errorLatencyTable,
  type Genotype,
  type ObjectiveTraits,
  parseTable,
  resolveSpaceSpec,
  type SearchTable,
  tableColumn,
  usualTaskOf,
} from "@archwright/core";

const { values: flags, positionals } = parseArgs({
  options: {
    accuracy: { type: "string", default: "cifar100_valid" },
    devices: { type: "string", default: "gold_6240,pixel3,2080ti_256,samsung_s7,titan_rtx_32,essential_ph_1" },
    /** COLUMN:COST, as `bench search --low-fidelity`. */
    "low-fidelity": { type: "string" },
    /** COLUMN:DEVICE of an earlier search by the same algorithm. */
    earlier: { type: "string" },
    /** Gives the values of the earlier search to its architectures in another order: they say nothing then. */
    shuffled: { type: "boolean", default: false },
    algorithm: { type: "string", default: "bayesian" },
    settings: { type: "string", default: "{}" },
    evaluations: { type: "string", default: "100" },
    seeds: { type: "string", default: "10" },
    seed: { type: "string", default: "0" },
    /** File for all ratios, JSON. */
    json: { type: "string" },
  },
  allowPositionals: true,
});
const [folder] = positionals;
if (folder === undefined) {
  console.error("No tables are given: pass the folder that holds NAS-Bench-201's accuracy.csv and latency.csv.");
  process.exit(1);
}
const task = usualTaskOf({ name: "nasbench201" });
const spec = resolveSpaceSpec({ name: "nasbench201" }, task);
const space = createSpace(spec, task);
const format = (genotype: Genotype) => space.format(genotype);
const accuracies = readTable("accuracy.csv");
const latencies = readTable("latency.csv");
const seen = candidatesSeen(spec, task, format, ["error", "latency"]);
const traits = seen.traits.map((trait): ObjectiveTraits => (trait.nature === "cost" ? { ...trait, atAnyFidelity: true } : trait));

function readTable(name: string) {
  const file = join(folder as string, name);
  return parseTable(readFileSync(file, "utf8"), file);
}

function tableOf(accuracy: string, device: string): SearchTable {
  const latencyOf = new Map(Array.from(tableColumn(latencies, device), (ms, row) => [latencies.architectures[row] as string, ms]));
  return errorLatencyTable(
    Array.from(tableColumn(accuracies, accuracy), (value, row) => {
      const architecture = accuracies.architectures[row] as string;
      return { architecture, accuracy: value, latencyMs: latencyOf.get(architecture) ?? Number.NaN };
    }),
  );
}

function withLower(table: SearchTable): SearchTable {
  if (flags["low-fidelity"] === undefined) return table;
  const [column = "", cost = ""] = flags["low-fidelity"].split(":");
  const rows = Array.from(tableColumn(accuracies, column), (value, row): [string, readonly number[]] => {
    const architecture = accuracies.architectures[row] as string;
    return [architecture, [100 - value, ...(table.rows.get(architecture) ?? []).slice(1)]];
  });
  return { ...table, lower: [{ cost: Number(cost), rows: new Map(rows) }] };
}

const common = {
  space,
  algorithm: flags.algorithm,
  settings: JSON.parse(flags.settings) as Record<string, unknown>,
  evaluations: Number(flags.evaluations),
  trials: Number(flags.seeds),
  features: seen.features,
  traits,
};

/** One run for each seed; searches of one seed begin with the same. */
function earlierRuns(): readonly EarlierRun<Genotype>[] | undefined {
  if (flags.earlier === undefined) return undefined;
  const [column = "", device = ""] = flags.earlier.split(":");
  const runs: EarlierRun<Genotype>[] = [];
  benchmarkSearch({
    ...common,
    table: tableOf(column, device),
    seed: `${flags.seed}/earlier`,
    onTrial: (_, __, evaluated) => {
      const values = evaluated.map(({ objectives }) => objectives);
      const shift = Math.ceil(values.length / 2);
      runs.push({
        trials: evaluated.map(({ architecture }, i) => ({
          genotype: space.parse(architecture),
          // Far from where they belong, and in another order.
          objectives: values[flags.shuffled ? (7 * i + shift) % values.length : i] as readonly number[],
        })),
      });
    },
  });
  return runs;
}

const earlier = earlierRuns();
const all: Record<string, readonly (readonly number[])[]> = {};
let sums = [0, 0, 0, 0];
for (const device of flags.devices.split(",")) {
  const ratios: (readonly number[])[] = [];
  const table = withLower(tableOf(flags.accuracy, device));
  const began = performance.now();
  const result = benchmarkSearch({
    ...common,
    table,
    seed: `${flags.seed}/${device}`,
    ...(earlier && { earlier: (trial: number) => [earlier[trial] as EarlierRun<Genotype>] }),
    onTrial: (_, ratio) => ratios.push(ratio),
  });
  all[device] = ratios;
  sums = sums.map((sum, i) => sum + (result.hypervolumeRatioMean[i] as number));
  const seconds = (performance.now() - began) / 1000 / common.trials;
  const numbers = result.hypervolumeRatioMean.map((mean, i) => `${mean.toFixed(4)}±${(result.hypervolumeRatioSd[i] as number).toFixed(4)}`);
  console.log(`${device.padEnd(16)}${numbers.join("  ")}  ${seconds.toFixed(1)} s a search`);
  if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify({ flags: { ...flags, json: undefined }, ratios: all })}\n`);
}
const count = flags.devices.split(",").length;
console.log(`${"mean".padEnd(16)}${sums.map((sum) => (sum / count).toFixed(4).padEnd(13)).join("  ")}`);
