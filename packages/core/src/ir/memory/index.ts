/** Peak memory: the schedule that needs least, and where each tensor lies in the arena. */
export { type Layout, layouts, type MemoryOptions, type SharedKind, sharedKinds } from "./options.ts";
export { type LiveTensor, type MemoryPlan, type Peak, type PlannedBuffer, type PlannedView, peakTensors, planMemory } from "./plan.ts";
export { im2colScratch, type ScratchRule } from "./scratch.ts";
