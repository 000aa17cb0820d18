import { type CostName, type Experiment, InputError, metricNames, parseObjective, parseQuantity, type Trial } from "@archwright/core";
import type { Values } from "./values.ts";

/** A condition of a query. A trial whose value is unknown does not meet it. */
export interface Condition {
  /** The cost that it looks at, where it is one: costs are known in two kinds. */
  readonly cost: { readonly metric: CostName; readonly device: string } | undefined;
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
 * @throws InputError
 */
export function parseCondition(text: string, experiment: Experiment, device?: string): Condition {
  const match = /^\s*([a-z_]+(?:@[\w.-]+)?)\s*([<>=≤≥]+)\s*(.+?)\s*$/u.exec(text);
  const [, name = "", sign = "", written = ""] = match ?? [];
  const compare = comparisons[spellings[sign] ?? sign];
  if (!match || !compare) {
    throw new InputError(`'${text}' is not a condition`, {
      expected: "METRIC, one of <= >= < > =, and a value",
      suggestion: "--where 'latency_ms<=5'",
    });
  }
  if (name === "accuracy" || name === "test_accuracy") {
    const bound = boundOf(written, "percent");
    const key = name === "accuracy" ? "accuracy" : "testAccuracy";
    return { cost: undefined, holds: (trial) => trial[key] !== undefined && compare(trial[key], bound) };
  }
  const devices = device === undefined ? experiment.devices.map((entry) => entry.name) : [device];
  const objective = parseObjective(name, devices);
  const bound = boundOf(written, metricNames[objective.metric].dimension);
  return {
    cost: "device" in objective ? objective : undefined,
    holds: (trial, values) => {
      const own = values.objective(trial, objective);
      return own !== undefined && compare(own, bound);
    },
  };
}

function boundOf(written: string, dimension: Parameters<typeof parseQuantity>[1]): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(written) ? Number(written) : parseQuantity(written, dimension);
}
