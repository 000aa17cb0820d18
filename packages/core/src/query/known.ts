/** Refuses queries about numbers that are known of no trial, which would have an empty answer for no visible reason. */
import { InputError } from "../base/index.ts";
import { costNames } from "../devices/index.ts";
import { type Experiment, estimated, formatObjective, measured, type Objective, type Trial } from "../experiment/index.ts";
import { type Values, valuesOf } from "./values.ts";
import type { Condition } from "./where.ts";

/** Something that a query looks at. */
interface Asked {
  readonly name: string;
  readonly cost: Condition["cost"];
  readonly value: (trial: Trial, values: Values) => number | undefined;
}

/**
 * @param feasible the trials that the query is about; where there is none, nothing is refused.
 * @throws InputError at the first objective or condition whose number is known of none of them, with what is known instead.
 */
export function refuseUnknown(
  experiment: Experiment,
  feasible: readonly Trial[],
  objectives: readonly Objective[],
  conditions: readonly Condition[],
): void {
  const values = valuesOf(experiment.task, feasible);
  const asked: readonly Asked[] = [
    ...objectives.map((objective) => ({
      name: formatObjective(objective, experiment.task),
      cost: "device" in objective ? objective : undefined,
      value: (trial: Trial) => values.objective(trial, objective),
    })),
    ...conditions,
  ];
  const unknown = asked.find(({ value }) => feasible.length > 0 && feasible.every((trial) => value(trial, values) === undefined));
  if (unknown === undefined) return;
  const { name, cost } = unknown;
  if (cost === undefined) {
    throw new InputError(`${name} is not known for any feasible trial of the run`, { expected: "a number that is known" });
  }
  const own = knownCosts(cost.device, feasible);
  const others = experiment.devices.flatMap((device) => (device.name === cost.device ? [] : knownCosts(device.name, feasible)));
  const some = feasible.filter((trial) => measured(trial, cost.device, cost.metric)).length;
  const why =
    some === 0
      ? `is not known for any feasible trial of the run`
      : `was measured for only ${some} of ${feasible.length} trials, and is predicted for none`;
  throw new InputError(`${name} ${why}`, {
    expected:
      own.length > 0
        ? `a cost that is known on '${cost.device}': ${own.join(", ")}`
        : `a cost that is known: ${others.join(", ") || "this run has none"}`,
  });
}

/** The costs of a device that can be asked for, as they are written. */
function knownCosts(device: string, trials: readonly Trial[]): readonly string[] {
  return costNames
    .filter(
      (cost) =>
        trials.some((trial) => estimated(trial, device, cost) !== undefined) || trials.every((trial) => measured(trial, device, cost)),
    )
    .map((metric) => formatObjective({ metric, device }));
}
