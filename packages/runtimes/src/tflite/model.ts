/** A TensorFlow Lite model as its file says it is: operators and tensors. */
import type { Shape } from "@archwright/core/ir";
import { customCode, fileIdentifier, operatorNames, slots, typeNames } from "./schema.ts";
import { DamagedFile, Table } from "./table.ts";

/** Axes of a tensor are as in the file: images are [N, H, W, C]. */
export interface TfliteTensor {
  /** Without control characters; several tensors may have the same. */
  readonly name: string;
  /** Sizes that are left open are 1 here and −1 in `signature`. */
  readonly shape: Shape;
  readonly signature: Shape;
  /** False where neither the rank nor the sizes are known. */
  readonly ranked: boolean;
  /** A name of `typeNames`, or the number of one that is not known. */
  readonly type: string;
  /** Which of the model's buffers holds its numbers: the same one for tensors that share them. Negative for those in other files. */
  readonly buffer: number;
  /** The numbers where they lie in the file; empty for numbers in another place. */
  readonly data: Uint8Array;
  /** Whether its numbers are stored, in the file or beside it. */
  readonly stored: boolean;
  /** Whether what it holds lasts from one run to the next. */
  readonly variable: boolean;
  /** Whether only numbers other than zero are stored. */
  readonly sparse: boolean;
  /** Real value = scale · (number − zero point); undefined where it has no or several scales. */
  readonly quantization: { readonly scale: number; readonly zeroPoint: number } | undefined;
}

export interface TfliteOperator {
  /** What the schema calls it, or what the file calls a custom one. */
  readonly type: string;
  readonly custom: boolean;
  /** Indices of tensors; −1 where an optional one is left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: Table | undefined;
}

export interface TfliteGraph {
  readonly tensors: readonly TfliteTensor[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** In the order in which they run. */
  readonly operators: readonly TfliteOperator[];
}

export interface TfliteModel {
  /** The first is the main one; operators may run others. */
  readonly graphs: readonly [TfliteGraph, ...TfliteGraph[]];
}

/** More inputs than the operators of any model have, and more operators and tensors than any model. */
const mostOperands = 4096;
const mostOperators = 50_000;
const mostTensors = 200_000;
/** More axes than any operator takes. */
const mostAxes = 16;

/** Bytes that a table takes at least, with its lists. */
const leastBytes = { subgraph: 16, operator: 32, tensor: 20, code: 8, buffer: 4 } as const;

interface StoredBytes {
  readonly data: Uint8Array;
  readonly elsewhere: boolean;
}

function readBuffer(buffer: Table): StoredBytes {
  const { data, offset, size } = slots.buffer;
  return { data: buffer.bytes(data), elsewhere: buffer.int64(offset) > 1 && buffer.int64(size) > 0 };
}

function readQuantization(table: Table | undefined): TfliteTensor["quantization"] {
  if (!table) return undefined;
  const [scales, zeroPoints] = [table.float32s(slots.quantization.scale), table.int64s(slots.quantization.zeroPoint)];
  const [scale] = scales;
  return scale === undefined || scales.length > 1 ? undefined : { scale, zeroPoint: zeroPoints[0] ?? 0 };
}

function readTensor(table: Table, buffers: readonly StoredBytes[]): TfliteTensor {
  const { tensor } = slots;
  const type = table.int8(tensor.type);
  const sizes = table.int32s(tensor.shape);
  // Some files say in the shape itself which sizes are open.
  const shape = sizes.map((size) => (size === -1 ? 1 : size));
  const signature = table.has(tensor.signature) ? table.int32s(tensor.signature) : sizes;
  if (signature.length !== shape.length && signature.length > 0)
    throw new DamagedFile(`a tensor has the shape [${shape.join(", ")}] and the signature [${signature.join(", ")}]`);
  if (shape.length > mostAxes) throw new DamagedFile(`a tensor has ${shape.length} axes`);
  const buffer = table.uint32(tensor.buffer);
  const held = buffers[buffer];
  const external = table.uint32(tensor.external);
  const data = held?.data ?? new Uint8Array();
  return {
    name: table.text(tensor.name),
    shape,
    signature,
    ranked: shape.length > 0 || table.bool(tensor.hasRank),
    type: typeNames[type] ?? `${type}`,
    buffer: external === 0 ? buffer : -external,
    data,
    stored: data.length > 0 || held?.elsewhere === true || external !== 0,
    variable: table.bool(tensor.isVariable),
    sparse: table.has(tensor.sparsity),
    quantization: readQuantization(table.table(tensor.quantization)),
  };
}

