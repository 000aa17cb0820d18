/** The ONNX format: encoding and decoding. */
import protobuf from "protobufjs/light.js";
import { type PackedNumbers, readPacked } from "./packedTensors.ts";

/**
 * ONNX's messages (onnx/onnx.proto3), as far as they are needed to write and read models with tensors of numbers.
 * Fields that are not listed are skipped when reading.
 */

/** Numbers of `TensorProto.DataType`. */
export const dataTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
  float8e4m3fn: 17,
  uint16: 4,
  string: 8,
  uint32: 12,
  uint64: 13,
  float8e4m3fnuz: 18,
  float8e5m2: 19,
  float8e5m2fnuz: 20,
  uint4: 21,
  int4: 22,
} as const;
export type DataType = keyof typeof dataTypes;

/** Numbers of `AttributeProto.AttributeType`. */
export const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 } as const;

export interface TensorProto {
  readonly dims?: readonly number[];
  readonly dataType?: number;
  readonly floatData?: readonly number[];
  readonly int32Data?: readonly number[];
  readonly int64Data?: readonly number[];
  readonly name?: string;
  /** Little-endian. */
  readonly rawData?: Uint8Array;
  readonly doubleData?: readonly number[];
  readonly uint64Data?: readonly number[];
  /** Numbers that have not been unpacked. */
  readonly packed?: PackedNumbers;
  /** Where the numbers lie, if in another file: its name, the first byte, the count of bytes. */
  readonly externalData?: readonly { readonly key?: string; readonly value?: string }[];
  /** 1 where the numbers lie in another file. */
  readonly dataLocation?: number;
}

export interface AttributeProto {
  readonly name: string;
  readonly type?: number;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly t?: TensorProto;
  readonly floats?: readonly number[];
  readonly ints?: readonly number[];
  readonly strings?: readonly Uint8Array[];
  readonly g?: GraphProto;
  readonly sparseTensor?: SparseTensorProto;
  /** In a function: the attribute of the calling node that stands here. */
  readonly refAttrName?: string;
}

/** The numbers of a tensor that are not 0, and where they lie. */
export interface SparseTensorProto {
  readonly values?: TensorProto;
  readonly indices?: TensorProto;
  readonly dims?: readonly number[];
}

export interface NodeProto {
  readonly input?: readonly string[];
  readonly output?: readonly string[];
  readonly name?: string;
  readonly opType: string;
  readonly attribute?: readonly AttributeProto[];
  readonly domain?: string;
  readonly overload?: string;
}

export interface DimensionProto {
  readonly dimValue?: number;
  readonly dimParam?: string;
}

/** A tensor, or what holds tensors. */
export interface TypeProto {
  readonly tensorType?: { readonly elemType?: number; readonly shape?: { readonly dim?: readonly DimensionProto[] } };
  readonly sequenceType?: { readonly elemType?: TypeProto };
  readonly optionalType?: { readonly elemType?: TypeProto };
  readonly mapType?: object;
}

export interface ValueInfoProto {
  readonly name: string;
  readonly type?: TypeProto;
}

export interface GraphProto {
  readonly node?: readonly NodeProto[];
  readonly name?: string;
  readonly initializer?: readonly TensorProto[];
  readonly input?: readonly ValueInfoProto[];
  readonly output?: readonly ValueInfoProto[];
  readonly valueInfo?: readonly ValueInfoProto[];
  readonly sparseInitializer?: readonly SparseTensorProto[];
}

/** Operators that stand for one, written in the model itself. */
export interface FunctionProto {
  readonly name?: string;
  readonly domain?: string;
  readonly overload?: string;
  readonly input?: readonly string[];
  readonly output?: readonly string[];
  readonly node?: readonly NodeProto[];
  readonly opsetImport?: readonly OperatorSetProto[];
  /** Attributes that may be left out, with what they then are. */
  readonly attributeProto?: readonly AttributeProto[];
}

export interface OperatorSetProto {
  readonly domain?: string;
  readonly version?: number;
}

export interface ModelProto {
  readonly irVersion?: number;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly graph?: GraphProto;
  readonly opsetImport?: readonly OperatorSetProto[];
  readonly functions?: readonly FunctionProto[];
  readonly metadataProps?: readonly { readonly key: string; readonly value: string }[];
}

type FieldSpec = readonly [type: string, id: number, rule?: "repeated"];

const message = (fields: Readonly<Record<string, FieldSpec>>) => ({
  fields: Object.fromEntries(Object.entries(fields).map(([name, [type, id, rule]]) => [name, rule ? { type, id, rule } : { type, id }])),
});

