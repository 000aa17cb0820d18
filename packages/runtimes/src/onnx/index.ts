/** ONNX: models written from networks, networks read from models, and the format itself. */
export * from "./batchSize.ts";
export * from "./exportModel.ts";
export * from "./graphBuilder.ts";
export * from "./modelMetadata.ts";
export type { AttributeProto, DataType, DimensionProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from "./proto.ts";
export { attributeTypes, dataTypes, decodeModel, encodeModel } from "./proto.ts";
export { readOnnx } from "./read/readOnnx.ts";
