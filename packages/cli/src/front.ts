import { type Experiment, estimated, measured, type Objective, objectiveValue, ParetoArchive, type Trial } from "@archwright/core";
import type { Condition } from "./where.ts";

/**
 * The feasible, non-dominated trials that meet the conditions, in order of the first objective. Like is compared with like:
 * a cost that was measured for some of the trials only is compared as it was predicted.
 */
export function frontOf(
  trials: Iterable<Trial>,
  objectives: readonly Objective[],
  conditions: readonly Condition[] = [],
): readonly Trial[] {
  const kept = [...trials].filter((trial) => trial.status === "feasible" && conditions.every((meets) => meets(trial)));
  const readers = objectives.map((objective) => readerOf(objective, kept));
  const archive = new ParetoArchive<Trial>(objectives.length);
  for (const trial of kept) {
    const values = readers.map((read) => read(trial));
    if (values.every((value) => value !== undefined)) archive.add(values, trial);
  }
  return archive.items();
}

function readerOf(objective: Objective, trials: readonly Trial[]): (trial: Trial) => number | undefined {
  if (!("device" in objective)) return (trial) => objectiveValue(trial, objective);
  const { device, metric } = objective;
  const allMeasured = trials.every((trial) => measured(trial, device, metric));
  return (trial) => (allMeasured ? objectiveValue(trial, objective) : estimated(trial, device, metric));
}

/** The objectives of a query: those asked for, else the experiment's own (of one device, where one is named). */
export function objectivesFor(experiment: Experiment, device: string | undefined): readonly Objective[] {
  const own = experiment.objectives;
  if (device === undefined) return own;
  const kept = own.filter((objective) => !("device" in objective) || objective.device === device);
  return kept.some((objective) => "device" in objective) ? kept : [...kept, { metric: "latencyMs", device }];
}
