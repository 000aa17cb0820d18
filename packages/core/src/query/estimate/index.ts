/** What a network costs on a device, in detail: what command line and page show of an estimate. */
export * from "./costPicture.ts";
export * from "./costSvg.ts";
export * from "./networkSummary.ts";
export * from "./operatorCosts.ts";
export * from "./peakMemory.ts";
