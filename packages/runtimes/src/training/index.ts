/** Training: a network's forward pass, gradient and optimiser as one ONNX model, and the loop around it. */
export type { Augmentation, ImageSize } from "./augment.ts";
export { type Checkpointing, trainingDigest } from "./checkpoint.ts";
export { type CompiledStep, compileStep } from "./compileStep.ts";
export { evaluateAccuracy } from "./evaluate.ts";
export { initialWeights } from "./initialise.ts";
export { type OptimiserName, type OptimiserSettings, type StepRates, stepRates } from "./optimisers.ts";
export { createStepRunner, type StepRunner } from "./stepRunner.ts";
export { type TrainingContext, type TrainingOptions, train } from "./trainer.ts";
