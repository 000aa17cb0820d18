/** Conformance suites, which need vitest: what every implementation of an interface must do. And what tests of networks need: an interpreter, random and published networks. */
export * from "./costModel.ts";
export * from "./deviceKind.ts";
export * from "./deviceRuntime.ts";
export * from "./evaluatorKind.ts";
export * from "./examples/exampleTrials.ts";
export * from "./examples/madeUpLatencies.ts";
export * from "./examples/queryExamples.ts";
export * from "./executor.ts";
export * from "./latencyModel.ts";
export * from "./networks/interpret.ts";
export * from "./networks/randomNetwork.ts";
export * from "./networks/referenceNetworks.ts";
export * from "./searcher.ts";
export * from "./searchSpace.ts";
export * from "./store.ts";
export * from "./taskKind.ts";
