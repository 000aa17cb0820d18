/** Comparisons of search algorithms on tables whose true front is known: the protocol, pure. */
export * from "./across.ts";
export * from "./attainment.ts";
export * from "./contenders.ts";
export * from "./course.ts";
export * from "./judge.ts";
export * from "./lottery.ts";
export * from "./settings.ts";
export * from "./statistics/index.ts";
export * from "./tableRun.ts";
export * from "./targets.ts";
export * from "./task.ts";
