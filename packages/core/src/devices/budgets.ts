/** Budgets: how they are written, and which costs exceed them. */
import { z } from "zod";
import { parseQuantity, quantityText, withParser } from "../base/index.ts";
import { type CostName, type CostReport, costNames } from "./types.ts";

/** Hard limits on costs, in the costs' own units. A network over one of them is infeasible, never "bad". */
export type Budgets = Readonly<Partial<Record<CostName, number>>>;

/** A cost over its budget. */
export interface BudgetExcess {
  readonly cost: CostName;
  readonly value: number;
  readonly budget: number;
}

/** The costs that exceed their budgets, in the order of `costNames`. A cost that is not known exceeds nothing. */
export function checkBudgets(costs: Readonly<Partial<Record<CostName, number>>>, budgets: Budgets): readonly BudgetExcess[] {
  return costNames.flatMap((cost) => {
    const [value, budget] = [costs[cost], budgets[cost]];
    return value !== undefined && budget !== undefined && value > budget ? [{ cost, value, budget }] : [];
  });
}

/** How far outside of its budgets: Σ |value / budget − 1|; 0 where there is no excess. */
export function budgetViolation(excesses: readonly Pick<BudgetExcess, "value" | "budget">[]): number {
  return excesses.reduce((sum, { value, budget }) => sum + (budget === 0 ? Math.abs(value) : Math.abs(value / budget - 1)), 0);
}

/** The bare numbers of a report. */
export function costValues(report: CostReport): Partial<Record<CostName, number>> {
  return Object.fromEntries(costNames.flatMap((cost) => (report.costs[cost] ? [[cost, report.costs[cost].value]] : [])));
}

/** A positive quantity with a unit, as people write it. */
export function positiveQuantity(dimension: Parameters<typeof parseQuantity>[1]) {
  return withParser(quantityText(dimension), (text) => parseQuantity(text, dimension)).pipe(z.number().positive());
}

/** Budgets as people write them: `{ latency: 100ms, peak_memory: 320KiB, flash: 1MiB, energy: 5mJ }`, all optional. */
export const budgetsSchema = z
  .strictObject({
    latency: positiveQuantity("time").optional().describe("Longest inference of one image, such as 40ms."),
    peak_memory: positiveQuantity("memory").optional().describe("Most working memory, such as 48KiB. By default the profile's capacity."),
    flash: positiveQuantity("memory")
      .optional()
      .describe("Most memory for weights and program, such as 256KiB. By default the profile's capacity."),
    energy: positiveQuantity("energy").optional().describe("Most energy of one inference, such as 3mJ."),
  })
  .transform(
    ({ latency, peak_memory, flash, energy }): Budgets => ({
      ...(latency === undefined ? {} : { latencyMs: latency }),
      ...(peak_memory === undefined ? {} : { peakMemoryBytes: peak_memory }),
      ...(flash === undefined ? {} : { flashBytes: flash }),
      ...(energy === undefined ? {} : { energyMj: energy }),
    }),
  );
