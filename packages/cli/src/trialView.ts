import {
  type CostName,
  costNames,
  costOf,
  type Experiment,
  estimated,
  formatObjective,
  measured,
  metricNames,
  type Trial,
} from "@archwright/core";

/** A trial's costs on one device as they are shown: what it is taken to be, and what was predicted and measured. */
type CostView = Record<string, number | Record<string, number>>;

/** A trial as JSON shows it. Part of the contract: `architecture`, `costs` and `accuracy` stay. */
export function trialView(experiment: Experiment, trial: Trial) {
  return {
    number: trial.number,
    architecture: trial.architecture,
    status: trial.status,
    gate: trial.gate,
    accuracy: trial.accuracy ?? null,
    test_accuracy: trial.testAccuracy ?? null,
    macs: trial.macs ?? null,
    parameters: trial.parameters ?? null,
    costs: Object.fromEntries(experiment.devices.map(({ name }) => [name, costsView(trial, name)])),
    objectives:
      trial.objectives === undefined
        ? null
        : Object.fromEntries(experiment.objectives.map((objective, i) => [formatObjective(objective), trial.objectives?.[i]])),
    fidelity: trial.fidelity,
    seconds: trial.seconds,
  };
}

/** `{ latency_ms, …, predicted: { latency_ms, …, latency_ms_sd }, measured: { latency_ms, latency_ms_median, … } }`. */
function costsView(trial: Trial, device: string): CostView {
  const named = (read: (cost: CostName) => number | undefined): Record<string, number> => {
    const known = costNames.flatMap((cost): [string, number][] => {
      const value = read(cost);
      return value === undefined ? [] : [[metricNames[cost].column, value]];
    });
    return Object.fromEntries(known);
  };
  const measurement = measured(trial, device, "latencyMs");
  const prediction = trial.devices[device]?.estimates.latencyMs;
  return {
    ...named((cost) => costOf(trial, device, cost)),
    // Only a fitted device's prediction knows its own error.
    predicted: {
      ...named((cost) => estimated(trial, device, cost)),
      ...(prediction?.source === "predicted" ? { latency_ms_sd: prediction.sd } : {}),
    },
    measured: measurement
      ? { latency_ms: measurement.value, latency_ms_median: measurement.median, latency_ms_spread: measurement.spread }
      : {},
  };
}
