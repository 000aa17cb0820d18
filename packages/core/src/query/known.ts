/** Refuses queries about numbers that are known of no trial, which would have an empty answer for no visible reason. */
import { InputError } from "../base/index.ts";
import { type CostName, costNames } from "../devices/index.ts";
import { type Experiment, estimated, formatObjective, measured, type Objective, type Trial } from "../experiment/index.ts";
import type { Task } from "../tasks/index.ts";
import { valuesOf } from "./values.ts";
import { type Condition, type Quantity, quantityOf } from "./where.ts";

/** What is known of the trials that a query is about, all of them feasible. */
export interface Known {
  /** How many there are. */
  readonly trials: number;
  /** Whether a number is known of any of them; of a cost in the kind by which all of them are compared. */
  some(quantity: Quantity): boolean;
  /** Of how many a cost was computed, predicted or looked up. */
  estimated(device: string, cost: CostName): number;
  /** Of how many a cost was measured. */
  measured(device: string, cost: CostName): number;
}

export function knownOf(task: Task, trials: readonly Trial[]): Known {
  const values = valuesOf(task, trials);
  return {
    trials: trials.length,
    some: (quantity) => trials.some((trial) => quantityOf(trial, quantity, values) !== undefined),
    estimated: (device, cost) => trials.filter((trial) => estimated(trial, device, cost) !== undefined).length,
    measured: (device, cost) => trials.filter((trial) => measured(trial, device, cost)).length,
  };
}

/**
 * @throws InputError at the first objective or condition whose number is known of none of the trials, with what is known instead; where
 * there is no trial, nothing is refused.
 */
export function refuseUnknown(
  experiment: Experiment,
  known: Known,
  objectives: readonly Objective[],
  conditions: readonly Pick<Condition, "name" | "quantity">[],
): void {
  const asked = [
    ...objectives.map((objective) => ({
      name: formatObjective(objective, experiment.task),
      quantity: { of: "objective", objective } as const,
    })),
    ...conditions,
  ];
  const unknown = asked.find(({ quantity }) => known.trials > 0 && !known.some(quantity));
  if (unknown === undefined) return;
  const { name, quantity } = unknown;
  if (quantity.of !== "objective" || !("device" in quantity.objective)) {
    throw new InputError(`${name} is not known for any feasible trial of the run`, { expected: "a number that is known" });
  }
  const cost = quantity.objective;
  const own = knownCosts(cost.device, known);
  const others = experiment.devices.flatMap((device) => (device.name === cost.device ? [] : knownCosts(device.name, known)));
  const some = known.measured(cost.device, cost.metric);
  const why =
    some === 0
      ? `is not known for any feasible trial of the run`
      : `was measured for only ${some} of ${known.trials} trials, and is predicted for none`;
  throw new InputError(`${name} ${why}`, {
    expected:
      own.length > 0
        ? `a cost that is known on '${cost.device}': ${own.join(", ")}`
        : `a cost that is known: ${others.join(", ") || "this run has none"}`,
  });
}

/** The costs of a device that can be asked for, as they are written. */
function knownCosts(device: string, known: Known): readonly string[] {
  return costNames
    .filter((cost) => known.estimated(device, cost) > 0 || known.measured(device, cost) === known.trials)
    .map((metric) => formatObjective({ metric, device }));
}
