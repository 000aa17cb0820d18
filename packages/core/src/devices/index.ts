/** Devices: their profiles, and the cost models that say what a network costs on them. */
export * from "./types.ts";
