/** Search algorithms and what they are judged by. Generic over the genotype; knows neither networks nor devices. */
export * from "./archive.ts";
export * from "./hypervolume.ts";
export * from "./pareto.ts";
export { restrictedTo } from "./restrictedSpace.ts";
export * from "./searchBenchmark.ts";
export * from "./searcher.ts";
export * from "./searchers.ts";
