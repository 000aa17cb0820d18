/** Table of contents of the pure part: everything here runs in Node, in a worker and in a browser. What is shown of runs is in `query/`, apart. */
export * from "./base/index.ts";
export * from "./devices/fitted/index.ts";
export * from "./devices/index.ts";
export * from "./devices/kinds/index.ts";
export * from "./experiment/index.ts";
export * from "./ir/index.ts";
export * from "./latency/index.ts";
export * from "./score/index.ts";
export * from "./search/index.ts";
export * from "./spaces/index.ts";
export * from "./tasks/index.ts";
