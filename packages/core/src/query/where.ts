/** The condition language of queries: `latency_ms<=5`, `peak_memory@stm32f746<64KiB`, `accuracy>=95%`. */
import { InputError, parseQuantity } from "../base/index.ts";
import type { CostName } from "../devices/index.ts";
import {
  dimensionOf,
  type Experiment,
  formatObjective,
  type Objective,
  ownMetricsOf,
  parseObjective,
  type Trial,
} from "../experiment/index.ts";
import { taskKindOf } from "../tasks/index.ts";
import type { Values } from "./values.ts";

/** A number of a trial that a query looks at. */
export type Quantity =
  | { readonly of: "score" | "testScore" }
  | { readonly of: "metric"; readonly name: string }
  | { readonly of: "objective"; readonly objective: Objective };

/** A trial's number, in its own unit; absent where it is not known. */
export function quantityOf(trial: Trial, quantity: Quantity, values: Values): number | undefined {
  if (quantity.of === "objective") return values.objective(trial, quantity.objective);
  return quantity.of === "metric" ? trial.metrics?.[quantity.name] : trial[quantity.of];
}

/** A condition of a query. A trial whose value is unknown does not meet it. */
export interface Condition {
  /** What it looks at, for messages: `accuracy`, `latency@stm32f746`. */
  readonly name: string;
  readonly quantity: Quantity;
  /** The cost that it looks at, where it is one: costs are known in two kinds. */
  readonly cost: { readonly metric: CostName; readonly device: string } | undefined;
  readonly sign: Sign;
  /** In the metric's own unit. */
  readonly bound: number;
  readonly holds: (trial: Trial, values: Values) => boolean;
}

const comparisons = {
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "=": (a, b) => a === b,
} as const satisfies Record<string, (a: number, b: number) => boolean>;

export type Sign = keyof typeof comparisons;

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
  const compared = spellings[sign] ?? sign;
  if (!match || !isSign(compared)) {
    throw new InputError(`'${text}' is not a condition`, {
      expected: "METRIC, one of <= >= < > =, and a value",
      suggestion: "latency_ms<=5",
    });
  }
  const { score } = taskKindOf(experiment.task);
  if (name === score.name || name === `test_${score.name}`) {
    const of = name === score.name ? "score" : "testScore";
    return condition(name, { of }, compared, boundOf(written, score.unit));
  }
  const devices = device === undefined ? experiment.devices.map((entry) => entry.name) : [device];
  const own = ownMetricsOf(experiment.evaluator);
  if (Object.hasOwn(own, name)) return condition(name, { of: "metric", name }, compared, boundOf(written, "count"));
  const objective = parseObjective(name, devices, experiment.task, own);
  const bound = boundOf(written, dimensionOf(objective));
  return condition(formatObjective(objective, experiment.task), { of: "objective", objective }, compared, bound);
}

function isSign(text: string): text is Sign {
  return Object.hasOwn(comparisons, text);
}

function condition(name: string, quantity: Quantity, sign: Sign, bound: number): Condition {
  const compare = comparisons[sign];
  return {
    ...{ name, quantity, sign, bound },
    cost: quantity.of === "objective" && "device" in quantity.objective ? quantity.objective : undefined,
    holds: (trial, values) => {
      const own = quantityOf(trial, quantity, values);
      return own !== undefined && compare(own, bound);
    },
  };
}

function boundOf(written: string, dimension: Parameters<typeof parseQuantity>[1]): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(written) ? Number(written) : parseQuantity(written, dimension);
}
