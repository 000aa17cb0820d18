/** The numbers of stored tensors. */
import { dataTypes, type TensorProto } from "./proto.ts";

/** A tensor's numbers, of a model whose tensors stay packed; undefined for what is no float32, or lies outside of the file. */
export function tensorFloats({ dataType, rawData, packed, dataLocation }: TensorProto): Float32Array | undefined {
  if (dataType !== dataTypes.float32 || dataLocation === 1) return undefined;
  const bytes = rawData?.length ? rawData : packed?.coding === "float32" ? packed.bytes : undefined;
  if (bytes === undefined || bytes.length % 4 !== 0) return undefined;
  // Copied, because a float32 array must begin at a multiple of four bytes.
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
