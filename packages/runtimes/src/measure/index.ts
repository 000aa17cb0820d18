/** The runtimes that measure networks on devices: one table, each loaded when it is opened. */
import type { RuntimeName } from "@archwright/core/devices";
import type { DeviceRuntime } from "@archwright/core/experiment";
import { createOnnxRuntime } from "./onnxruntime.ts";

export { createOnnxRuntime, type OnnxRuntimeOptions } from "./onnxruntime.ts";
export { defaultSampling, type SamplingSettings } from "./sampling.ts";

/** What a runtime is opened with. */
export interface OpenRuntimeOptions {
  /** Name of the device that it measures. */
  readonly device: string;
  /** Longest time that one measurement samples, seconds. */
  readonly maxSeconds?: number;
}

/** How each runtime of `measuringRuntimes` is opened. A new one is a file beside this one, a row there and a row here. */
export const runtimes: Readonly<Record<RuntimeName, (options: OpenRuntimeOptions) => DeviceRuntime>> = {
  "onnxruntime-node": ({ device, maxSeconds }) =>
    createOnnxRuntime({ device, ...(maxSeconds === undefined ? {} : { sampling: { maxSeconds } }) }),
};

/** @throws Error where this program knows no such runtime: the experiment is of a newer version. */
export function openRuntime(name: string, options: OpenRuntimeOptions): DeviceRuntime {
  const open = Object.hasOwn(runtimes, name) ? runtimes[name as RuntimeName] : undefined;
  if (!open) throw new Error(`there is no runtime '${name}' here`);
  return open(options);
}
