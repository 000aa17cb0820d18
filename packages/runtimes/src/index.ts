/**
 * Table of contents of the heavy engines. Importing it loads none of them: onnxruntime and sharp are loaded
 * when a function needs them. TensorFlow.js, which `help` runs on, too.
 */
import type * as proxies from "./proxies/index.ts";
import type * as training from "./training/index.ts";

export * from "./classifier/index.ts";
export * from "./datasets/index.ts";
export { type EngineState, probeEngines, trainingEngine } from "./engines.ts";
export { shell } from "./evaluators/command/processGroup.ts";
export * from "./evaluators/index.ts";
export { readBackbone } from "./evaluators/probe/backbone.ts";
export * from "./help/index.ts";
export { allLatencyModels } from "./latencyModels.ts";
export * from "./measure/index.ts";
export * from "./models/index.ts";
export { type NamedArray, readNpz, writeNpz } from "./numpy/npz.ts";
export { writeZip } from "./numpy/zip.ts";
export { type ExportOptions, exportOnnx, modelMetadata, readOnnx } from "./onnx/index.ts";
export * from "./pictures/index.ts";
export * from "./pytorch/index.ts";
export { initialWeights } from "./training/initialise.ts";
export type { TrainingOptions, TrainingSettings } from "./training/trainer.ts";

/** Trains a classifier from random weights; see `training/trainer.ts`. */
export const train: typeof training.train = async (...args) => (await import("./training/index.ts")).train(...args);

/** Top-1 accuracy, percent; see `training/evaluate.ts`. */
export const evaluateAccuracy: typeof training.evaluateAccuracy = async (...args) =>
  (await import("./training/index.ts")).evaluateAccuracy(...args);

/** A zero-cost proxy; see `proxies/naswot.ts`. */
export const naswot: typeof proxies.naswot = async (...args) => (await import("./proxies/index.ts")).naswot(...args);

/** A zero-cost proxy; see `proxies/synflow.ts`. */
export const logSynflow: typeof proxies.logSynflow = async (...args) => (await import("./proxies/index.ts")).logSynflow(...args);

/** A zero-cost proxy; see `proxies/zenScore.ts`. */
export const zenScore: typeof proxies.zenScore = async (...args) => (await import("./proxies/index.ts")).zenScore(...args);
