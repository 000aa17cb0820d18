import {
  type AnySearchSpace,
  type CostEstimate,
  type CostModel,
  createAnalyticModel,
  createSpace,
  type Experiment,
  type ExperimentDevice,
  type FittedDevice,
  openFittedDevice,
  predictLatency,
  steers,
} from "@archwright/core";
import { createTableReader, type TableLookup } from "./tables.ts";

/** A device of the experiment with what computes its costs. */
export interface ProblemDevice {
  readonly device: ExperimentDevice;
  readonly steers: boolean;
  /** Costs computed from the network; for `local` it predicts what is later measured. */
  readonly model?: CostModel;
  /** Latency looked up by canonical text, ms. */
  readonly latencyMs?: TableLookup;
  /** Latency of a fitted device predicted by canonical text. */
  readonly predictLatency?: (architecture: string) => CostEstimate;
}

/** An experiment made ready to run in this process: its space, its cost models, its tables. */
export interface Problem {
  readonly experiment: Experiment;
  readonly space: AnySearchSpace;
  readonly devices: readonly ProblemDevice[];
  /** Accuracy in percent by canonical text, where nothing is trained. */
  readonly accuracy?: TableLookup;
  /** Whether anything looks at the network itself; searches over tables alone need not build it. */
  readonly needsNetwork: boolean;
  /** Whether candidates are measured before they are evaluated: a device of this machine steers. */
  readonly measures: boolean;
}

/** @throws InputError where a table cannot be read. */
export function createProblem(experiment: Experiment): Problem {
  const lookup = createTableReader();
  const devices = experiment.devices.map((device): ProblemDevice => {
    const common = { device, steers: steers(experiment, device) };
    switch (device.kind) {
      case "table":
        return { ...common, latencyMs: lookup(device.latency) };
      case "fitted":
        return { ...common, predictLatency: latencyOn(device.fitted) };
      default:
        return { ...common, model: createAnalyticModel(device.profile, { format: device.format }) };
    }
  });
  const { evaluator } = experiment;
  return {
    experiment,
    space: createSpace(experiment.space, experiment.task),
    devices,
    ...(evaluator.kind === "table" ? { accuracy: lookup(evaluator.accuracy) } : {}),
    measures: devices.some(({ device, steers }) => device.kind === "local" && steers),
    needsNetwork:
      evaluator.kind === "train" ||
      // What a fitted device predicts of a network that cannot be built would be an accident.
      devices.some(({ model, predictLatency }) => model !== undefined || predictLatency !== undefined) ||
      experiment.objectives.some(({ metric }) => metric === "macs" || metric === "parameters"),
  };
}

function latencyOn(fitted: FittedDevice): (architecture: string) => CostEstimate {
  const predictor = openFittedDevice(fitted);
  return (architecture) => {
    const { latencyMs, low95Ms, high95Ms } = predictLatency(predictor, architecture);
    return { value: latencyMs, low95: low95Ms, high95: high95Ms, source: "predicted" };
  };
}
