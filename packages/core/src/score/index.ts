/** What can be seen of a network's score before it is trained. */
export * from "./graphFeatures.ts";
