/** Searches within a latency budget: what they are told, and what came of them. */
import {
  type BudgetedResult,
  type BudgetedSearch,
  type Genotype,
  normalQuantile,
  type Rng,
  searchWithinBudget,
  type Variation,
} from "@archwright/core";
import { renderTable } from "../../output/render.ts";
import type { FewShot } from "./searchKnowledge.ts";
import type { SearchTables } from "./searchTables.ts";

/** What one search named, and what that took. */
export interface Named {
  readonly architecture: string | undefined;
  readonly evaluations: number;
  /** Cells of the column that were read; undefined where latencies are known, or come with an evaluation. */
  readonly measurements: number | undefined;
}

type Fixed = Pick<BudgetedSearch<Genotype>, "algorithm" | "settings" | "evaluations" | "features" | "traits">;

/** A search of the table that reads no more cells of the column than it is allowed. */
export function searchByPrediction(
  { table, latency, budgetMs }: SearchTables,
  { measure, predict }: FewShot,
  cells: number,
  fixed: Fixed,
): (space: Variation<Genotype>, rng: Rng, seed: string) => BudgetedResult {
  return (space, rng, seed) => {
    const samples = measure(seed);
    return searchWithinBudget({
      ...fixed,
      space,
      rng,
      budget: budgetMs as number,
      measurements: Math.max(0, cells - samples.length),
      evaluate: (architecture) => table.rows.get(architecture)?.[0] ?? Number.NaN,
      measure: (architecture) => latency?.of.get(architecture) ?? Number.NaN,
      measured: new Map(samples.map(({ architecture, latencyMs }) => [architecture, latencyMs])),
      believe: (measured) => {
        const predicted = predict(Array.from(measured, ([architecture, latencyMs]) => ({ architecture, latencyMs })));
        return (architecture) => {
          const { latencyMs = Number.POSITIVE_INFINITY, low95Ms = 1, high95Ms = 1 } = predicted.get(architecture) ?? {};
          return { median: latencyMs, logSd: Math.log(high95Ms / low95Ms) / (2 * normalQuantile) };
        };
      },
    });
  };
}

/** The best architecture within the budget of all that the table knows; of equal ones the first. */
function bestOf({ table }: SearchTables): string | undefined {
  let best: string | undefined;
  for (const [architecture, [error = Number.NaN]] of table.rows) {
    if ((table.violations?.get(architecture) ?? 0) > 0) continue;
    if (best === undefined || error < (table.rows.get(best)?.[0] as number)) best = architecture;
  }
  return best;
}

/** What is said of searches within a budget, as JSON. @param named absent where a front is searched. */
export function budgetJson(tables: SearchTables, named: readonly Named[] | undefined) {
  const { table, latency, test, budgetMs } = tables;
  const within = [...table.rows.keys()].filter((architecture) => !((table.violations?.get(architecture) ?? 0) > 0));
  const describe = (architecture: string) => ({
    architecture,
    latency_ms: latency?.of.get(architecture) ?? null,
    accuracy: rounded(100 - (table.rows.get(architecture)?.[0] as number)),
    ...(test && { test_accuracy: test.get(architecture) ?? null }),
  });
  const budget = { latency_budget_ms: budgetMs as number, feasible: within.length };
  if (!named) return budget;
  const best = bestOf(tables);
  return {
    ...budget,
    best_feasible: best === undefined ? null : describe(best),
    ...(test && { best_feasible_test_accuracy: within.reduce((most, text) => Math.max(most, test.get(text) ?? most), 0) }),
    found: named.map(({ architecture, evaluations, measurements }) => ({
      ...(architecture === undefined ? { architecture: null } : describe(architecture)),
      within_budget: architecture !== undefined && (latency?.of.get(architecture) as number) <= (budgetMs as number),
      ...{ evaluations, ...(measurements !== undefined && { measurements }) },
    })),
  };
}

/** Percent to nine digits: 100 − (100 − x) is not x. */
const rounded = (value: number) => Number(value.toPrecision(9));

/** The same for people. */
export function budgetText(json: ReturnType<typeof budgetJson>): string {
  const { latency_budget_ms, feasible } = json;
  const budget = `budget ${Number(latency_budget_ms.toPrecision(6))} ms, which ${feasible} architectures meet`;
  if (!("found" in json)) return budget;
  const { best_feasible, found } = json;
  const percent = (value: number | null | undefined) => (value === null || value === undefined ? "–" : value.toFixed(2));
  const row = (
    label: string,
    of: { latency_ms?: number | null; accuracy?: number; test_accuracy?: number | null },
    counts: readonly string[],
  ) => [
    label,
    of.latency_ms?.toFixed(3) ?? "–",
    percent(of.accuracy),
    ...("best_feasible_test_accuracy" in json ? [percent(of.test_accuracy)] : []),
    ...counts,
  ];
  const lines = found.map((one, i) =>
    row(`search ${i}`, "accuracy" in one ? one : {}, [
      String(one.evaluations),
      one.measurements === undefined ? "–" : String(one.measurements),
    ]),
  );
  const head = ["", "latency ms", "accuracy", ...("best_feasible_test_accuracy" in json ? ["test"] : []), "evaluations", "measurements"];
  return [
    renderTable(head, [...lines, row("best of the table", best_feasible ?? {}, ["", ""])], (column) => column > 0),
    `${budget}; ${found.filter((one) => one.within_budget).length} of ${found.length} searches named one that does`,
  ].join("\n");
}
