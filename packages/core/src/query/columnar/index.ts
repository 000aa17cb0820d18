/** Queries over the numbers of a run as columns: the same answers as over its trials, many times faster where there are many. */
export * from "./followedRun.ts";
export * from "./trialColumns.ts";