/** The code of an operator; files before schema version 3a have only one of 8 bits. */
function readCode(table: Table): Pick<TfliteOperator, "type" | "custom"> {
  const { deprecatedCode, code, custom } = slots.operatorCode;
  const number = Math.max(table.int8(deprecatedCode), table.int32(code));
  if (number === customCode) return { type: table.text(custom) || "CUSTOM", custom: true };
  return { type: operatorNames[number] ?? `operator ${number}`, custom: false };
}

function readGraph(table: Table, codes: readonly Pick<TfliteOperator, "type" | "custom">[], buffers: readonly StoredBytes[]): TfliteGraph {
  const { subgraph, operator } = slots;
  const tensorTables = table.tables(subgraph.tensors, leastBytes.tensor);
  const operatorTables = table.tables(subgraph.operators, leastBytes.operator);
  if (tensorTables.length > mostTensors || operatorTables.length > mostOperators)
    throw new DamagedFile(`it lists ${operatorTables.length} operators and ${tensorTables.length} tensors`);
  const tensors = tensorTables.map((tensor) => readTensor(tensor, buffers));
  const indices = (list: readonly number[], least: 0 | -1) => {
    for (const index of list)
      if (index < least || index >= tensors.length) throw new DamagedFile(`it lists tensor ${index} of ${tensors.length}`);
    return list;
  };
  const operators = operatorTables.map((one, i): TfliteOperator => {
    const code = codes[one.uint32(operator.code)];
    if (!code) throw new DamagedFile(`operator ${i} has code ${one.uint32(operator.code)} of ${codes.length}`);
    const inputs = indices(one.int32s(operator.inputs), -1);
    const outputs = indices(one.int32s(operator.outputs), 0);
    if (inputs.length > mostOperands || outputs.length > mostOperands)
      throw new DamagedFile(`operator ${i} has ${inputs.length} inputs and ${outputs.length} outputs`);
    return { ...code, inputs, outputs, options: one.table(operator.options) };
  });
  return { tensors, inputs: indices(table.int32s(subgraph.inputs), 0), outputs: indices(table.int32s(subgraph.outputs), 0), operators };
}

/** Whether a file says of itself that it is of this format. */
export function isTflite(bytes: Uint8Array): boolean {
  return [...fileIdentifier].every((letter, i) => bytes[4 + i] === letter.charCodeAt(0));
}

/** @throws DamagedFile where the bytes are no such model */
export function decodeTflite(bytes: Uint8Array): TfliteModel {
  if (!isTflite(bytes)) throw new DamagedFile(`its bytes 4 to 7 are not '${fileIdentifier}'`);
  const { model } = slots;
  const root = Table.root(bytes);
  const codes = root.tables(model.operatorCodes, leastBytes.code).map(readCode);
  const buffers = root.tables(model.buffers, leastBytes.buffer).map(readBuffer);
  const [main, ...others] = root.tables(model.subgraphs, leastBytes.subgraph).map((graph) => readGraph(graph, codes, buffers));
  if (!main) throw new DamagedFile("it holds no graph");
  if (main.outputs.length === 0) throw new DamagedFile("its graph has no output");
  return { graphs: [main, ...others] };
}
