/** Conformance suites: what every implementation of an interface must do. They need vitest. */
export * from "./store.ts";
