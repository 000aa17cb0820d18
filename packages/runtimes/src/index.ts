/**
 * Table of contents of the heavy engines. Importing it loads none of them: onnxruntime and sharp are loaded
 * when a function needs them.
 */
export * from "./datasets/index.ts";
export * from "./local/index.ts";
