/** The condition language of queries: `latency_ms<=5`, `peak_memory@stm32f746<64KiB`, `accuracy>=95%`. */
import { InputError, parseQuantity } from "../base/index.ts";
import type { CostName } from "../devices/index.ts";
import { dimensionOf, type Experiment, formatObjective, ownMetricsOf, parseObjective, type Trial } from "../experiment/index.ts";
import { taskKindOf } from "../tasks/index.ts";
import type { Values } from "./values.ts";

/** A condition of a query. A trial whose value is unknown does not meet it. */
export interface Condition {
  /** What it looks at, for messages: `accuracy`, `latency@stm32f746`. */
  readonly name: string;
  /** The cost that it looks at, where it is one: costs are known in two kinds. */
  readonly cost: { readonly metric: CostName; readonly device: string } | undefined;
  /** What it compares, in the metric's own unit. */
  readonly value: (trial: Trial, values: Values) => number | undefined;
  readonly holds: (trial: Trial, values: Values) => boolean;
}

type Compare = (a: number, b: number) => boolean;

const comparisons: Record<string, Compare> = {
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "=": (a, b) => a === b,
};

const spellings: Record<string, string> = { "≤": "<=", "≥": ">=", "=<": "<=", "=>": ">=", "==": "=" };

/**
 * Reads `latency_ms<=5`, `latency<=5ms`, `peak_memory@stm32f746<64KiB`, `accuracy>=95%`, `macs<1.5M`.
 * A bare number is in the unit of the metric's column (ms, bytes, mJ, percent).
 * @param device the one that a cost without `@DEVICE` belongs to; without it, the experiment's only one.
 * @throws InputError
 */
export function parseCondition(text: string, experiment: Experiment, device?: string): Condition {
  const match = /^\s*([a-z_][a-z0-9_]*(?:@[\w.-]+)?)\s*([<>=≤≥]+)\s*(.+?)\s*$/u.exec(text);
  const [, name = "", sign = "", written = ""] = match ?? [];
  const compare = comparisons[spellings[sign] ?? sign];
  if (!match || !compare) {
    throw new InputError(`'${text}' is not a condition`, {
      expected: "METRIC, one of <= >= < > =, and a value",
      suggestion: "latency_ms<=5",
    });
  }
  const { score } = taskKindOf(experiment.task);
  if (name === score.name || name === `test_${score.name}`) {
    const key = name === score.name ? "score" : "testScore";
    return condition(name, undefined, compare, boundOf(written, score.unit), (trial) => trial[key]);
  }
  const devices = device === undefined ? experiment.devices.map((entry) => entry.name) : [device];
  const own = ownMetricsOf(experiment.evaluator);
  if (Object.hasOwn(own, name)) return condition(name, undefined, compare, boundOf(written, "count"), (trial) => trial.metrics?.[name]);
  const objective = parseObjective(name, devices, experiment.task, own);
  const bound = boundOf(written, dimensionOf(objective));
  const cost = "device" in objective ? objective : undefined;
  return condition(formatObjective(objective, experiment.task), cost, compare, bound, (trial, values) =>
    values.objective(trial, objective),
  );
}

function condition(name: string, cost: Condition["cost"], compare: Compare, bound: number, value: Condition["value"]): Condition {
  return {
    name,
    cost,
    value,
    holds: (trial, values) => {
      const own = value(trial, values);
      return own !== undefined && compare(own, bound);
    },
  };
}

function boundOf(written: string, dimension: Parameters<typeof parseQuantity>[1]): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(written) ? Number(written) : parseQuantity(written, dimension);
}
