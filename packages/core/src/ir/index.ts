/** Networks: typed operator graphs, what they cost to compute and to keep in memory. */
export * from "./batch.ts";
export * from "./builder.ts";
export * from "./costs.ts";
export * from "./deploy.ts";
export * from "./format.ts";
export * from "./graph.ts";
export * from "./json.ts";
export * from "./kernels.ts";
export * from "./memory/index.ts";
export * from "./network.ts";
export * from "./operators.ts";
export * from "./parameters.ts";
export * from "./shapes.ts";
export * from "./text.ts";
export * from "./verify.ts";
