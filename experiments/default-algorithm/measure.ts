/**
 * How much of the front algorithms find with one to four objectives, in a space that can be enumerated (NAS-Bench-201, tables) and in one
 * that cannot (`mobile`, made-up accuracy and computed costs). Prints a table as it goes; see README.md.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { BoundedCache, createRng } from "@archwright/core/base";
import { createAnalyticModel, parseDeviceProfile } from "@archwright/core/devices";
import { graphFeatures } from "@archwright/core/score";
import { createSearcher, hypervolume, type KnownObjective, type ObjectiveTraits, ParetoArchive } from "@archwright/core/search";
import { type CategoricalSpace, createSpace, type Genotype } from "@archwright/core/spaces";
import { madeUpAccuracy } from "../search-algorithms/madeUp.ts";

const { values: flags, positionals } = parseArgs({
  options: {
    problems: { type: "string", default: "cells 1,cells 2,cells 3,cells 4,mobile 1,mobile 2,mobile 3,mobile 4" },
    algorithms: { type: "string", default: "bayesian,linas,nsga2,nsga3,random" },
    evaluations: { type: "string", default: "100" },
    seeds: { type: "string", default: "5" },
  },
  allowPositionals: true,
});
const [folder] = positionals;
if (folder === undefined) {
  console.error("No tables are given: pass the folder that holds NAS-Bench-201's accuracy.csv and latency.csv.");
  process.exit(1);
}
const evaluations = Number(flags.evaluations);
const checkpoints = [0.25, 0.5, 1].map((share) => Math.ceil(share * evaluations));
const seeds = Array.from({ length: Number(flags.seeds) }, (_, seed) => seed);
const task = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 } as const;

interface Problem {
  readonly space: CategoricalSpace;
  readonly objectives: number;
  readonly evaluate: (genotype: Genotype) => readonly number[];
  /** What training anew changes of the first objective, standard deviation. */
  readonly noise: number;
  readonly reference: readonly number[];
  /** What is known of a candidate from the start. */
  readonly known?: (genotype: Genotype) => readonly (KnownObjective | undefined)[];
  /** All objective vectors, where they are known. */
  readonly all?: readonly (readonly number[])[];
}

/** Error and, after it, latency on two devices and the number of parameters, all shown by an evaluation. */
function cells(objectives: number): Problem {
  const space = createSpace({ name: "nasbench201" }, task);
  const columns = [
    ["accuracy.csv", "cifar100_valid"],
    ["latency.csv", "gold_6240"],
    ["latency.csv", "samsung_s7"],
    ["accuracy.csv", "params_m"],
  ].slice(0, objectives) as [string, string][];
  const values = columns.map(([file, column]) => columnOf(`${folder}/${file}`, column));
  const rows = new Map<string, readonly number[]>();
  for (const text of values[0]?.keys() ?? []) {
    const row = values.map((column, i) => (i === 0 ? 100 - (column.get(text) as number) : (column.get(text) as number)));
    rows.set(text, row);
  }
  const all = [...rows.values()];
  const reference = columns.map((_, i) => (i === 0 ? 90 : Math.max(...all.map((row) => row[i] as number))));
  return { space, objectives, evaluate: (g) => rows.get(space.format(g)) as readonly number[], noise: 0, reference, all };
}

function columnOf(file: string, column: string): ReadonlyMap<string, number> {
  const [head = "", ...lines] = readFileSync(file, "utf8").trim().split(/\r?\n/);
  const at = head.split(",").indexOf(column);
  if (at < 0) throw new Error(`${file} has no column ${column}`);
  return new Map(lines.map((line) => [line.split(",")[0] as string, Number(line.split(",")[at])]));
}

