/** What a run shows beside its front: how the search went, what turned trials away, and which choices of the space matter. */
export * from "./bestOptions.ts";
export * from "./bindingBudgets.ts";
export * from "./choicesJson.ts";
export * from "./gateCounts.ts";
export * from "./hypervolumeCourse.ts";
export * from "./importance.ts";
export * from "./lineage.ts";
