/** Carrying an experiment out: search → gates → executor → store → front. */
export type { MissingPiece } from "./finish.ts";
export type { ResumeOptions } from "./openRun.ts";
export { describeOwner, liveStatus, ownerState, thisProcess } from "./owner.ts";
export { createProblem, type Problem, type ProblemDevice } from "./problem.ts";
export type { SearchProgress } from "./progress.ts";
export { type RunOptions, type RunResult, type RunSummary, runExperiment } from "./runExperiment.ts";
export type { EndReason } from "./searchState.ts";
export { createTableReader, readTable, type TableLookup, type TableReader } from "./tables.ts";
export { createWorkerPool } from "./workerPool.ts";
