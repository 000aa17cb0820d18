/** Number formats of ONNX's data types. */
import type { NumberFormat } from "@archwright/core/ir";
import { type DataType, dataTypes } from "../../proto.ts";

/**
 * What a network keeps numbers of a type in. Indices of 64 bits are kept in 32, as devices keep them; so are float64 numbers, which
 * no device that is estimated computes with. Text has no format.
 */
const formats: { readonly [D in DataType]: NumberFormat | undefined } = {
  float32: "float32",
  float64: "float32",
  float16: "float16",
  bfloat16: "bfloat16",
  float8e4m3fn: "float8",
  float8e4m3fnuz: "float8",
  float8e5m2: "float8",
  float8e5m2fnuz: "float8",
  int64: "int32",
  uint64: "int32",
  int32: "int32",
  uint32: "int32",
  int16: "int16",
  uint16: "int16",
  int8: "int8",
  uint8: "uint8",
  bool: "uint8",
  int4: "int4",
  uint4: "int4",
  string: undefined,
};

const byNumber = new Map<number, NumberFormat | undefined>(
  (Object.keys(dataTypes) as DataType[]).map((name) => [dataTypes[name], formats[name]]),
);

/** Of a number of `TensorProto.DataType`; float32 where it is left out or unknown. */
export function formatOf(dataType: number | undefined): NumberFormat {
  return byNumber.get(dataType ?? 0) ?? "float32";
}

export const isText = (dataType: number | undefined) => dataType === dataTypes.string;

const integers: ReadonlySet<number> = new Set(
  (["uint8", "int8", "int16", "uint16", "int32", "int64", "uint32", "uint64", "bool", "int4", "uint4"] as const).map(
    (name) => dataTypes[name],
  ),
);

/** Whether a number of `TensorProto.DataType` stands for whole numbers. */
export const isIntegerType = (dataType: number | undefined) => integers.has(dataType ?? 0);

export const isFloatFormat = (format: NumberFormat) => /float/.test(format);
