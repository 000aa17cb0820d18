/** Writes TensorFlow Lite models, for tests: tensors, operators with their options, one sub-graph. */
import { Builder } from "flatbuffers";
import { customCode, fileIdentifier, operatorNames, slots, typeNames } from "./schema.ts";

export interface TensorSpec {
  readonly name?: string;
  /** Axes of the file: images are [N, H, W, C]. */
  readonly shape: readonly number[];
  /** −1 for sizes that are left open. */
  readonly signature?: readonly number[];
  /** A name of `typeNames`; by default INT8. */
  readonly type?: string;
  /** Little-endian. */
  readonly data?: Uint8Array;
  /** A buffer that another tensor has: see `bufferOf`. */
  readonly buffer?: number;
  readonly scale?: readonly number[];
  readonly zeroPoint?: readonly number[];
  /** The axis of several scales. */
  readonly dimension?: number;
  readonly variable?: boolean;
  readonly sparse?: boolean;
}

/** One field of an options table. */
export type OptionField =
  | { readonly slot: number; readonly byte: number }
  | { readonly slot: number; readonly int: number }
  | { readonly slot: number; readonly float: number }
  | { readonly slot: number; readonly ints: readonly number[] };

/** Numbers of the tables in the union `BuiltinOptions`. */
export const optionTables = {
  conv2d: 1,
  depthwiseConv2d: 2,
  pool2d: 5,
  svdf: 6,
  fullyConnected: 8,
  softmax: 9,
  concatenation: 10,
  add: 11,
  lstm: 14,
  reshape: 17,
  spaceToDepth: 19,
  mul: 21,
  pad: 22,
  gather: 23,
  transpose: 26,
  reducer: 27,
  squeeze: 30,
  stridedSlice: 32,
  split: 35,
  pack: 59,
  while: 93,
  batchMatMul: 101,
} as const;

export interface OperatorSpec {
  readonly type: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options?: { readonly table: keyof typeof optionTables; readonly fields: readonly OptionField[] };
  readonly custom?: boolean;
}

export interface GraphSpec {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly operators: readonly OperatorSpec[];
}

/** The lowest version of an operator that takes int8; interpreters refuse wrong ones. 1 for those that are not listed. */
const versions: Readonly<Record<string, number>> = {
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 3,
  FULLY_CONNECTED: 4,
  AVERAGE_POOL_2D: 2,
  MAX_POOL_2D: 2,
  SOFTMAX: 2,
  ADD: 2,
  MUL: 2,
  MEAN: 2,
  PAD: 2,
};

/** What kernels load with wide instructions must lie at multiples of it. */
const bufferAlignment = 16;
/** Operators of later schemas have no number of 8 bits; this one stands for them. */
const placeholderCode = 127;

/** Collects tensors and operators, then writes them. Tensors are known by their index. */
export class TfliteWriter {
  readonly #tensors: TensorSpec[] = [];
  readonly #buffers: Uint8Array[] = [new Uint8Array()];
  readonly #bufferOf: number[] = [];
  readonly #operators: OperatorSpec[] = [];

  tensor(spec: TensorSpec): number {
    this.#bufferOf.push(spec.buffer ?? (spec.data ? this.#buffers.push(spec.data) - 1 : 0));
    return this.#tensors.push(spec) - 1;
  }

  /** Whole numbers such as a shape or axes. */
  int32s(values: readonly number[], name = "numbers"): number {
    return this.tensor({ name, shape: [values.length], type: "INT32", data: new Uint8Array(Int32Array.from(values).buffer) });
  }

  /** The buffer of a tensor, for another one to share. */
  bufferOf(tensor: number): number {
    return this.#bufferOf[tensor] ?? 0;
  }

  shape(tensor: number): readonly number[] {
    const spec = this.#tensors[tensor];
    if (!spec) throw new RangeError(`there is no tensor ${tensor}`);
    return spec.shape;
  }

  operator(spec: OperatorSpec): void {
    this.#operators.push(spec);
  }

  /** The bytes of the file. @param otherGraphs inputs and outputs of further graphs, which have the same tensors and their own operators. */
  write(inputs: readonly number[], outputs: readonly number[], otherGraphs: readonly GraphSpec[] = []): Uint8Array {
    const b = new Builder(1024);
    const specs = [{ inputs, outputs, operators: this.#operators }, ...otherGraphs];
    const codeOf = ({ type, custom }: OperatorSpec) => `${custom ? "custom" : ""} ${type}`;
    const codes = [...new Set(specs.flatMap(({ operators }) => operators.map(codeOf)))];
    const buffers = this.#buffers.map((data) => {
      const bytes = data.length > 0 ? this.#aligned(b, data) : 0;
      return table(b, 1, (field) => field.offset(slots.buffer.data, bytes));
    });
    const tensors = this.#tensors.map((tensor, i) => this.#writeTensor(b, tensor, i));
    const graphs = specs.map((spec) => {
      const operators = spec.operators.map((operator) => writeOperator(b, operator, codes.indexOf(codeOf(operator))));
      const [ins, outs] = [ints(b, spec.inputs), ints(b, spec.outputs)];
      const [tensorList, operatorList] = [offsets(b, tensors), offsets(b, operators)];
      return table(b, 5, (field) => {
        field.offset(slots.subgraph.tensors, tensorList);
        field.offset(slots.subgraph.inputs, ins);
        field.offset(slots.subgraph.outputs, outs);
        field.offset(slots.subgraph.operators, operatorList);
      });
    });
    const graphList = offsets(b, graphs);
    const codeList = offsets(
      b,
      codes.map((code) => writeCode(b, code)),
    );
    const bufferList = offsets(b, buffers);
    const description = b.createString("written for a test");
    const root = table(b, 5, (field) => {
      field.int(slots.model.version, 3);
      field.offset(slots.model.operatorCodes, codeList);
      field.offset(slots.model.subgraphs, graphList);
      field.offset(slots.model.description, description);
      field.offset(slots.model.buffers, bufferList);
    });
    b.finish(root, fileIdentifier);
    return b.asUint8Array();
  }

