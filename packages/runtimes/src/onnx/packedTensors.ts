/** Decodes tensors of ONNX files without unpacking their numbers. */
import protobuf from "protobufjs/light.js";

/** How the numbers of a list are written: of fixed size, or of as many bytes as they need. */
type Coding = "float32" | "float64" | "varint";

/** Numbers as they lie in the file. */
export interface PackedNumbers {
  readonly coding: Coding;
  readonly bytes: Uint8Array;
}

interface DecodedTensor {
  dims: number[];
  dataType?: number;
  name?: string;
  rawData?: Uint8Array;
  dataLocation?: number;
  externalData: { key?: string; value?: string }[];
  packed?: PackedNumbers;
}

const sizes = { float32: 4, float64: 8 } as const;

/** Which fields of TensorProto hold numbers (onnx/onnx.proto3). */
const lists: ReadonlyMap<number, Coding> = new Map([
  [4, "float32"],
  [5, "varint"],
  [7, "varint"],
  [10, "float64"],
  [11, "varint"],
]);

const wire = { varint: 0, fixed64: 1, length: 2, fixed32: 5 } as const;

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function dims(reader: protobuf.Reader, wireType: number, into: number[]): void {
  const read = () => into.push(Number(reader.int64()));
  if (wireType !== wire.length) read();
  else for (const end = reader.uint32() + reader.pos; reader.pos < end; ) read();
}

function entry(bytes: Uint8Array): { key?: string; value?: string } {
  const reader = protobuf.Reader.create(bytes);
  const found: { key?: string; value?: string } = {};
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) found.key = reader.string();
    else if (tag === 18) found.value = reader.string();
    else reader.skipType(tag & 7);
  }
  return found;
}

/** Reads one tensor, as far as its message goes. */
function decode(reader: protobuf.Reader, length: number): DecodedTensor {
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError("a tensor is longer than the file");
  const tensor: DecodedTensor = { dims: [], externalData: [] };
  const parts: Uint8Array[] = [];
  let coding: Coding | undefined;
  while (reader.pos < end) {
    const tag = reader.uint32();
    const [field, wireType] = [tag >>> 3, tag & 7];
    const list = lists.get(field);
    if (
      list &&
      (wireType === wire.length || wireType === (list === "float32" ? wire.fixed32 : list === "float64" ? wire.fixed64 : wire.varint))
    ) {
      coding = list;
      const from = reader.pos;
      if (wireType === wire.length) parts.push(reader.bytes());
      else {
        reader.skipType(wireType);
        parts.push(reader.buf.subarray(from, reader.pos));
      }
    } else if (field === 1 && (wireType === wire.varint || wireType === wire.length)) dims(reader, wireType, tensor.dims);
    else if (field === 2 && wireType === wire.varint) tensor.dataType = reader.int32();
    else if (field === 8 && wireType === wire.length) tensor.name = reader.string();
    else if (field === 9 && wireType === wire.length) tensor.rawData = reader.bytes();
    else if (field === 13 && wireType === wire.length) tensor.externalData.push(entry(reader.bytes()));
    else if (field === 14 && wireType === wire.varint) tensor.dataLocation = reader.int32();
    else reader.skipType(wireType);
  }
  if (reader.pos !== end) throw new RangeError("a tensor is cut off");
  if (coding && parts.length > 0) tensor.packed = { coding, bytes: joined(parts) };
  return tensor;
}

/** Makes a message type of protobufjs read tensors so. */
export function readPacked(type: protobuf.Type): void {
  type.decode = ((reader: protobuf.Reader, length: number) => decode(reader, length)) as unknown as typeof type.decode;
  type.toObject = ((tensor: DecodedTensor) => tensor) as unknown as typeof type.toObject;
}

/** How many numbers are packed. */
export function packedCount({ coding, bytes }: PackedNumbers): number {
  if (coding !== "varint") return Math.floor(bytes.length / sizes[coding]);
  let count = 0;
  for (const byte of bytes) if (byte < 128) count++;
  return count;
}

/** Reads the numbers one by one, in order, until `visit` has seen enough and says so. Varints are signed numbers of 64 bits. */
export function visitPacked({ coding, bytes }: PackedNumbers, visit: (value: number) => boolean): void {
  if (coding === "varint") {
    const reader = protobuf.Reader.create(bytes);
    while (reader.pos < reader.len) if (!visit(Number(reader.int64()))) return;
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = sizes[coding];
  for (let at = 0; at + size <= bytes.length; at += size)
    if (!visit(coding === "float32" ? view.getFloat32(at, true) : view.getFloat64(at, true))) return;
}
