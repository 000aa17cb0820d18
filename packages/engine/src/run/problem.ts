import {
  type AnySearchSpace,
  type CostModel,
  createAnalyticModel,
  createSpace,
  type Experiment,
  type ExperimentDevice,
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
    return device.kind === "table"
      ? { ...common, latencyMs: lookup(device.latency) }
      : { ...common, model: createAnalyticModel(device.profile, { format: device.format }) };
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
      devices.some(({ model }) => model !== undefined) ||
      experiment.objectives.some(({ metric }) => metric === "macs" || metric === "parameters"),
  };
}
