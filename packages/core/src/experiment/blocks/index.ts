/** The numbers of trials as columns, in blocks: how they are packed, kept and read. */
export * from "./blockBytes.ts";
export * from "./trialBlock.ts";
