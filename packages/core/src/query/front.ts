/** The front of a run: its feasible, non-dominated trials, under conditions and by any objectives. */
import { InputError, nearestSpelling } from "../base/index.ts";
import type { CostName } from "../devices/index.ts";
import {
  asRetrained,
  comparedTrials,
  type Experiment,
  type Fidelity,
  formatObjective,
  measured,
  type Objective,
  ownMetricsOf,
  parseObjectives,
  retrainingsAt,
  type Trial,
  type TrialAtStage,
} from "../experiment/index.ts";
import { ParetoArchive } from "../search/index.ts";
import type { Task } from "../tasks/index.ts";
import { knownOf, refuseUnknown } from "./known.ts";
import { describeTrainings, type ScoreDifferences, scoreDifferences } from "./seeds/index.ts";
import { type Values, valuesOf } from "./values.ts";
import { type Condition, parseCondition } from "./where.ts";

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
  /** What the trials' scores are of. */
  readonly task: Task;
  readonly comparison: Comparison;
}

/** What is to be said of the trials that were compared. */
export interface Comparison {
  readonly trials: number;
  /** Of how many a cost was measured. */
  measured(device: string, cost: CostName): number;
  /** How they were trained, where that was after the search: see {@link describeTrainings}. */
  readonly trained: string | undefined;
}

/** What is asked of a run, as people write it. */
export interface FrontQuery {
  /** Costs and objectives of this device only. */
  readonly device?: string | undefined;
  /** `error,latency@local`: other objectives than the experiment's own. */
  readonly objectives?: string | undefined;
  /** Conditions, all of which must hold: see {@link parseCondition}. */
  readonly where?: readonly string[] | undefined;
}

/** The front that search and stages of training have given, by the experiment's own objectives, whatever was retrained since. */
export function searchFront(experiment: Experiment, trials: Iterable<Trial>): readonly Trial[] {
  return frontOf(experiment.task, comparedTrials(experiment, trials), experiment.objectives).trials;
}

/**
 * The trials that are compared, as they are shown: of the last complete stage of training (`comparedTrials`). Once all members of
 * their front were retrained for the same time, all trials that were retrained so take their place; of several such times, the one
 * that was asked for last.
 */
export function shownTrials(experiment: Experiment, trials: Iterable<Trial>): readonly (Trial | TrialAtStage)[] {
  const all = [...trials];
  const fidelity = all.some(({ retrainings }) => retrainings) ? sharedFidelity(searchFront(experiment, all)) : undefined;
  if (fidelity === undefined) return comparedTrials(experiment, all);
  return all.flatMap((trial) => {
    const retrained = asRetrained(experiment, trial, fidelity);
    return retrained === undefined || retrained.standing.excesses.length > 0 ? [] : [retrained];
  });
}

function sharedFidelity([first, ...others]: readonly Trial[]): Fidelity | undefined {
  const asked = (first?.retrainings ?? []).map(({ fidelity }) => fidelity);
  return asked.findLast((fidelity) => others.every((trial) => retrainingsAt(trial, fidelity).length > 0));
}

/** A query that was understood. */
export interface Asked {
  readonly objectives: readonly Objective[];
  readonly conditions: readonly Condition[];
}

/** @throws InputError for a device, an objective or a condition that cannot be understood. */
export function parseQuery(experiment: Experiment, { device, objectives, where = [] }: FrontQuery): Asked {
  const names = experiment.devices.map(({ name }) => name);
  if (device !== undefined && !names.includes(device)) {
    throw new InputError(`the experiment has no device '${device}'`, {
      expected: `one of ${names.join(", ")}`,
      suggestion: nearestSpelling(device, names),
    });
  }
  const wanted =
    objectives === undefined
      ? objectivesFor(experiment, device)
      : parseObjectives(objectives, device === undefined ? names : [device], experiment.task, ownMetricsOf(experiment.evaluator));
  return { objectives: wanted, conditions: where.map((text) => parseCondition(text, experiment, device)) };
}

/** The answer to a query, with which differences of its scores mean something. */
export type FrontAnswer = Front & { readonly differences: ScoreDifferences | undefined };

/**
 * The front of an experiment's trials, as `shownTrials` gives them, under a query.
 * @throws InputError for a device, an objective or a condition that cannot be understood, and for one that looks at a number
 * which is known of no trial.
 */
