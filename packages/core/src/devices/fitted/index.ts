/** Fitted devices: known by about ten measurements, of search spaces and of files. */
export * from "./describeSpace.ts";
export * from "./device.ts";
export { currentDevice, type FittedDeviceV1, parseFittedDevice } from "./stored.ts";
export type * from "./types.ts";
