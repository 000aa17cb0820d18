/** What an experiment is, what a trial is, and the interfaces that carry it out: Evaluator, Executor, Store, DeviceRuntime. */
export * from "./executor.ts";
export * from "./metrics.ts";
export * from "./runtime.ts";
export * from "./store.ts";
export * from "./training.ts";
export * from "./trial.ts";
