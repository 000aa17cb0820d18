/** Formats of model files. */
import { InputError } from "@archwright/core/base";
import { onnxFormat } from "./onnx.ts";
import { otherFile } from "./otherFile.ts";
import { tfliteFormat } from "./tflite.ts";
import type { ModelFormat, ReadModel, ReadOptions } from "./types.ts";

export type * from "./types.ts";

/** Every format that is read. */
export const modelFormats: readonly ModelFormat[] = [onnxFormat, tfliteFormat];

/** Whether a path is named like a model. */
export function namesModel(path: string): boolean {
  return modelFormats.some(({ ending }) => ending.test(path));
}

/**
 * The network of a model file: its operators, shapes and number formats, without the numbers of its weights.
 * @param file what errors call the model.
 * @throws InputError where the bytes are no model of a known format, or one that cannot be read.
 */
export function readModel(bytes: Uint8Array, file: string, options: ReadOptions = {}): ReadModel {
  const format = modelFormats.find(({ ending }) => ending.test(file)) ?? modelFormats.find((known) => known.looksLike(bytes));
  if (!format) {
    const known = otherFile(bytes);
    throw new InputError(known ? `this is no model: ${known.what}` : "this is no model", {
      place: { file },
      expected: `a model of the format ${modelFormats.map(({ name }) => name).join(" or ")}`,
      advice: known?.advice,
    });
  }
  return format.read(bytes, file, options);
}
