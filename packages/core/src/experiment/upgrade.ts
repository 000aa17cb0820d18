/** Experiments as older versions stored them, brought to today's shape. */
import type { Json } from "../base/index.ts";
import { measuringRuntimes } from "../devices/index.ts";
import { type Experiment, experimentVersion } from "./experiment.ts";

type Fields = { readonly [key: string]: Json };

/**
 * A stored experiment in today's shape. In version 1 a device with a profile was of the kind `analytic`, and the one measured
 * device was of the kind `local`, without a runtime.
 * @throws Error where it is of a version that this program does not know.
 */
export function upgradeExperiment(stored: Json): Experiment {
  const experiment = stored as Fields;
  if (experiment.version === experimentVersion) return stored as unknown as Experiment;
  if (experiment.version !== 1) {
    throw new Error(`experiments of version ${experiment.version} are not understood here, only up to version ${experimentVersion}`);
  }
  const devices = (experiment.devices as unknown as readonly Fields[]).map((device) => {
    if (device.kind === "analytic") return { ...device, kind: "profile" };
    if (device.kind === "local") return { ...device, kind: "measured", runtime: measuringRuntimes[0].name };
    return device;
  });
  return { ...experiment, version: experimentVersion, devices } as unknown as Experiment;
}
