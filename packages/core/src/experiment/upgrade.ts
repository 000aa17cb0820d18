/** Experiments as older versions stored them, brought to today's shape. */
import type { Json } from "../base/index.ts";
import { measuringRuntimes } from "../devices/index.ts";
import { type Experiment, experimentVersion } from "./experiment.ts";

type Fields = { readonly [key: string]: Json };

/** What each older version lacks of the next, from version 1 on. */
const steps: readonly ((experiment: Fields) => Fields)[] = [
  // A device with a profile was of the kind `analytic`, and the one measured device was of the kind `local`, without a runtime.
  (experiment) => ({
    ...experiment,
    devices: (experiment.devices as unknown as readonly Fields[]).map((device) => {
      if (device.kind === "analytic") return { ...device, kind: "profile" };
      if (device.kind === "local") return { ...device, kind: "measured", runtime: measuringRuntimes[0].name };
      return device;
    }),
  }),
  // The algorithm could be stored as `default`, which was NSGA-II.
  (experiment) => {
    const search = experiment.search as Fields;
    return search.algorithm === "default" ? { ...experiment, search: { ...search, algorithm: "nsga2", byDefault: true } } : experiment;
  },
];

/** A stored experiment in today's shape. @throws Error where it is of a version that this program does not know. */
export function upgradeExperiment(stored: Json): Experiment {
  const { version } = stored as Fields;
  if (version === experimentVersion) return stored as unknown as Experiment;
  if (typeof version !== "number" || !Number.isInteger(version) || version < 1 || version > experimentVersion) {
    throw new Error(`experiments of version ${version} are not understood here, only up to version ${experimentVersion}`);
  }
  const upgraded = steps.slice(version - 1).reduce((experiment, step) => step(experiment), stored as Fields);
  return { ...upgraded, version: experimentVersion } as unknown as Experiment;
}