/** Made-up error and, after it, computed latency, peak memory and energy on a microcontroller, which are known of every candidate. */
function mobile(objectives: number): Problem {
  const space = createSpace({ name: "mobile" }, task);
  const profile = new URL("../../configs/devices/stm32f746.yaml", import.meta.url);
  const model = createAnalyticModel(parseDeviceProfile(readFileSync(profile, "utf8"), profile.pathname));
  const accuracy = madeUpAccuracy(space, "default");
  const kept = new BoundedCache<readonly number[]>(100_000);
  const costs = (g: Genotype) =>
    kept.get(space.format(g), () => {
      const { costs } = model.estimate(space.network(g, task));
      return (["latencyMs", "peakMemoryBytes", "energyMj"] as const).slice(0, objectives - 1).map((name) => costs[name]?.value ?? 0);
    });
  const evaluate = (g: Genotype) => [100 - accuracy(g), ...costs(g)];
  const rng = createRng("reference");
  const sample = Array.from({ length: 1000 }, () => evaluate(space.sample(rng)));
  const reference = [40, ...Array.from({ length: objectives - 1 }, (_, i) => Math.max(...sample.map((row) => row[i + 1] as number)))];
  const known = (g: Genotype) => [undefined, ...costs(g).map((value) => ({ value, sd: 0 }))];
  return { space, objectives, evaluate, noise: 0.4, reference, known };
}

/** What was evaluated in one search, in order, and seconds of its proposals. */
interface Search {
  readonly found: readonly (readonly number[])[];
  readonly seconds: number;
}

function search(problem: Problem, algorithm: string, seed: number, features: (g: Genotype) => ReturnType<typeof graphFeatures>): Search {
  const { space, objectives, known, evaluate, noise } = problem;
  const traits = Array.from(
    { length: objectives },
    (_, i): ObjectiveTraits => (i === 0 ? { nature: "score", least: 0, worst: 90 } : { nature: "cost", least: 0 }),
  );
  const rng = createRng(`search ${seed}`);
  const searcher = createSearcher(algorithm, { space, rng, objectives, evaluations, traits, features, ...(known && { known }) });
  const noises = createRng(`noise ${seed}`);
  const found: (readonly number[])[] = [];
  let seconds = 0;
  while (found.length < evaluations) {
    const start = performance.now();
    const asked = searcher.ask(Math.min(searcher.batch, evaluations - found.length));
    seconds += (performance.now() - start) / 1000;
    if (asked.length === 0) break;
    const told = asked.map((genotype) => {
      const exact = evaluate(genotype);
      found.push(exact);
      const shown = [(exact[0] as number) + noise * noises.fork(space.format(genotype)).normal(), ...exact.slice(1)];
      return { genotype, status: "feasible" as const, objectives: shown };
    });
    searcher.tell(told);
  }
  return { found, seconds };
}

function volumeOf(points: Iterable<readonly number[]>, reference: readonly number[]): number {
  const front = new ParetoArchive<undefined>(reference.length);
  for (const point of points) front.add(point, undefined);
  return hypervolume(front.front(), reference);
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
console.log(
  `hypervolume, ${seeds.length} seeds, mean ± standard error; of cells as a share of the whole table's, of mobile of all that was found\n`,
);
console.log(`| problem and objectives | algorithm | ${checkpoints.join(" | ")} | ms a candidate |\n| --- | --- | --- | --- | --- | --- |`);
for (const name of flags.problems.split(",")) {
  const [kind, count] = name.split(" ");
  const problem = kind === "cells" ? cells(Number(count)) : mobile(Number(count));
  const graphs = new BoundedCache<ReturnType<typeof graphFeatures>>(60_000);
  const features = (g: Genotype) => graphs.get(problem.space.format(g), () => graphFeatures(problem.space.network(g, task)));
  const results = flags.algorithms
    .split(",")
    .map((algorithm) => ({ algorithm, searches: seeds.map((seed) => search(problem, algorithm, seed, features)) }));
  const every = problem.all ?? results.flatMap(({ searches }) => searches.flatMap(({ found }) => found));
  const whole = volumeOf(every, problem.reference);
  for (const { algorithm, searches } of results) {
    const shares = checkpoints.map((at) => {
      const values = searches.map(({ found }) => volumeOf(found.slice(0, at), problem.reference) / whole);
      const middle = mean(values);
      const error = Math.sqrt(mean(values.map((value) => (value - middle) ** 2)) / Math.max(1, values.length - 1));
      return `${middle.toFixed(4)} ± ${error.toFixed(4)}`;
    });
    const ms = (1000 * mean(searches.map(({ seconds }) => seconds))) / evaluations;
    console.log(`| ${name} | ${algorithm} | ${shares.join(" | ")} | ${ms.toFixed(ms < 1 ? 2 : 1)} |`);
  }
}
