import { type Experiment, type Objective, objectiveValue, ParetoArchive, type Trial } from "@archwright/core";
import type { Condition } from "./where.ts";

/** The feasible, non-dominated trials that meet the conditions, in order of the first objective. */
export function frontOf(
  trials: Iterable<Trial>,
  objectives: readonly Objective[],
  conditions: readonly Condition[] = [],
): readonly Trial[] {
  const archive = new ParetoArchive<Trial>(objectives.length);
  for (const trial of trials) {
    if (trial.status !== "feasible" || !conditions.every((meets) => meets(trial))) continue;
    const values = objectives.map((objective) => objectiveValue(trial, objective));
    if (values.every((value) => value !== undefined)) archive.add(values, trial);
  }
  return archive.items();
}

/** The objectives of a query: those asked for, else the experiment's own (of one device, where one is named). */
export function objectivesFor(experiment: Experiment, device: string | undefined): readonly Objective[] {
  const own = experiment.objectives;
  if (device === undefined) return own;
  const kept = own.filter((objective) => !("device" in objective) || objective.device === device);
  return kept.some((objective) => "device" in objective) ? kept : [...kept, { metric: "latencyMs", device }];
}
