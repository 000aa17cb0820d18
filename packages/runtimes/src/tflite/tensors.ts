/** Stored tensors of a TensorFlow Lite model. */
import { bitsPerElement, elementCount, isInteger, type NumberFormat, type Shape } from "@archwright/core/ir";
import type { TfliteTensor } from "./model.ts";
import { formatOfType } from "./schema.ts";

/** Only tensors of at most so many numbers are read number by number: shapes, axes, paddings. */
const mostValues = 1024;

type NumberReader = (view: DataView, at: number) => number;

/** Numbers of the types that shapes, axes and factors have. */
const readers: Readonly<Record<string, readonly [bytes: number, read: NumberReader]>> = {
  FLOAT32: [4, (view, at) => view.getFloat32(at, true)],
  INT64: [8, (view, at) => Number(view.getBigInt64(at, true))],
  INT32: [4, (view, at) => view.getInt32(at, true)],
  INT16: [2, (view, at) => view.getInt16(at, true)],
  INT8: [1, (view, at) => view.getInt8(at)],
  UINT8: [1, (view, at) => view.getUint8(at)],
  BOOL: [1, (view, at) => view.getUint8(at)],
};

/** What a stored tensor is beside its shape. */
interface StoredData {
  readonly name: string;
  readonly format: NumberFormat;
  /** The model's buffer, or what stands for one where numbers were computed from stored ones. */
  readonly store: number | object;
  /** Numbers that are stored: fewer than its elements where zeros are left out. */
  readonly count: number;
  readonly values: () => readonly number[] | undefined;
  readonly uniform: () => number | undefined;
}

/** A tensor whose numbers do not depend on the model's input: weights, shapes, paddings. Axes are those of the file. */
export class StoredTensor {
  readonly shape: Shape;
  readonly #data: StoredData;

  private constructor(shape: Shape, data: StoredData) {
    this.shape = shape;
    this.#data = data;
  }

  static read(tensor: TfliteTensor): StoredTensor {
    const { name, shape, data, buffer, quantization } = tensor;
    const format = formatOfType[tensor.type] ?? "int8";
    const elements = elementCount(shape);
    const [bytes, read] = readers[tensor.type] ?? [];
    const whole = bytes !== undefined && data.length === elements * bytes;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const real = (value: number) => (quantization ? quantization.scale * (value - quantization.zeroPoint) : value);
    const values = () =>
      whole && read && elements <= mostValues ? Array.from({ length: elements }, (_, i) => real(read(view, i * bytes))) : undefined;
    const uniform = () => {
      if (!whole || !read || elements === 0) return undefined;
      for (let i = bytes; i < data.length; i++) if (data[i] !== data[i - bytes]) return undefined;
      return real(read(view, 0));
    };
    const count = tensor.sparse ? Math.min(elements, Math.floor((data.length * 8) / bitsPerElement[format])) : elements;
    return new StoredTensor(shape, { name, format, store: buffer, count, values, uniform });
  }

  /** Numbers that were computed from stored ones. */
  static of(name: string, shape: Shape, format: NumberFormat, values?: readonly number[]): StoredTensor {
    const [first] = values ?? [];
    const uniform = () => (values?.every((value) => value === first) ? first : undefined);
    return new StoredTensor(shape, { name, format, store: {}, count: elementCount(shape), values: () => values, uniform });
  }

  static filled(name: string, shape: Shape, format: NumberFormat, value: number | undefined): StoredTensor {
    const count = elementCount(shape);
    const values = () => (value !== undefined && count <= mostValues ? Array<number>(count).fill(value) : undefined);
    return new StoredTensor(shape, { name, format, store: {}, count, values, uniform: () => value });
  }

  get name(): string {
    return this.#data.name;
  }

  get format(): NumberFormat {
    return this.#data.format;
  }

  get integer(): boolean {
    return isInteger(this.format);
  }

  /** The same for tensors that are one store. */
  get store(): number | object {
    return this.#data.store;
  }

  /** The model's buffer, for what was not computed. */
  get buffer(): number | undefined {
    return typeof this.store === "number" ? this.store : undefined;
  }

  get count(): number {
    return this.#data.count;
  }

  /** The numbers in order; unknown where there are many, or where they lie in another file. */
  values(): readonly number[] | undefined {
    return this.#data.values();
  }

  /** The one number that the tensor repeats, if it does and is finite. */
  uniform(): number | undefined {
    const value = this.#data.uniform();
    return value !== undefined && Number.isFinite(value) ? value : undefined;
  }

  reshaped(shape: Shape): StoredTensor {
    return new StoredTensor(shape, this.#data);
  }

  /** The order of its numbers is given up, unless they are all the same. */
  reordered(shape: Shape): StoredTensor {
    const known = shape.length < 2 || this.uniform() !== undefined;
    return new StoredTensor(shape, known ? this.#data : { ...this.#data, values: () => undefined });
  }
}
