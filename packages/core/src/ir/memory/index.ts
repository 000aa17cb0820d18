/** Peak memory: the schedule that needs least, and where each tensor lies in the arena. */
export type { MemoryOptions } from "./options.ts";
export { type MemoryPlan, type PlannedBuffer, planMemory } from "./plan.ts";
export { im2colScratch, type ScratchRule } from "./scratch.ts";
