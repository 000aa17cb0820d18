/** TensorFlow Lite. */
export { isTflite } from "./model.ts";
export { readTflite } from "./readTflite.ts";
