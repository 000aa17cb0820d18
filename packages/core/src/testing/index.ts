/** Conformance suites: what every implementation of an interface must do. They need vitest. */
export * from "./deviceRuntime.ts";
export * from "./executor.ts";
export * from "./interpret.ts";
export * from "./searcher.ts";
export * from "./store.ts";