const schema = {
  options: { syntax: "proto3" },
  nested: {
    AttributeProto: message({
      name: ["string", 1],
      f: ["float", 2],
      i: ["int64", 3],
      s: ["bytes", 4],
      t: ["TensorProto", 5],
      g: ["GraphProto", 6],
      floats: ["float", 7, "repeated"],
      ints: ["int64", 8, "repeated"],
      strings: ["bytes", 9, "repeated"],
      type: ["int32", 20],
      refAttrName: ["string", 21],
      sparseTensor: ["SparseTensorProto", 22],
    }),
    SparseTensorProto: message({ values: ["TensorProto", 1], indices: ["TensorProto", 2], dims: ["int64", 3, "repeated"] }),
    NodeProto: message({
      input: ["string", 1, "repeated"],
      output: ["string", 2, "repeated"],
      name: ["string", 3],
      opType: ["string", 4],
      attribute: ["AttributeProto", 5, "repeated"],
      domain: ["string", 7],
      overload: ["string", 8],
    }),
    TensorProto: message({
      dims: ["int64", 1, "repeated"],
      dataType: ["int32", 2],
      floatData: ["float", 4, "repeated"],
      int32Data: ["int32", 5, "repeated"],
      int64Data: ["int64", 7, "repeated"],
      name: ["string", 8],
      rawData: ["bytes", 9],
      doubleData: ["double", 10, "repeated"],
      uint64Data: ["uint64", 11, "repeated"],
      externalData: ["StringStringEntryProto", 13, "repeated"],
      dataLocation: ["int32", 14],
    }),
    DimensionProto: message({ dimValue: ["int64", 1], dimParam: ["string", 2] }),
    TensorShapeProto: message({ dim: ["DimensionProto", 1, "repeated"] }),
    TensorTypeProto: message({ elemType: ["int32", 1], shape: ["TensorShapeProto", 2] }),
    // Sparse tensors lie at 8; they are the same tensors.
    TypeProto: message({
      tensorType: ["TensorTypeProto", 1],
      sequenceType: ["HolderTypeProto", 4],
      mapType: ["MapTypeProto", 5],
      sparseTensorType: ["TensorTypeProto", 8],
      optionalType: ["HolderTypeProto", 9],
    }),
    HolderTypeProto: message({ elemType: ["TypeProto", 1] }),
    MapTypeProto: message({ keyType: ["int32", 1] }),
    ValueInfoProto: message({ name: ["string", 1], type: ["TypeProto", 2] }),
    GraphProto: message({
      node: ["NodeProto", 1, "repeated"],
      name: ["string", 2],
      initializer: ["TensorProto", 5, "repeated"],
      input: ["ValueInfoProto", 11, "repeated"],
      output: ["ValueInfoProto", 12, "repeated"],
      valueInfo: ["ValueInfoProto", 13, "repeated"],
      sparseInitializer: ["SparseTensorProto", 15, "repeated"],
    }),
    FunctionProto: message({
      name: ["string", 1],
      input: ["string", 4, "repeated"],
      output: ["string", 5, "repeated"],
      node: ["NodeProto", 7, "repeated"],
      opsetImport: ["OperatorSetIdProto", 9, "repeated"],
      domain: ["string", 10],
      attributeProto: ["AttributeProto", 11, "repeated"],
      overload: ["string", 13],
    }),
    OperatorSetIdProto: message({ domain: ["string", 1], version: ["int64", 2] }),
    StringStringEntryProto: message({ key: ["string", 1], value: ["string", 2] }),
    ModelProto: message({
      irVersion: ["int64", 1],
      producerName: ["string", 2],
      producerVersion: ["string", 3],
      graph: ["GraphProto", 7],
      opsetImport: ["OperatorSetIdProto", 8, "repeated"],
      metadataProps: ["StringStringEntryProto", 14, "repeated"],
      functions: ["FunctionProto", 25, "repeated"],
    }),
  },
};
const modelType = protobuf.Root.fromJSON(schema).lookupType("ModelProto");
const tensorsPacked = protobuf.Root.fromJSON(schema);
readPacked(tensorsPacked.lookupType("TensorProto"));
const packedModelType = tensorsPacked.lookupType("ModelProto");

/** The bytes of an .onnx file. */
export function encodeModel(model: ModelProto): Uint8Array {
  return modelType.encode(modelType.fromObject(model)).finish();
}

/** Reads an .onnx file; fields that are absent stay undefined, repeated ones are empty. @throws Error where the bytes are no protocol buffer. */
export function decodeModel(bytes: Uint8Array): ModelProto {
  return modelType.toObject(modelType.decode(bytes), { longs: Number, arrays: true }) as ModelProto;
}

/** As {@link decodeModel}, but lists of numbers in tensors stay packed: a list would take many times the memory. @throws Error */
export function decodePackedModel(bytes: Uint8Array): ModelProto {
  return packedModelType.toObject(packedModelType.decode(bytes), { longs: Number, arrays: true }) as ModelProto;
}
