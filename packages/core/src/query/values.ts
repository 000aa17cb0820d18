/** How the values of several trials are read so that like is compared with like. */
import type { CostName } from "../devices/index.ts";
import { estimated, measured, type Objective, objectiveValue, type Trial } from "../experiment/index.ts";
import type { Task } from "../tasks/index.ts";

/** What a cost is known by: taken on the device; or computed, predicted or looked up. */
export type ValueKind = "measured" | "predicted";

/** Reads the values of trials that stand side by side: each cost of each device in one kind for all of them. */
export interface Values {
  kind(device: string, cost: CostName): ValueKind;
  /** Whether trials were compared by it; what was not is only shown. */
  compares(device: string, cost: CostName): boolean;
  /** In the cost's own unit; absent where it is not known in that kind. */
  cost(trial: Trial, device: string, cost: CostName): number | undefined;
  /** To be minimised. */
  objective(trial: Trial, objective: Objective): number | undefined;
}

/**
 * Values of trials that are shown or compared together. A cost counts as measured only where it was measured for all of
 * them; else it counts as predicted, and a measurement of some is left aside.
 * @param task what the trials' scores are of.
 * @param groupOf the trials that must agree on a cost: those compared by it, or those listed.
 */
export function valuesOf(
  task: Task,
  groupOf: readonly Trial[] | ((device: string, cost: CostName) => readonly Trial[]),
  compares: Values["compares"] = () => false,
): Values {
  const isMeasured = (device: string, cost: CostName) => {
    const group = typeof groupOf === "function" ? groupOf(device, cost) : groupOf;
    return group.length > 0 && group.every((trial) => measured(trial, device, cost));
  };
  return valuesByKind(task, isMeasured, compares);
}

/** The same, where others know of which costs all trials of the group have a measurement. */
export function valuesByKind(task: Task, isMeasured: (device: string, cost: CostName) => boolean, compares: Values["compares"]): Values {
  const kinds = new Map<string, ValueKind>();
  const kind = (device: string, cost: CostName): ValueKind => {
    const key = `${cost}@${device}`;
    let known = kinds.get(key);
    if (known === undefined) {
      known = isMeasured(device, cost) ? "measured" : "predicted";
      kinds.set(key, known);
    }
    return known;
  };
  const cost: Values["cost"] = (trial, device, name) =>
    kind(device, name) === "measured" ? measured(trial, device, name)?.value : estimated(trial, device, name);
  return {
    kind,
    compares,
    cost,
    objective: (trial, objective) =>
      "device" in objective ? cost(trial, objective.device, objective.metric) : objectiveValue(trial, objective, task),
  };
}
