/** Peak memory: the schedule that needs least, and where each tensor lies in the arena. */
export { type MemoryOptions, type MemoryPlan, type PlannedBuffer, planMemory } from "./plan.ts";
export { im2colScratch, type ScratchRule } from "./scratch.ts";
