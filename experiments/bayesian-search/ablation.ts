/**
 * What each part of Bayesian optimisation gains on NAS-Bench-201: searches with a part taken away, on the same seeds. Prints a table of
 * hypervolume ratios, or of evaluations needed where there is one objective; see README.md.
 */
import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createRng } from "@archwright/core/base";
import { candidatesSeen } from "@archwright/core/experiment";
import { type CandidateFeatures, ratioCourse, regretCourse, runOnTable, type SearchTrace, tableTask } from "@archwright/core/search";
import { resolveSpaceSpec } from "@archwright/core/spaces";
import { columnOf, mean, median, space, task } from "../search-algorithms/table.ts";
import { type Genotype, type Variant, variants } from "./variants.ts";

const { values: flags, positionals } = parseArgs({
  options: {
    accuracy: { type: "string", default: "cifar100_valid" },
    devices: { type: "string", default: "gold_6240,pixel3,2080ti_256,samsung_s7,titan_rtx_32,essential_ph_1" },
    variants: { type: "string", default: Object.keys(variants).join(",") },
    objectives: { type: "string", default: "error,latency" },
    evaluations: { type: "string", default: "100" },
    seeds: { type: "string", default: "10" },
    first: { type: "string", default: "0" },
    /** Where one line of JSON a search is appended. */
    log: { type: "string" },
  },
  allowPositionals: true,
});
const [folder] = positionals;
if (folder === undefined) {
  console.error("No tables are given: pass the folder that holds NAS-Bench-201's accuracy.csv and latency.csv.");
  process.exit(1);
}
const evaluations = Number(flags.evaluations);
const seeds = Array.from({ length: Number(flags.seeds) }, (_, i) => Number(flags.first) + i);
const objectives = flags.objectives.split(",");
const accuracy = columnOf(folder, "accuracy.csv", flags.accuracy);
const seen = candidatesSeen(resolveSpaceSpec({ name: "nasbench201" }, task), task, (g) => space.format(g), objectives);
// What a variant leaves out is left out once of each candidate.
const looks = new Map<Variant, ReadonlyMap<string, CandidateFeatures>>();

function lookAs(variant: Variant): (g: Genotype) => CandidateFeatures {
  const looked = (looks.get(variant) ?? new Map()) as Map<string, CandidateFeatures>;
  looks.set(variant, looked);
  return (genotype) => {
    const text = space.format(genotype);
    const features = looked.get(text) ?? (variant.look as NonNullable<Variant["look"]>)(seen.features(genotype));
    looked.set(text, features);
    return features;
  };
}

function taskOf(variant: Variant, device: string | undefined) {
  const latency = device === undefined ? undefined : columnOf(folder as string, "latency.csv", device);
  const rows = [...accuracy].map(([architecture, percent]) => ({
    architecture,
    objectives: [100 - percent, ...(latency ? [latency.get(architecture) ?? Number.NaN] : [])],
  }));
  const isKnown = variant.known === true && latency !== undefined;
  const known = (g: Genotype) => [undefined, { value: latency?.get(space.format(g)) ?? Number.NaN, sd: 0 }];
  return tableTask({
    name: device ?? "error",
    space,
    objectives,
    rows,
    reference: [90, ...(latency ? [Math.max(...latency.values())] : [])],
    seen: {
      ...(variant.blind ? {} : { features: variant.look ? lookAs(variant) : seen.features }),
      traits: variant.traits?.(seen.traits) ?? seen.traits,
      ...(isKnown ? { known } : {}),
    },
  });
}

function search(variant: Variant, on: ReturnType<typeof taskOf>, seed: number): { readonly trace: SearchTrace; readonly seconds: number } {
  const initial = [];
  for (let i = 0; i < (variant.initial ?? 0); i++) initial.push(on.space.sample(createRng(`${seed}/initial ${i}`)));
  const before = process.cpuUsage();
  const { algorithm = "bayesian", settings = {} } = variant;
  const trace = runOnTable(on, { algorithm, settings, evaluations, rng: createRng(`${seed}/search 0`), initial });
  const { user, system } = process.cpuUsage(before);
  return { trace, seconds: (user + system) / 1e6 };
}

const checkpoints = [1, 2, 3, 4].map((quarter) => Math.ceil((evaluations * quarter) / 4));
const isSingle = objectives.length === 1;
console.log(`${flags.accuracy}, ${seeds.length} seeds from ${flags.first} on each of ${isSingle ? "one task" : flags.devices}\n`);
console.log(
  isSingle
    ? "| variant | evaluations until the best, median | mean | most | until within .1, median | CPU seconds |\n| --- | --- | --- | --- | --- | --- |"
    : `| variant | ${checkpoints.join(" | ")} | ± at the end | CPU seconds |\n| --- | --- | --- | --- | --- | --- | --- |`,
);
for (const name of flags.variants.split(",")) {
  const variant = variants[name];
  if (!variant) throw new Error(`there is no variant '${name}'; there are ${Object.keys(variants).join(", ")}`);
  const seconds: number[] = [];
  const rows: number[][] = [];
  for (const device of isSingle ? [undefined] : flags.devices.split(",")) {
    const on = taskOf(variant, device);
    for (const seed of seeds) {
      const run = search(variant, on, seed);
      seconds.push(run.seconds);
      const regret = isSingle ? regretCourse(on, run.trace, evaluations) : [];
      const after = (within: number) => 1 + regret.findIndex((short) => short <= within) || Number.POSITIVE_INFINITY;
      const course = isSingle ? [] : ratioCourse(on, run.trace, evaluations);
      const row = isSingle ? [after(0), after(0.1 + 1e-9)] : checkpoints.map((checkpoint) => course[checkpoint - 1] as number);
      rows.push(row);
      if (flags.log !== undefined) appendFileSync(flags.log, `${JSON.stringify({ name, device, seed, row, seconds: run.seconds })}\n`);
    }
  }
  const column = (at: number) => rows.map((row) => row[at] as number);
  const cells = isSingle
    ? [median(column(0)), mean(column(0)).toFixed(1), Math.max(...column(0)), median(column(1))]
    : [...checkpoints.map((_, at) => mean(column(at)).toFixed(4)), standardError(column(3)).toFixed(4)];
  console.log(`| ${name} | ${cells.join(" | ")} | ${mean(seconds).toFixed(2)} |`);
}

/** Of the mean. */
function standardError(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(1, values.length - 1) / values.length);
}
