/** Peak memory: the schedule that needs least, and where each tensor lies in the arena; below the peak, the least traffic to main memory. */
export { type Layout, layouts, type MemoryOptions, type SharedKind, sharedKinds } from "./options.ts";
export { type LiveTensor, type MemoryPlan, type Peak, type PlannedBuffer, type PlannedView, peakTensors, planMemory } from "./plan.ts";
export {
  largestWorkingSet,
  type OutputPlace,
  planTraffic,
  type TrafficOptions,
  type TrafficPlan,
  type TrafficStep,
} from "./replacement/index.ts";
export { im2colScratch, type ScratchRule } from "./scratch.ts";
