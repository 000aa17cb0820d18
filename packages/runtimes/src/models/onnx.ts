/** ONNX models. */
import { readOnnx } from "../onnx/index.ts";
import { readRules } from "../onnx/read/rules/table.ts";
import type { ModelFormat } from "./types.ts";

export const onnxFormat: ModelFormat = {
  name: "ONNX",
  ending: /\.onnx$/i,
  // A protocol buffer whose first field is the version of the format.
  looksLike: (bytes) => bytes[0] === 0x08,
  read: readOnnx,
  operators: Object.entries(readRules).flatMap(([domain, rules]) =>
    Object.keys(rules).map((type) => (domain === "" ? type : `${domain}.${type}`)),
  ),
};
