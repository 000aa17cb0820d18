/** The experiment that `init` writes: small enough to run at once, with comments that teach the keys. */
import { type CostName, costNames, type LibraryDevice, libraryFilesOf, type MeasuringRuntime, metricNames } from "@archwright/core";
import { stringify } from "yaml";
import type { Data } from "../input/dataFile.ts";
import { modeline } from "../input/schemas.ts";
import { datasetYaml, nameOf } from "./data.ts";

/** What the experiment is to be about. */
export interface Choices {
  readonly data: Data;
  readonly device: LibraryDevice | MeasuringRuntime;
  /** As written: `10ms`, `64KiB`. */
  readonly budgets: Readonly<Partial<Record<CostName, string>>>;
}

/** The name that an experiment uses. */
export function nameOfDevice(device: Choices["device"]): string {
  return "device" in device ? device.device : device.name;
}

/** Costs that are known of a device, and so may have a budget. */
export function costsOf(device: Choices["device"]): readonly CostName[] {
  return "device" in device ? costNames.filter((cost) => device.metrics.includes(cost)) : libraryFilesOf(device).costs;
}

/** What the experiment says of its device. */
function aboutDevice(device: Choices["device"]) {
  if ("device" in device)
    return { about: "Every candidate is measured on this machine before it is trained.", space: undefined, format: null };
  const files = libraryFilesOf(device);
  return { about: files.about, space: files.madeFor(device)?.[0]?.space, ...files.brief(device) };
}

/** @param folder that the file will lie in. @throws InputError where the data cannot be understood. */
export function experimentYaml({ data, device, budgets }: Choices, folder: string): string {
  const { about, space, format: written, ...brief } = aboutDevice(device);
  const costs = costsOf(device);
  const entries = Object.entries(budgets).map(([cost, written]) => `${metricNames[cost as CostName].yaml}: ${written}`);
  const format = written === null ? "" : `\n    format: ${written} # the number format that costs are computed for`;
  const budget =
    entries.length > 0
      ? `\n    budgets: { ${entries.join(", ")} }`
      : `\n    # budgets: { latency: 10ms${costs.includes("peakMemoryBytes") ? ", peak_memory: 64KiB" : ""} }`;
  const memory = "kind" in brief && brief.kind === "microcontroller";
  return `${modeline("experiment")}
# An experiment: which networks are tried, on what they learn, and what they may cost.
# Run it with: archwright search experiment.yaml
name: ${nameOf(data)}
seed: 0 # the same seed gives the same trials

${datasetYaml(data, folder)}

# What architectures are chosen from. 'archwright space list' tells which there are.
space: ${space ? `\n${stringify(space).replace(/^/gm, "  ").trimEnd()}` : "mobile"}

# 'archwright device list' tells which there are. ${about}
devices:
  - name: ${nameOfDevice(device)}${format}${budget}

# All are minimised, and the front holds what nothing else beats in all of them. Error is 100 % − validation accuracy.
objectives: [error, latency${memory ? ", peak_memory" : ""}]

search:
  algorithm: default # the one that needs the fewest networks; there are others, such as nsga2 and random
  evaluations: 24 # networks that are trained; more find better ones

training:
  stages: default # all briefly, the best of them longer, and the last in full with three seeds
  augmentation: { shift: 1 } # pixels by which images are moved at random

limits:
  trial_time: ${data.kind === "digits" ? "2min" : "30min"} # a network that takes longer is a failed trial; the search goes on
  trial_memory: 2GiB
`;
}
