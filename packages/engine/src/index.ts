/**
 * The Node side: the run loop, executors, the store. The fleet is `@archwright/engine/fleet`: it takes half a second to
 * load, which only commands that use it should pay.
 */
export * from "./executor/index.ts";
export * from "./files/index.ts";
export type * from "./fleet/index.ts";
export * from "./library/index.ts";
export * from "./plugins/index.ts";
export * from "./run/index.ts";
export * from "./store/index.ts";
