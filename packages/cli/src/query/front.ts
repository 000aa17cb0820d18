import { type CostName, type Experiment, InputError, type Objective, ParetoArchive, parseObjective, type Trial } from "@archwright/core";
import { type Values, valuesOf } from "./values.ts";
import type { Condition } from "./where.ts";

/** Trials to be shown together, and how their values are read. */
export interface Listing {
  readonly trials: readonly Trial[];
  readonly values: Values;
}

/** The answer to a query. */
export interface Front extends Listing {
  readonly objectives: readonly Objective[];
  /** The trials that were compared: feasible, within the conditions, and with a value of every objective. */
  readonly compared: readonly Trial[];
}

/**
 * The feasible, non-dominated trials that meet the conditions, in order of the first objective. Each cost is compared in
 * one kind: as measured where all that come into question were measured, else as predicted.
 */
export function frontOf(trials: Iterable<Trial>, objectives: readonly Objective[], conditions: readonly Condition[] = []): Front {
  const meets = (those: readonly Condition[], values: Values, trial: Trial) => those.every((condition) => condition.holds(trial, values));
  const [onCosts, others] = [conditions.filter(({ cost }) => cost), conditions.filter(({ cost }) => !cost)];
  const feasible = [...trials].filter(({ status }) => status === "feasible");
  const inQuestion = feasible.filter((trial) => meets(others, valuesOf([]), trial));
  const own = valuesOf(inQuestion);
  const known = (trial: Trial) => objectives.map((objective) => own.objective(trial, objective));
  const compared = inQuestion.filter((trial) => meets(onCosts, own, trial) && known(trial).every((value) => value !== undefined));
  const archive = new ParetoArchive<Trial>(objectives.length);
  for (const trial of compared) archive.add(known(trial) as number[], trial);
  const front = archive.items();
  const steering = new Set([...objectives, ...onCosts.map(({ cost }) => cost)].map((one) => keyOf(one)));
  // What was not compared is read for the members alone: all of them may be measured where few others are.
  const compares = (device: string, metric: CostName) => steering.has(keyOf({ device, metric }));
  const values = valuesOf((device, metric) => (compares(device, metric) ? inQuestion : front), compares);
  return { objectives, trials: front, compared, values };
}

const keyOf = (cost: Objective | { readonly metric: CostName; readonly device: string } | undefined) =>
  cost && "device" in cost ? `${cost.metric}@${cost.device}` : "";

/** Trials that are shown together and were found elsewhere. */
export function listingOf(trials: readonly Trial[]): Listing {
  return { trials, values: valuesOf(trials) };
}

/** The objectives of a query: those asked for, else the experiment's own (of one device, where one is named). */
export function objectivesFor(experiment: Experiment, device: string | undefined): readonly Objective[] {
  const own = experiment.objectives;
  if (device === undefined) return own;
  const kept = own.filter((objective) => !("device" in objective) || objective.device === device);
  return kept.some((objective) => "device" in objective) ? kept : [...kept, { metric: "latencyMs", device }];
}

/** Reads objectives written as `error,latency@local`. @throws InputError for one that is none, or that stands twice. */
export function parseObjectives(text: string, devices: readonly string[]): readonly Objective[] {
  const written = text.split(",").map((part) => part.trim());
  const objectives = written.map((part) => parseObjective(part, devices));
  const keys = objectives.map((objective) => JSON.stringify(objective));
  const twice = written.find((_, i) => keys.indexOf(keys[i] as string) !== i);
  if (twice === undefined) return objectives;
  throw new InputError(`the objective '${twice}' is named twice`, {
    expected: "different objectives",
    suggestion: `--objectives ${written.filter((_, i) => keys.indexOf(keys[i] as string) === i).join(",")}`,
  });
}
