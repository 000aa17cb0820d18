/** Predictors of scores from few trials: their registry, and how well they predict. */
export type { ScorePrediction } from "./prediction.ts";
export * from "./predictor.ts";
export * from "./registry.ts";
export * from "./scoreBenchmark.ts";
