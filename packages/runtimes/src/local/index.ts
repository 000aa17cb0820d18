/** This machine's onnxruntime-node as a device whose latency is measured. */
export { createLocalRuntime, type LocalRuntimeOptions } from "./runtime.ts";
export { defaultSampling, type SamplingSettings } from "./sampling.ts";
