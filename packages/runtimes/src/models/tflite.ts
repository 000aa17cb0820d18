/** TensorFlow Lite models. */
import { foldedOperators } from "../tflite/fold.ts";
import { isTflite, readTflite } from "../tflite/index.ts";
import { customRules, readRules } from "../tflite/rules/index.ts";
import type { ModelFormat } from "./types.ts";

export const tfliteFormat: ModelFormat = {
  name: "TensorFlow Lite",
  ending: /\.(tflite|lite)$/i,
  looksLike: isTflite,
  read: readTflite,
  operators: [...new Set([...readRules.keys(), ...foldedOperators, ...customRules.keys()])],
};
