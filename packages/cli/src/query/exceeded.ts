import { type CostName, costNames, costOf, type Experiment, measured, type Trial } from "@archwright/core";
import type { ValueKind } from "./values.ts";

/** A budget that a trial is above, by the best that is known of it. */
export interface Exceeded {
  readonly device: string;
  readonly cost: CostName;
  readonly kind: ValueKind;
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
