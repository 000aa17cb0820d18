/** Metrics and objectives, as people write them. */
import { InputError, nearestSpelling, type Place } from "../base/index.ts";
import { type CostEstimate, type CostName, costTerms } from "../devices/index.ts";
import { type Task, taskKindOf } from "../tasks/index.ts";
import type { Measurement } from "./measurement.ts";
import type { MetricExcess, Trial } from "./trial.ts";

/**
 * A number by which trials are compared. Costs belong to a device; the others to the network itself. `error` is what a task
 * minimises in place of its score, by the task's own name.
 */
export type Metric = "error" | "macs" | "parameters" | CostName;

/** How a metric is written in YAML, and with its unit in JSON, CSV and `--where`. */
export const metricNames = {
  error: { yaml: "error", column: "error", dimension: "percent" },
  macs: { yaml: "macs", column: "macs", dimension: "count" },
  parameters: { yaml: "parameters", column: "parameters", dimension: "count" },
  ...costTerms,
} as const satisfies Record<Metric, { yaml: string; column: string; dimension: "percent" | "count" | "time" | "memory" | "energy" }>;

export const metrics = Object.keys(metricNames) as Metric[];

/** Something to minimise: a metric, on a device where it is a cost; or a number of the evaluator's own. */
export type Objective = { readonly metric: "error" | "macs" | "parameters" } | CostObjective | OwnObjective;

/** A number that the evaluator gives beside the score, to be minimised; with its sign turned where more of it is better. */
export interface OwnObjective {
  readonly metric: "own";
  readonly name: string;
  readonly goal: OwnMetric["goal"];
}

/** The numbers of an evaluator's own that an experiment names. */
export type OwnMetrics = Readonly<Record<string, OwnMetric>>;

