import {
  type AnySearchSpace,
  type CostEstimate,
  type CostModel,
  createAnalyticModel,
  createSpace,
  type Experiment,
  type ExperimentDevice,
  type FittedDevice,
  InputError,
  openFittedDevice,
  predictLatency,
  restrictedTo,
  steers,
} from "@archwright/core";
import { createTableReader, type KnownValues, type TableLookup, type TableReader } from "./tables.ts";

/** A device of the experiment with what computes its costs. */
export interface ProblemDevice {
  readonly device: ExperimentDevice;
  readonly steers: boolean;
  /** Costs computed from the network; for `local` it predicts what is later measured. */
  readonly model?: CostModel;
  /** Known latencies of a table by canonical text, ms. */
  readonly latencyMs?: TableLookup;
  /** Latency of a fitted device predicted by canonical text. */
  readonly predictLatency?: (architecture: string) => CostEstimate;
}

/** An experiment made ready to run in this process: its space, its cost models, its tables. */
export interface Problem {
  readonly experiment: Experiment;
  /** The experiment's; where the tables that decide anything do not know all of it, the part that they know. */
  readonly space: AnySearchSpace;
  readonly devices: readonly ProblemDevice[];
  /** Accuracy in percent by canonical text, where nothing is trained. */
  readonly accuracy?: TableLookup;
  /** Whether anything looks at the network itself; searches over tables alone need not build it. */
  readonly needsNetwork: boolean;
  /** Whether candidates are measured before they are evaluated: a device of this machine steers. */
  readonly measures: boolean;
  /** What the user should know before the search begins. */
  readonly warnings: readonly string[];
}

/**
 * @param tables may have been read from already: no table is read twice.
 * @throws InputError where a table cannot be read or used, or the tables know no architecture together.
 */
export function createProblem(experiment: Experiment, tables: TableReader = createTableReader()): Problem {
  const whole = createSpace(experiment.space, experiment.task);
  const needed: NeededValues[] = [];
  const devices = experiment.devices.map((device): ProblemDevice => {
    const common = { device, steers: steers(experiment, device) };
    switch (device.kind) {
      case "table": {
        const latencyMs = tables.latencies(device.latency, whole);
        if (common.steers) needed.push({ what: `the latency on ${device.name}`, values: latencyMs });
        return { ...common, latencyMs };
      }
      case "fitted":
        return { ...common, predictLatency: latencyOn(device.fitted) };
      default:
        return { ...common, model: createAnalyticModel(device.profile, { format: device.format }) };
    }
  });
  const { evaluator } = experiment;
  const accuracy = evaluator.kind === "table" ? tables.accuracies(evaluator.accuracy, whole) : undefined;
  if (accuracy) needed.push({ what: "the accuracy", values: accuracy });
  const { space, warnings } = knownPart(whole, needed);
  return {
    experiment,
    space,
    devices,
    ...(accuracy ? { accuracy } : {}),
    warnings: [...tables.warnings, ...warnings],
    measures: devices.some(({ device, steers }) => device.kind === "local" && steers),
    needsNetwork:
      evaluator.kind === "train" ||
      // What a fitted device predicts of a network that cannot be built would be an accident.
      devices.some(({ model, predictLatency }) => model !== undefined || predictLatency !== undefined) ||
      experiment.objectives.some(({ metric }) => metric === "macs" || metric === "parameters"),
  };
}

/** What must be known of an architecture for it to be a candidate. */
interface NeededValues {
  readonly what: string;
  readonly values: KnownValues;
}

/** The space, or of it what all these tables know. @throws InputError where that is nothing. */
function knownPart(
  whole: AnySearchSpace,
  needed: readonly NeededValues[],
): { readonly space: AnySearchSpace; readonly warnings: readonly string[] } {
  const [first, ...others] = needed.toSorted((a, b) => a.values.size - b.values.size);
  if (!first) return { space: whole, warnings: [] };
  const known = [...first.values.keys()].filter((architecture) => others.every(({ values }) => values.has(architecture)));
  if (known.length === 0) {
    const each = needed.map(({ what, values }) => `${what} of ${values.size}`).join(", ");
    throw new InputError(`the tables know no architecture of the space '${whole.name}' together: ${each}`, {
      expected: "at least one architecture with a value in each table that the search needs",
    });
  }
  if (BigInt(known.length) === whole.size) return { space: whole, warnings: [] };
  const all = whole.size > 1_000_000_000n ? Number(whole.size).toPrecision(3) : String(whole.size);
  return {
    space: restrictedTo(whole, known),
    warnings: [`the tables know ${known.length} of the ${all} architectures of '${whole.name}': candidates are drawn from these.`],
  };
}

function latencyOn(fitted: FittedDevice): (architecture: string) => CostEstimate {
  const predictor = openFittedDevice(fitted);
  return (architecture) => {
    const { latencyMs, low95Ms, high95Ms } = predictLatency(predictor, architecture);
    return { value: latencyMs, low95: low95Ms, high95: high95Ms, source: "predicted" };
  };
}
