/** How good a classifier is, from what it gave for images whose classes are known: accuracy, confusions, calibration, mistakes. */
export type { Calibration, ReliabilityBin } from "./calibration.ts";
export { type ClassResult, type Confusion, confusionMatrix } from "./confusion.ts";
export { type MeanEstimate, type Proportion, wilsonInterval } from "./estimates.ts";
export { type ClassifierEvaluation, evaluateClassifier, type Mistake } from "./evaluate.ts";
export type { ClassifierOutputs, OutputKind } from "./outputs.ts";
