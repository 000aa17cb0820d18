/** The runtimes that measure networks: what is known of each without loading it. `runtimes/measure` opens them. */
import type { NumberFormat } from "../ir/index.ts";
import type { CostName } from "./types.ts";

export interface MeasuringRuntime {
  readonly name: string;
  /** The device's name in experiments, where it needs no more than to be named. */
  readonly device: string;
  readonly description: string;
  /** The profile that hints at its costs before anything is measured. */
  readonly predictedBy: string;
  readonly formats: readonly NumberFormat[];
  /** What a measurement of it is of; `Measurement.metric`. */
  readonly metrics: readonly (CostName | "instructions")[];
}

export const measuringRuntimes = [
  {
    name: "onnxruntime-node",
    device: "local",
    description: "this machine's onnxruntime, measured",
    predictedBy: "laptop-cpu",
    formats: ["float32"],
    metrics: ["latencyMs"],
  },
] as const satisfies readonly MeasuringRuntime[];

export type RuntimeName = (typeof measuringRuntimes)[number]["name"];

/** Names of the devices that need no file: each stands for a runtime. */
export const runtimeDevices: readonly string[] = measuringRuntimes.map(({ device }) => device);

/** The runtime that a device's bare name stands for; undefined where it stands for none. */
export function runtimeOfDevice(device: string): MeasuringRuntime | undefined {
  return measuringRuntimes.find((runtime) => runtime.device === device);
}
