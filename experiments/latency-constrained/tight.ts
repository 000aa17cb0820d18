/** Budgets that few networks of a table meet: how near searches come to the best of these. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  benchmarkSearch,
  candidatesSeen,
  createSpace,
  type Genotype,
  parseTable,
  quantile,
  resolveSpaceSpec,
  tableColumn,
  usualTaskOf,
} from "@archwright/core";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    devices: { type: "string", default: "gold_6240,pixel3,samsung_s7" },
    shares: { type: "string", default: ".1,.01,.001" },
    algorithms: { type: "string", default: "bayesian,nsga2,linas" },
    column: { type: "string", default: "cifar100_valid" },
    seeds: { type: "string", default: "3" },
    evaluations: { type: "string", default: "100" },
  },
});
const [folder = "../shared/data/nasbench201"] = positionals;
const read = (file: string) => parseTable(readFileSync(`${folder}/${file}`, "utf8"), file);
const [accuracies, latencies] = [read("accuracy.csv"), read("latency.csv")];
const columnOf = (table: typeof accuracies, name: string) => {
  const values = tableColumn(table, name);
  return new Map(table.architectures.map((architecture, row) => [architecture, values[row] as number]));
};
const accuracyOf = columnOf(accuracies, flags.column);
const task = usualTaskOf({ name: "nasbench201" });
const spec = resolveSpaceSpec({ name: "nasbench201" }, task);
const space = createSpace(spec, task);
const format = (genotype: Genotype) => space.format(genotype);
const seen = candidatesSeen(spec, task, format, ["error"]);
const evaluations = Number(flags.evaluations);

console.log(
  `${flags.column}, ${evaluations} evaluations, ${flags.seeds} seeds on each of ${flags.devices}: percentage points short of the best within the budget\n`,
);
console.log("| share within | costs | algorithm | mean | worst | best found | nothing found | s |");
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
for (const share of flags.shares.split(",").map(Number)) {
  for (const known of [true, false]) {
    for (const algorithm of flags.algorithms.split(",")) {
      const began = performance.now();
      const short = flags.devices.split(",").flatMap((device) => {
        const latencyOf = columnOf(latencies, device);
        const rows = [...accuracyOf].filter(([architecture]) => Number.isFinite(latencyOf.get(architecture)));
        const budget = quantile(
          rows.map(([architecture]) => latencyOf.get(architecture) as number),
          share,
        );
        const violations = new Map(rows.map(([architecture]) => [architecture, (latencyOf.get(architecture) as number) / budget - 1]));
        const within = rows.filter(([architecture]) => (violations.get(architecture) as number) <= 0);
        const best = within.reduce((most, [, accuracy]) => Math.max(most, accuracy), 0);
        const result = benchmarkSearch<Genotype>({
          ...{ space, algorithm, evaluations, trials: Number(flags.seeds), seed: `${device} ${share}`, ...seen },
          table: { rows: new Map(rows.map(([architecture, accuracy]) => [architecture, [100 - accuracy]])), reference: [100], violations },
          ...(known && { violation: (genotype: Genotype) => Math.max(0, violations.get(format(genotype)) ?? 0) }),
        });
        return (result.best ?? []).map((architecture) =>
          architecture === undefined ? Infinity : best - (accuracyOf.get(architecture) as number),
        );
      });
      const found = short.filter(Number.isFinite);
      const mean = found.reduce((a, b) => a + b, 0) / found.length;
      const cells = [mean.toFixed(2), Math.max(...short).toFixed(2), `${short.filter((value) => value < 1e-9).length} of ${short.length}`];
      const seconds = (performance.now() - began) / 1000 / short.length;
      console.log(
        `| ${share} | ${known ? "known" : "shown"} | ${algorithm} | ${cells.join(" | ")} | ${short.length - found.length} | ${seconds.toFixed(1)} |`,
      );
    }
  }
}
