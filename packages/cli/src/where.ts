import { type Experiment, InputError, metricNames, objectiveValue, parseObjective, parseQuantity, type Trial } from "@archwright/core";

/** Whether a trial meets a condition; one whose value is unknown does not. */
export type Condition = (trial: Trial) => boolean;

const comparisons: Record<string, (a: number, b: number) => boolean> = {
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "=": (a, b) => a === b,
};

/** Comparisons as people write them elsewhere. */
const misspelt: Readonly<Record<string, string>> = { "=>": ">=", "=<": "<=", "==": "=", "≥": ">=", "≤": "<=" };

function refuseMisspelt(text: string): void {
  const [, name, written, value] = /^([^<>=≤≥]*)(=>|=<|==|≥|≤)(.*)$/.exec(text) ?? [];
  if (written === undefined) return;
  throw new InputError(`'${written}' is not a comparison`, {
    expected: "one of <= >= < > =",
    suggestion: `--where '${name}${misspelt[written]}${value}'`,
  });
}

/**
 * Reads `latency_ms<=5`, `latency<=5ms`, `peak_memory@stm32f746<64KiB`, `accuracy>=95`.
 * A bare number is in the unit of the metric's column (ms, bytes, mJ, percent).
 * @throws InputError
 */
export function parseCondition(text: string, experiment: Experiment, device?: string): Condition {
  refuseMisspelt(text);
  const match = /^\s*([a-z_]+(?:@[\w.-]+)?)\s*(<=|>=|<|>|=)\s*(.+?)\s*$/.exec(text);
  const compare = comparisons[match?.[2] ?? ""];
  if (!match || !compare) {
    throw new InputError(`'${text}' is not a condition`, {
      expected: "METRIC, one of <= >= < > =, and a value",
      suggestion: "--where 'latency_ms<=5'",
    });
  }
  const [, name = "", , written = ""] = match;
  const value = (dimension: "percent" | "count" | "time" | "memory" | "energy") => {
    if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(written)) return Number(written);
    return parseQuantity(written, dimension === "percent" ? "count" : dimension);
  };
  if (name === "accuracy" || name === "test_accuracy") {
    const bound = value("percent");
    const key = name === "accuracy" ? "accuracy" : "testAccuracy";
    return (trial) => trial[key] !== undefined && compare(trial[key], bound);
  }
  const devices = device === undefined ? experiment.devices.map((entry) => entry.name) : [device];
  const objective = parseObjective(name, devices);
  const bound = value(metricNames[objective.metric].dimension);
  return (trial) => {
    const own = objectiveValue(trial, objective);
    return own !== undefined && compare(own, bound);
  };
}
