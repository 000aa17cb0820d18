/** What can be seen of a network's score before it is trained, and how good a classifier is that was. */
export * from "./classification/index.ts";
export * from "./graphFeatures.ts";
export { fitLinearProbe, type LinearProbe, probePenalties } from "./linearProbe.ts";
export * from "./predictors/index.ts";