export function queryFront(experiment: Experiment, trials: Iterable<Trial>, query: FrontQuery = {}): FrontAnswer {
  const { objectives, conditions } = parseQuery(experiment, query);
  const all = shownTrials(experiment, trials);
  refuseUnknown(experiment, knownOf(experiment.task, all.filter(isFeasible)), objectives, conditions);
  const front = frontOf(experiment.task, all, objectives, conditions);
  return { ...front, differences: scoreDifferences(experiment, front.trials, all, objectives) };
}

const isFeasible = ({ status }: Trial) => status === "feasible";

/**
 * The feasible, non-dominated trials that meet the conditions, in order of the first objective. Each cost is compared in
 * one kind: as measured where all that come into question were measured, else as predicted.
 */
export function frontOf(
  task: Task,
  trials: Iterable<Trial>,
  objectives: readonly Objective[],
  conditions: readonly Condition[] = [],
): Front {
  const meets = (those: readonly Condition[], values: Values, trial: Trial) => those.every((condition) => condition.holds(trial, values));
  const [onCosts, others] = [conditions.filter(({ cost }) => cost), conditions.filter(({ cost }) => !cost)];
  const inQuestion = [...trials].filter((trial) => isFeasible(trial) && meets(others, valuesOf(task, []), trial));
  const own = valuesOf(task, inQuestion);
  const known = (trial: Trial) => objectives.map((objective) => own.objective(trial, objective));
  const compared = inQuestion.filter((trial) => meets(onCosts, own, trial) && known(trial).every((value) => value !== undefined));
  const archive = new ParetoArchive<Trial>(objectives.length);
  for (const trial of compared) archive.add(known(trial) as number[], trial);
  const front = archive.items();
  // What was not compared is read for the members alone: all of them may be measured where few others are.
  const compares = steeringCosts(objectives, conditions);
  const values = valuesOf(task, (device, metric) => (compares(device, metric) ? inQuestion : front), compares);
  const comparison: Comparison = {
    trials: compared.length,
    measured: (device, cost) => compared.filter((trial) => measured(trial, device, cost)).length,
    trained: describeTrainings(compared),
  };
  return { task, objectives, trials: front, compared, values, comparison };
}

/** Whether trials are compared by a cost: whether it is an objective, or a condition looks at it. */
export function steeringCosts(objectives: readonly Objective[], conditions: readonly Condition[]): Values["compares"] {
  const keyOf = (cost: Objective | Condition["cost"]) => (cost && "device" in cost ? `${cost.metric}@${cost.device}` : "");
  const keys = new Set([...objectives, ...conditions.map(({ cost }) => cost)].map(keyOf));
  return (device, metric) => keys.has(keyOf({ device, metric }));
}

/** Trials that are shown together and were found elsewhere. */
export function listingOf(task: Task, trials: readonly Trial[]): Listing {
  return { trials, values: valuesOf(task, trials) };
}

/** The objectives of a query: those asked for, else the experiment's own (of one device, where one is named). */
export function objectivesFor(experiment: Experiment, device: string | undefined): readonly Objective[] {
  const own = experiment.objectives;
  if (device === undefined) return own;
  const kept = own.filter((objective) => !("device" in objective) || objective.device === device);
  return kept.some((objective) => "device" in objective) ? kept : [...kept, { metric: "latencyMs", device }];
}

/** `12 trials compared by error, latency@local (predicted: only 3 of 12 were measured), each trained for 30 epochs with 3 seeds`. */
export function describeComparison({ task, objectives, values, comparison }: Pick<Front, "task" | "objectives" | "values" | "comparison">) {
  const { trials: count, trained } = comparison;
  const named = objectives.map((objective) => {
    if (!("device" in objective)) return formatObjective(objective, task);
    const { device, metric } = objective;
    const some = comparison.measured(device, metric);
    const kind = values.kind(device, metric);
    const why = kind === "predicted" && some > 0 ? `: only ${some} of ${count} were measured` : "";
    return `${formatObjective(objective)} (${kind}${why})`;
  });
  return `${count} ${count === 1 ? "trial" : "trials"} compared by ${named.join(", ")}${trained === undefined ? "" : `, ${trained}`}`;
}
