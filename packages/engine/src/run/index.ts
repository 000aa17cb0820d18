/** Carrying an experiment out: search → gates → executor → store → front. */
export type { MissingPiece } from "./finish.ts";
export type { SearchProgress } from "./loop/progress.ts";
export type { EndReason } from "./loop/searchState.ts";
export type { ResumeOptions } from "./ownership/openRun.ts";
export { describeOwner, liveStatus, ownerState, thisProcess } from "./ownership/owner.ts";
export { createProblem, type Problem, type ProblemDevice } from "./problem.ts";
export { type RunOptions, type RunResult, type RunSummary, runExperiment, storedResult } from "./runExperiment.ts";
export type { StageCount } from "./stages/laterStages.ts";
export { type RetrainOptions, type RetrainProgress, retrain } from "./stages/retrain.ts";
export { createTableReader, readTable, type TableReader } from "./tables.ts";
export { createWorkerPool } from "./workerPool.ts";
