/**
 * How well scores order networks by accuracy, with bootstrap intervals, and whether any does so better than parameters and
 * multiply-accumulates. Prints a table in Markdown.
 *
 *   npx tsx --conditions archwright-source experiments/zero-cost-proxies/correlate.ts SCORES.csv TABLE.csv COLUMN [--resamples 2000]
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createRng, kendall, parseTable, quantile, ranks, spearman, tableColumn } from "@archwright/core";

const { values: flags, positionals } = parseArgs({ options: { resamples: { type: "string", default: "2000" } }, allowPositionals: true });
const [scoresFile, tableFile, column] = positionals;
if (scoresFile === undefined || tableFile === undefined || column === undefined) {
  console.error("Say where the scores are, where the accuracies, and in which column: SCORES.csv TABLE.csv COLUMN.");
  process.exit(1);
}
const table = parseTable(readFileSync(tableFile, "utf8"), tableFile);
const values = tableColumn(table, column);
const accuracyOf = new Map(table.architectures.map((architecture, row) => [architecture, values[row] as number]));
const [header = [], ...rows] = readFileSync(scoresFile, "utf8")
  .trim()
  .split("\n")
  .map((row) => row.split(","));
const known = rows.filter(([architecture = ""]) => Number.isFinite(accuracyOf.get(architecture)));
const accuracy = known.map(([architecture = ""]) => accuracyOf.get(architecture) as number);
/** −∞, what cannot work, is the lowest of all and no more. */
const numbers = (i: number) => known.map((row) => Math.max(-Number.MAX_VALUE, Number(row[i])));
const names = header.slice(1);
const scores = new Map(names.map((name, i) => [name, numbers(i + 1)]));
const costs = ["parameters", "macs"];

/** Correlation of the ranks of a and b that remains when a linear function of the ranks of the costs is taken from both. */
function partial(a: readonly number[], b: readonly number[], controls: readonly (readonly number[])[]): number {
  const centred = (list: readonly number[]) => {
    const own = ranks(list);
    const mean = own.reduce((x, y) => x + y, 0) / own.length;
    return own.map((value) => value - mean);
  };
  const product = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
  const without = (x: Float64Array, direction: Float64Array) => {
    const length = product(direction, direction);
    const factor = length > 0 ? product(x, direction) / length : 0;
    return x.map((value, i) => value - factor * (direction[i] as number));
  };
  const directions: Float64Array[] = [];
  for (const control of controls) directions.push(directions.reduce(without, centred(control)));
  const [x, y] = [a, b].map((list) => directions.reduce(without, centred(list))) as [Float64Array, Float64Array];
  return product(x, y) / Math.sqrt(product(x, x) * product(y, y));
}

interface Correlations {
  readonly spearman: number;
  readonly kendall: number;
  readonly partial: number;
}

/** Of every score, on some of the networks. */
function correlations(chosen: readonly number[]): ReadonlyMap<string, Correlations> {
  const of = (list: readonly number[]) => chosen.map((i) => list[i] as number);
  const truth = of(accuracy);
  const controls = costs.map((name) => of(scores.get(name) ?? []));
  return new Map(
    names.map((name) => {
      const own = of(scores.get(name) ?? []);
      const beyond = costs.includes(name) ? Number.NaN : partial(own, truth, controls);
      return [name, { spearman: spearman(own, truth), kendall: kendall(own, truth), partial: beyond }];
    }),
  );
}

const everything = accuracy.map((_, i) => i);
const found = correlations(everything);
const rng = createRng("bootstrap");
const resampled = Array.from({ length: Number(flags.resamples) }, () => correlations(everything.map(() => rng.int(accuracy.length))));
const interval = (of: (all: ReadonlyMap<string, Correlations>) => number) => {
  const all = resampled.map(of);
  return `${quantile(all, 0.025).toFixed(2)} to ${quantile(all, 0.975).toFixed(2)}`;
};
const value = (all: ReadonlyMap<string, Correlations>, name: string, key: keyof Correlations) => all.get(name)?.[key] as number;
const better = (all: ReadonlyMap<string, Correlations>, name: string) =>
  value(all, name, "spearman") - Math.max(...costs.map((cost) => value(all, cost, "spearman")));

console.log(`${accuracy.length} networks, ${column}; in brackets 95 % of ${flags.resamples} bootstrap samples of networks\n`);
console.log(
  "| score | Spearman | Kendall | Spearman, minus that of the better cost | beyond both costs (partial) |\n| --- | --- | --- | --- | --- |",
);
for (const name of names) {
  const cells = (["spearman", "kendall"] as const).map(
    (key) => `${value(found, name, key).toFixed(3)} (${interval((all) => value(all, name, key))})`,
  );
  const more = costs.includes(name)
    ? ["", ""]
    : [
        `${better(found, name).toFixed(3)} (${interval((all) => better(all, name))})`,
        `${value(found, name, "partial").toFixed(3)} (${interval((all) => value(all, name, "partial"))})`,
      ];
  console.log(`| ${[name, ...cells, ...more].join(" | ")} |`);
}
