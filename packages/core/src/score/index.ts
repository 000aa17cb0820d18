/** What can be seen of a network's score before it is trained. */
export * from "./graphFeatures.ts";
export * from "./predictors/index.ts";
