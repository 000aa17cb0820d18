/** ONNX models. */
import { readOnnx } from "../onnx/index.ts";
import { readRules } from "../onnx/read/rules.ts";
import type { ModelFormat } from "./types.ts";

export const onnxFormat: ModelFormat = {
  name: "ONNX",
  ending: /\.onnx$/i,
  // A protocol buffer whose first field is the version of the format.
  looksLike: (bytes) => bytes[0] === 0x08,
  read: (bytes, file) => ({ network: readOnnx(bytes, file), unread: [], notes: [] }),
  operators: [...readRules.keys()],
};
