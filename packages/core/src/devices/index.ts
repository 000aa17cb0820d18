/** Devices: their profiles, and the cost models that say what a network costs on them. */
export * from "./analytic.ts";
export * from "./budgets.ts";
export * from "./planner.ts";
export * from "./profile.ts";
export * from "./profileGaps.ts";
export { checkDeviceName, deviceProfileJsonSchema, parseDeviceProfile } from "./profileSchema.ts";
export * from "./runtimes.ts";
export * from "./tables/index.ts";
export * from "./types.ts";
