/** What several seeds tell of a front: means with their spread, and which differences mean something. */
export * from "./differences.ts";
export * from "./shownStanding.ts";
export * from "./wording.ts";
