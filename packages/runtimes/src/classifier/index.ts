/** ONNX models that classify images, run on the images of a dataset. */
export * from "./classifier.ts";
export type { ImageShape } from "./input.ts";
export * from "./labels.ts";
export type { ModelDescription } from "./metadata.ts";
