/** Costs of devices that were added to an experiment after its trials were made. */
import type { Run, Store } from "@archwright/core";
import { passCheapGates } from "./gates.ts";
import type { Problem } from "./problem.ts";

/** Computes for stored trials the costs of devices that the experiment did not have when they were made. Such devices decide nothing. */
export function addDevices(problem: Problem, store: Store, run: Run): void {
  const names = problem.devices.map(({ device }) => device.name);
  for (const trial of store.trials(run.id)) {
    // A trial that failed before its costs were known has none to be added to.
    if (trial.failure && trial.gate !== "trained" && trial.gate !== "measured") continue;
    if (names.every((name) => Object.hasOwn(trial.devices, name))) continue;
    const { devices } = passCheapGates(problem, problem.space.parse(trial.architecture), trial.architecture);
    store.updateTrial(run.id, { ...trial, devices: { ...devices, ...trial.devices } });
  }
}
