/** Networks: typed operator graphs, what they cost to compute and to keep in memory. */
export * from "./batch.ts";
export * from "./builder.ts";
export * from "./costs.ts";
export * from "./deployment/deploy.ts";
export * from "./deployment/exposePadding.ts";
export * from "./deployment/fusePadding.ts";
export * from "./deployment/kernels.ts";
export { type LayerCounts, layerCounts } from "./deployment/layers.ts";
export * from "./format.ts";
export * from "./graph.ts";
export * from "./memory/index.ts";
export * from "./network.ts";
export * from "./notation/json.ts";
export * from "./notation/text.ts";
export * from "./operators.ts";
export * from "./parameters.ts";
export * from "./shapes.ts";
export * from "./verify.ts";
