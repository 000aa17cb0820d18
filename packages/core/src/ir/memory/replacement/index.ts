/** A scratchpad below the peak, with main memory behind it: the least bytes moved between the two. */
export { largestWorkingSet, planTraffic, type TrafficOptions, type TrafficPlan } from "./planTraffic.ts";
export type { OutputPlace, TrafficStep } from "./steps.ts";
export { graphOfPlan } from "./views.ts";
