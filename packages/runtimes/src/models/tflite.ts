/** TensorFlow Lite models. */
import { isTflite, readTflite } from "../tflite/index.ts";
import { customRules, readRules } from "../tflite/rules/index.ts";
import type { ModelFormat } from "./types.ts";

export const tfliteFormat: ModelFormat = {
  name: "TensorFlow Lite",
  ending: /\.(tflite|lite)$/i,
  looksLike: isTflite,
  read: readTflite,
  operators: [...readRules.keys(), ...customRules.keys()],
};
