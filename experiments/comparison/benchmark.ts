/**
 * How often the comparison calls algorithms different that are the same, and how often it finds a true difference: on a table, with the
 * searches that it would make. See README.md.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  createRng,
  createSpace,
  judgeTask,
  type PairResult,
  parseTable,
  qualityCourse,
  quantile,
  type SearcherSettings,
  type SearchTrace,
  searchTable,
  tableColumn,
  tableTask,
} from "@archwright/core";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { repeats: { type: "string", default: "1000" } },
});
const file = positionals[0];
if (file === undefined) throw new Error("the path of accuracy.csv is missing");
const repeats = Number(values.repeats);
const evaluations = 100;
/** Searches of one repeat, at most; no search is in two repeats. */
const most = 30;

const table = parseTable(readFileSync(file, "utf8"), file);
const valid = tableColumn(table, "cifar100_valid");
const test = table.columns.has("cifar100_test") ? tableColumn(table, "cifar100_test") : valid;
const task = tableTask({
  name: "cifar100",
  space: createSpace({ name: "nasbench201" }),
  objectives: ["error"],
  rows: table.architectures.map((architecture, row) => ({
    architecture,
    objectives: [100 - (valid[row] as number)],
    merit: test[row] as number,
  })),
});

/** Searches, paired by seed with those of all other algorithms; those of a copy draw for themselves. */
function searches(algorithm: string, settings: SearcherSettings, copy = 0): SearchTrace[] {
  const run = { algorithm, settings, evaluations, initial: 0, seed: 0, copy };
  return Array.from({ length: most * repeats }, (_, repeat) => searchTable(task, { ...run, repeat }));
}

/** The share of the repeats in which the comparison itself says something of `a` and `b`, which are paired by position. */
function called(a: readonly SearchTrace[], b: readonly SearchTrace[], seeds: number, counts: (pair: PairResult) => boolean): number {
  const rng = createRng("bootstrap");
  let count = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const take = (label: string, from: readonly SearchTrace[]) => ({ label, traces: from.slice(most * repeat, most * repeat + seeds) });
    const { pairs } = judgeTask(task, [take("a", a), take("b", b)], { evaluations, margin: 0.1, alpha: 0.05, rng, draws: 1 });
    if (pairs.some(counts)) count++;
  }
  return count / repeats;
}

const different = ({ verdict, pHolm }: PairResult) => verdict.includes("better") || pHolm <= 0.05;
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

for (const algorithm of ["random", "nsga2", "regularised-evolution", "local-search"]) {
  const [own, again] = [searches(algorithm, {}), searches(algorithm, {}, 1)];
  for (const seeds of [20, most]) {
    process.stdout.write(`${algorithm} and itself, ${seeds} seeds: different in ${percent(called(own, again, seeds, different))}\n`);
  }
}

/** A setting that hardly differs from random search, and settings that are better by about a point. */
const merits = (traces: readonly SearchTrace[]) => traces.map((trace) => qualityCourse(task, trace, evaluations).at(-1) as number);
const base = searches("regularised-evolution", { population: 64, sample_size: 2, mutations: 2 });
for (const settings of [
  { population: 32, sample_size: 4, mutations: 1 },
  { population: 16, sample_size: 4, mutations: 1 },
  { population: 32, sample_size: 16, mutations: 1 },
  { population: 8, sample_size: 8, mutations: 1 },
]) {
  const better = searches("regularised-evolution", settings);
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const [low, high] = [merits(base), merits(better)];
  const gap = mean(high) - mean(low);
  const spread = Math.sqrt(mean(high.map((value, i) => (value - (low[i] as number) - gap) ** 2)));
  const found = called(better, base, 20, ({ verdict }) => verdict === "a is better");
  process.stdout.write(
    `true difference ${gap.toFixed(2)} (median ${(quantile(high, 0.5) - quantile(low, 0.5)).toFixed(2)}), spread ${spread.toFixed(2)}, 20 seeds: found in ${percent(found)}\n`,
  );
}
