/** The Node side: the run loop, executors, the fleet, the store. */
export * from "./executor/index.ts";
export * from "./fleet/index.ts";
export * from "./run/index.ts";
export * from "./store/index.ts";
