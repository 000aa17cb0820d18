/** The Node side: the run loop, executors, the store. */
export * from "./executor/index.ts";
export * from "./run/index.ts";
export * from "./store/index.ts";
