/** What an experiment is, what a trial is, and the interfaces that carry it out: Evaluator, Executor, Store, DeviceRuntime. */
export * from "./changes.ts";
export * from "./dataManifest.ts";
export * from "./dataset.ts";
export * from "./describeSpace.ts";
export * from "./executor.ts";
export * from "./experiment.ts";
export * from "./fittedDevice.ts";
export * from "./inputDescription.ts";
export * from "./metrics.ts";
export * from "./raisedBudgets.ts";
export * from "./resolve.ts";
export * from "./runtime.ts";
export * from "./schema.ts";
export * from "./store.ts";
export * from "./training.ts";
export * from "./trial.ts";
