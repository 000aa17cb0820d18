import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { benchmarkSearch, errorLatencyTable, type ObjectiveTraits } from "../search/index.ts";
import { createSpace, resolveSpaceSpec, usualTask } from "../spaces/index.ts";
import { publishedTables } from "../testing/publishedTables.fixture.ts";
import { candidateFeatures } from "./candidateFeatures.ts";

const spec = resolveSpaceSpec({ name: "nasbench201" });
const space = createSpace(spec);
const traits: readonly ObjectiveTraits[] = [
  { nature: "score", least: 0, worst: 90 },
  { nature: "cost", least: 0 },
];

function column(file: string, name: string): Map<string, number> {
  const [header = [], ...rows] = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(","));
  const at = header.indexOf(name);
  return new Map(rows.map((row) => [row[0] as string, row[at] === "" ? Number.NaN : Number(row[at])]));
}

// The whole table, in the full tier, is searched as often as its mean needs.
const tables = publishedTables("nasbench201").filter(({ label }) => label === "excerpt" || process.env.MODE === "full");

describe.each(tables)("searches that see the candidates' graphs, NAS-Bench-201, $label", ({ label, folder }) => {
  const accuracies = column(`${folder}accuracy.csv`, "cifar100_valid");
  const latencies = column(`${folder}latency.csv`, "pixel3");
  const rows = [...accuracies].map(([architecture, accuracy]) => ({
    architecture,
    accuracy,
    latencyMs: latencies.get(architecture) ?? Number.NaN,
  }));
  const table = errorLatencyTable(rows);
  const features = candidateFeatures(spec, usualTask);
  const isWhole = label === "whole table";
  const search = (algorithm: string, foreseen: object, evaluations: number) =>
    benchmarkSearch({ space, table, algorithm, evaluations, trials: isWhole ? 3 : 2, seed: 0, traits, ...foreseen }).hypervolumeRatioMean;

  it("find more with Bayesian optimisation than with NSGA-II", { timeout: 120_000 }, () => {
    const evaluations = isWhole ? 100 : 40;
    const [slow, fast] = [search("nsga2", {}, evaluations), search("bayesian", { features }, evaluations)];
    expect(fast[3]).toBeGreaterThan(slow[3] as number);
    // Seen: .961 and .984 on the excerpt, about .985 and .993 on the whole table.
    expect(fast[1]).toBeGreaterThan(isWhole ? 0.975 : 0.945);
    expect(fast[3]).toBeGreaterThan(isWhole ? 0.987 : 0.972);
  });

  it("find more where latency is known from the start", { timeout: 120_000 }, () => {
    const known = (genotype: readonly number[]) => [undefined, { value: table.rows.get(space.format(genotype))?.[1] as number, sd: 0 }];
    const [with_ = 0] = search("bayesian", { features, known }, isWhole ? 50 : 24).slice(-1);
    const [without = 0] = search("bayesian", { features }, isWhole ? 50 : 24).slice(-1);
    expect(with_).toBeGreaterThan(without);
  });

  it("find the best network alone after few evaluations", { timeout: 120_000 }, () => {
    const errors = new Map([...accuracies].map(([architecture, accuracy]) => [architecture, [100 - accuracy]]));
    const result = benchmarkSearch({
      ...{ space, features, traits: traits.slice(0, 1), algorithm: "bayesian" },
      ...{ table: { rows: errors, reference: [90] }, evaluations: 60, trials: 3, seed: 0 },
    });
    // Random search finds the best of 625 after 313 on average.
    for (const count of result.evaluationsToBest as readonly number[]) expect(count).toBeLessThanOrEqual(60);
  });
});