  #aligned(b: Builder, data: Uint8Array): number {
    b.startVector(1, data.length, bufferAlignment);
    for (let i = data.length - 1; i >= 0; i--) b.addInt8(data[i] as number);
    return b.endVector();
  }

  #writeTensor(b: Builder, spec: TensorSpec, index: number): number {
    const { tensor, quantization } = slots;
    const name = b.createString(spec.name ?? `tensor_${index}`);
    const [shape, signature] = [ints(b, spec.shape), spec.signature ? ints(b, spec.signature) : 0];
    const scales = spec.scale ? floats(b, spec.scale) : 0;
    const zeroPoints = spec.scale ? longs(b, spec.zeroPoint ?? spec.scale.map(() => 0)) : 0;
    const quantized = spec.scale
      ? table(b, 7, (field) => {
          field.offset(quantization.scale, scales);
          field.offset(quantization.zeroPoint, zeroPoints);
          field.int(quantization.dimension, spec.dimension ?? 0);
        })
      : 0;
    const sparsity = spec.sparse ? table(b, 3, () => undefined) : 0;
    return table(b, 9, (field) => {
      field.offset(tensor.shape, shape);
      field.byte(tensor.type, typeNames.indexOf(spec.type ?? "INT8"));
      field.int(tensor.buffer, this.#bufferOf[index] ?? 0);
      field.offset(tensor.name, name);
      field.offset(tensor.quantization, quantized);
      if (spec.variable) field.byte(tensor.isVariable, 1);
      field.offset(tensor.sparsity, sparsity);
      field.offset(tensor.signature, signature);
      field.byte(tensor.hasRank, 1);
    });
  }
}

interface Fields {
  byte(slot: number, value: number): void;
  int(slot: number, value: number): void;
  float(slot: number, value: number): void;
  /** Leaves the field out where the offset is 0. */
  offset(slot: number, offset: number): void;
}

function table(b: Builder, size: number, fill: (fields: Fields) => void): number {
  b.startObject(size);
  fill({
    byte: (slot, value) => b.addFieldInt8(slot, value, 0),
    int: (slot, value) => b.addFieldInt32(slot, value, 0),
    float: (slot, value) => b.addFieldFloat32(slot, value, 0),
    offset: (slot, offset) => b.addFieldOffset(slot, offset, 0),
  });
  return b.endObject();
}

/** A list is written from its end. */
function list<T>(b: Builder, bytes: number, values: readonly T[], add: (value: T) => void): number {
  b.startVector(bytes, values.length, bytes);
  for (const value of [...values].reverse()) add(value);
  return b.endVector();
}

const ints = (b: Builder, values: readonly number[]) => list(b, 4, values, (value) => b.addInt32(value));
const floats = (b: Builder, values: readonly number[]) => list(b, 4, values, (value) => b.addFloat32(value));
const longs = (b: Builder, values: readonly number[]) => list(b, 8, values, (value) => b.addInt64(BigInt(value)));
const offsets = (b: Builder, values: readonly number[]) => list(b, 4, values, (value) => b.addOffset(value));

function writeCode(b: Builder, code: string): number {
  const { operatorCode } = slots;
  const [kind, ...words] = code.split(" ");
  const type = words.join(" ");
  const custom = kind === "custom" ? b.createString(type) : 0;
  const number = custom === 0 ? operatorNames.indexOf(type) : customCode;
  if (number === -1) throw new RangeError(`the schema has no operator ${type}`);
  return table(b, 4, (field) => {
    field.byte(operatorCode.deprecatedCode, Math.min(number, placeholderCode));
    field.offset(operatorCode.custom, custom);
    b.addFieldInt32(operatorCode.version, versions[type] ?? 1, 1);
    field.int(operatorCode.code, number);
  });
}

function writeOperator(b: Builder, { inputs, outputs, options }: OperatorSpec, code: number): number {
  const { operator } = slots;
  const [ins, outs] = [ints(b, inputs), ints(b, outputs)];
  const written = options ? writeOptions(b, options.fields) : 0;
  return table(b, 5, (field) => {
    field.int(operator.code, code);
    field.offset(operator.inputs, ins);
    field.offset(operator.outputs, outs);
    if (options) field.byte(operator.optionsType, optionTables[options.table]);
    field.offset(operator.options, written);
  });
}

function writeOptions(b: Builder, fields: readonly OptionField[]): number {
  const lists = fields.map((field) => ("ints" in field ? ints(b, field.ints) : 0));
  return table(b, 12, (table) => {
    fields.forEach((field, i) => {
      if ("byte" in field) table.byte(field.slot, field.byte);
      else if ("int" in field) table.int(field.slot, field.int);
      else if ("float" in field) table.float(field.slot, field.float);
      else table.offset(field.slot, lists[i] as number);
    });
  });
}