/** What a number of the evaluator's own is good for, and what it must keep to. */
export interface OwnMetric {
  readonly goal: "minimise" | "maximise";
  /** Budgets: what breaks one is infeasible. */
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** A cost of a device, to be minimised. */
export interface CostObjective {
  readonly metric: CostName;
  readonly device: string;
}

/** What an objective is counted in. */
export function dimensionOf(objective: Objective): (typeof metricNames)[Metric]["dimension"] {
  return objective.metric === "own" ? "count" : metricNames[objective.metric].dimension;
}

/** Whether a metric is a cost, and so belongs to a device. */
export function isCost(metric: Objective["metric"]): metric is CostName {
  return metric !== "error" && metric !== "macs" && metric !== "parameters" && metric !== "own";
}

/** `latency@stm32f746`, `error`: an objective as it is written. */
export function formatObjective(objective: CostObjective): string;
export function formatObjective(objective: Objective, task: Task): string;
export function formatObjective(objective: Objective, task?: Task): string {
  if (objective.metric === "own") return objective.name;
  const name = objective.metric === "error" && task ? taskKindOf(task).objective.name : metricNames[objective.metric].yaml;
  return "device" in objective ? `${name}@${objective.device}` : name;
}

/**
 * Reads `error`, `latency@stm32f746`, or `latency` where there is one device only. The form with its unit,
 * `latency_ms`, is understood too.
 * @param own the numbers of the evaluator's own.
 * @throws InputError naming the nearest metric or device.
 */
export function parseObjective(text: string, devices: readonly string[], task: Task, own: OwnMetrics = {}): Objective {
  const [name = "", device] = text.split("@").map((part) => part.trim());
  const mine = Object.hasOwn(own, name) ? own[name] : undefined;
  if (mine && device === undefined) return { metric: "own", name, goal: mine.goal };
  const yaml = (key: Metric) => (key === "error" ? taskKindOf(task).objective.name : metricNames[key].yaml);
  const metric = metrics.find((key) => yaml(key) === name || metricNames[key].column === name);
  if (!metric) {
    const names = [...metrics.map(yaml), ...Object.keys(own)];
    throw new InputError(`'${name}' is not an objective`, {
      expected: `one of ${names.join(", ")}`,
      suggestion: nearestSpelling(name, names),
    });
  }
  if (!isCost(metric)) {
    if (device !== undefined) throw new InputError(`'${name}' belongs to no device`, { suggestion: name });
    return { metric };
  }
  if (device === undefined) {
    if (devices.length === 1) return { metric, device: devices[0] as string };
    throw new InputError(`'${text}' does not say on which device`, {
      expected: `${name}@DEVICE with one of ${devices.join(", ") || "the experiment's devices (it has none)"}`,
      suggestion: devices[0] === undefined ? undefined : `${name}@${devices[0]}`,
    });
  }
  if (!devices.includes(device)) {
    const near = nearestSpelling(device, devices);
    throw new InputError(`the experiment has no device '${device}'`, {
      expected: `one of ${devices.join(", ")}`,
      suggestion: near === undefined ? undefined : `${name}@${near}`,
    });
  }
  return { metric, device };
}

/** Reads objectives written as `error,latency@local`. @throws InputError for one that is none, or that stands twice. */
export function parseObjectives(text: string, devices: readonly string[], task: Task, own: OwnMetrics = {}): readonly Objective[] {
  const objectives = text.split(",").map((part) => parseObjective(part, devices, task, own));
  refuseTwice(objectives, task);
  return objectives;
}

/** One objective twice counts for nothing more than once. @throws InputError at the second. */
export function refuseTwice(
  objectives: readonly Objective[],
  task: Task,
  place: (index: number) => Place | undefined = () => undefined,
): void {
  const names = objectives.map((objective) => formatObjective(objective, task));
  const second = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (second < 0) return;
  throw new InputError(`the objective '${names[second]}' is listed twice`, {
    place: place(second),
    expected: `different objectives: ${[...new Set(names)].join(", ")}`,
  });
}

/** The newest measurement of a cost on a device. */
export function measured(trial: Pick<Trial, "devices">, device: string, cost: CostName): Measurement | undefined {
  return trial.devices[device]?.measurements.findLast((measurement) => measurement.metric === cost);
}

/** A cost as it was computed, predicted or looked up; of this machine, as the profile of another hints at it. */
export function estimated(trial: Pick<Trial, "devices">, device: string, cost: CostName): number | undefined {
  return trial.devices[device]?.estimates[cost]?.value;
}

/** How a cost is known. */
export type CostProvenance = CostEstimate["source"] | "measured";

/**
 * What a trial's cost is taken to be, and how it is known: measured if it was, else as computed or predicted. What the
 * profile of another device says of it is not known.
 */
export function knownCost(
  trial: Pick<Trial, "devices">,
  device: string,
  cost: CostName,
): { readonly value: number; readonly source: CostProvenance } | undefined {
  const measurement = measured(trial, device, cost);
  if (measurement) return { value: measurement.value, source: "measured" };
  const estimate = trial.devices[device]?.estimates[cost];
  return estimate === undefined || estimate.profile !== undefined ? undefined : estimate;
}

/** The number of {@link knownCost}. */
export function costOf(trial: Pick<Trial, "devices">, device: string, cost: CostName): number | undefined {
  return knownCost(trial, device, cost)?.value;
}

/** An objective's value as people know it: of an evaluator's own number, with the sign that the evaluator gave it. */
export function shownValue(objective: Objective, value: number): number {
  return objective.metric === "own" && objective.goal === "maximise" ? -value : value;
}

/** The part of a trial that objectives look at. */
type Compared = Pick<Trial, "devices" | "metrics"> & { readonly [M in "score" | "macs" | "parameters"]?: number | undefined };

/** A trial's value of an objective, to be minimised; absent where the trial never got so far. */
export function objectiveValue(trial: Compared, objective: Objective, task: Task): number | undefined {
  switch (objective.metric) {
    case "error":
      return trial.score === undefined ? undefined : taskKindOf(task).objective.of(trial.score);
    case "macs":
    case "parameters":
      return trial[objective.metric];
    case "own": {
      const value = trial.metrics?.[objective.name];
      return value === undefined || objective.goal === "minimise" ? value : -value;
    }
    default:
      return costOf(trial, objective.device, objective.metric);
  }
}

/** The numbers of the evaluator's own that are above the most, or below the least, that the experiment allows. */
export function exceededLimits(own: OwnMetrics, metrics: Trial["metrics"] = {}): readonly MetricExcess[] {
  return Object.entries(own).flatMap(([metric, { atMost, atLeast }]): MetricExcess[] => {
    const value = metrics[metric];
    if (value === undefined) return [];
    if (atMost !== undefined && value > atMost) return [{ metric, value, budget: atMost }];
    return atLeast !== undefined && value < atLeast ? [{ metric, value, budget: atLeast }] : [];
  });
}
