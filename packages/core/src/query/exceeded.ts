/** Marks of trials over budget: which budgets a trial is above, by the best that is known of it. */
import { formatQuantity } from "../base/index.ts";
import { type CostName, costNames } from "../devices/index.ts";
import { costOf, type Experiment, formatObjective, measured, metricNames, type Trial } from "../experiment/index.ts";
import type { ValueKind } from "./values.ts";

/** A budget that a trial is above, by the best that is known of it. */
export interface Exceeded {
  readonly device: string;
  readonly cost: CostName;
  readonly kind: ValueKind;
  /** In the cost's own unit, as is `budget`. */
  readonly value: number;
  readonly budget: number;
}

/**
 * The budgets that a trial is above by what is now known. A feasible trial may be above one: a prediction turns away only
 * what is over budget almost surely, and a measurement may have come after the gates.
 */
export function exceededBudgets(experiment: Experiment, trial: Trial): readonly Exceeded[] {
  return experiment.devices.flatMap(({ name: device, budgets }) =>
    costNames.flatMap((cost): Exceeded[] => {
      const [value, budget] = [costOf(trial, device, cost), budgets[cost]];
      if (value === undefined || budget === undefined || value <= budget) return [];
      return [{ device, cost, kind: measured(trial, device, cost) ? "measured" : "predicted", value, budget }];
    }),
  );
}

/** `latency@board is 41ms (predicted), the budget 40ms`. */
export function describeExceeded({ device, cost, kind, value, budget }: Exceeded): string {
  const { dimension } = metricNames[cost];
  const [has, limit] = [formatQuantity(value, dimension), formatQuantity(budget, dimension)];
  return `${formatObjective({ metric: cost, device })} is ${has} (${kind}), the budget ${limit}`;
}
