/** Stored tensors of an ONNX model. */
import { elementCount, type Shape } from "@archwright/core/ir";
import { dataTypes, type TensorProto } from "../proto.ts";

/** Only tensors of at most so many numbers are read number by number: shapes, axes, bounds. */
const mostValues = 1024;

const integerTypes: ReadonlySet<number> = new Set([
  dataTypes.uint8,
  dataTypes.int8,
  dataTypes.int16,
  dataTypes.int32,
  dataTypes.int64,
  dataTypes.bool,
]);
/** Whether a number of `TensorProto.DataType` stands for whole numbers. */
export const isIntegerType = (dataType: number | undefined) => integerTypes.has(dataType ?? 0);

/** IEEE 754 binary16. */
function float16(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The shortest decimal number that is the same in float32: 1e-5 is kept as 0.000009999999747378752. */
export function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}

type RawReader = readonly [bytes: number, read: (view: DataView, at: number) => number];
const rawReaders: ReadonlyMap<number, RawReader> = new Map<number, RawReader>([
  [dataTypes.float32, [4, (view, at) => shortest(view.getFloat32(at, true))]],
  [dataTypes.float64, [8, (view, at) => view.getFloat64(at, true)]],
  [dataTypes.float16, [2, (view, at) => float16(view.getUint16(at, true))]],
  [dataTypes.uint8, [1, (view, at) => view.getUint8(at)]],
  [dataTypes.bool, [1, (view, at) => view.getUint8(at)]],
  [dataTypes.int8, [1, (view, at) => view.getInt8(at)]],
  [dataTypes.int16, [2, (view, at) => view.getInt16(at, true)]],
  [dataTypes.int32, [4, (view, at) => view.getInt32(at, true)]],
  [dataTypes.int64, [8, (view, at) => Number(view.getBigInt64(at, true))]],
]);

/** The numbers of a tensor as they are written, however many there are. */
interface Numbers {
  readonly count: number;
  at(i: number): number;
  same(i: number, j: number): boolean;
}

function numbersOf(tensor: TensorProto): Numbers | undefined {
  const { rawData, dataType = 0 } = tensor;
  if (tensor.dataLocation === 1) return undefined;
  if (rawData && rawData.length > 0) {
    const [bytes, read] = rawReaders.get(dataType) ?? [];
    if (bytes === undefined || read === undefined) return undefined;
    const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
    const same = (i: number, j: number) => {
      for (let k = 0; k < bytes; k++) if (rawData[i * bytes + k] !== rawData[j * bytes + k]) return false;
      return true;
    };
    return { count: Math.floor(rawData.length / bytes), at: (i) => read(view, i * bytes), same };
  }
  const listed = [tensor.floatData, tensor.int64Data, tensor.int32Data, tensor.doubleData].find((list) => list && list.length > 0) ?? [];
  const decode = (value: number) =>
    dataType === dataTypes.float16 ? float16(value) : dataType === dataTypes.float32 ? shortest(value) : value;
  return { count: listed.length, at: (i) => decode(listed[i] as number), same: (i, j) => listed[i] === listed[j] };
}

/** A tensor whose numbers do not depend on the model's input: weights, shapes, bounds. */
export class StoredTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly integer: boolean;
  readonly #values: () => readonly number[] | undefined;
  readonly #uniform: () => number | undefined;

  private constructor(
    name: string,
    shape: Shape,
    integer: boolean,
    values: () => readonly number[] | undefined,
    uniform: () => number | undefined,
  ) {
    this.name = name;
    this.shape = shape;
    this.integer = integer;
    this.#values = values;
    this.#uniform = uniform;
  }

  static read(tensor: TensorProto, name = tensor.name ?? ""): StoredTensor {
    const shape = tensor.dims ?? [];
    const count = elementCount(shape);
    const numbers = numbersOf(tensor);
    const whole = numbers?.count === count ? numbers : undefined;
    const values = () => (whole && count <= mostValues ? Array.from({ length: count }, (_, i) => whole.at(i)) : undefined);
    const uniform = () => {
      if (!whole || count === 0) return undefined;
      for (let i = 1; i < count; i++) if (!whole.same(0, i)) return undefined;
      return whole.at(0);
    };
    return new StoredTensor(name, shape, isIntegerType(tensor.dataType), values, uniform);
  }

  static of(name: string, shape: Shape, values: readonly number[], integer: boolean): StoredTensor {
    const uniform = () => (values.length > 0 && values.every((value) => value === values[0]) ? values[0] : undefined);
    return new StoredTensor(name, shape, integer, () => values, uniform);
  }

  static filled(name: string, shape: Shape, value: number, integer: boolean): StoredTensor {
    const count = elementCount(shape);
    return new StoredTensor(
      name,
      shape,
      integer,
      () => (count <= mostValues ? Array<number>(count).fill(value) : undefined),
      () => value,
    );
  }

  /** The numbers in order; unknown where there are many, or where they lie in another file. */
  values(): readonly number[] | undefined {
    return this.#values();
  }

  /** The one number that the tensor repeats, if it does. */
  uniform(): number | undefined {
    return this.#uniform();
  }

  reshaped(shape: Shape): StoredTensor {
    return new StoredTensor(this.name, shape, this.integer, this.#values, this.#uniform);
  }

  /** The order of its numbers is given up, unless they are all the same. */
  transposed(permutation: readonly number[]): StoredTensor {
    const shape = permutation.map((axis) => this.shape[axis] as number);
    const uniform = this.#uniform();
    if (uniform !== undefined) return StoredTensor.filled(this.name, shape, uniform, this.integer);
    return new StoredTensor(this.name, shape, this.integer, shape.length < 2 ? this.#values : () => undefined, this.#uniform);
  }
}
