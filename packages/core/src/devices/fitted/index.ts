/** Fitted devices: known by about ten measurements and a latency model that learned from other devices. */
export * from "./describeSpace.ts";
export * from "./device.ts";
