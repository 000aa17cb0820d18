/** Search spaces: which architectures there are and which network each stands for. */
export { backbonePrefix } from "./backbone/backbone.ts";
export { type CategoricalSpace, type CategoricalSpaceParts, categoricalSpace, type Gene, type Genotype } from "./categorical.ts";
export { type FbnetOptions, fbnet, fbnetBlocks, fbnetLayout } from "./fbnet.ts";
export { type NasBench201Options, nasbench201, nasbench201Operations } from "./nasbench201.ts";
export * from "./registry.ts";
export { networkByRole } from "./roles.ts";
export * from "./searchSpace.ts";
export type * from "./spaceKind.ts";
export { knownNetworks } from "./staged/knownNetworks.ts";
export { startingPoint } from "./startingPoint.ts";
