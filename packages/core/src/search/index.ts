/** Search algorithms and what they are judged by. Generic over the genotype; knows neither networks nor devices. */

export { Candidates } from "./candidates/candidates.ts";
export { restrictedTo } from "./candidates/restrictedSpace.ts";
export * from "./comparison/index.ts";
export * from "./constrained/withinBudget.ts";
export * from "./earlier/searchRuns.ts";
export { fidelitiesOf, questionsOf } from "./fidelity/questions.ts";
export * from "./front/archive.ts";
export * from "./front/growingArea.ts";
export * from "./front/hypervolume.ts";
export * from "./front/pareto.ts";
export * from "./searchBenchmark.ts";
export * from "./searcher.ts";
export * from "./searchers.ts";
