/** Search spaces: which architectures there are and which network each stands for. */
export * from "./types.ts";
