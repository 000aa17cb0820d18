/** Stored tensors of an ONNX model. */
import { elementCount, type NumberFormat, type Shape, ShapeError } from "@archwright/core/ir";
import { type PackedNumbers, packedCount, visitPacked } from "../../packedTensors.ts";
import { dataTypes, type SparseTensorProto, type TensorProto } from "../../proto.ts";
import { formatOf, isIntegerType } from "./formats.ts";
import { bfloat16, float16, shortest } from "./numbers.ts";

/** Only tensors of at most so many numbers are read number by number: shapes, axes, indices, masks. Weights are larger, or not looked at. */
export const mostValues = 16_384;

/** The bytes of a file beside the model, where there is one. */
export type ExternalFiles = (name: string) => Uint8Array | undefined;

type RawReader = readonly [bits: number, read: (view: DataView, at: number) => number];
const rawReaders: ReadonlyMap<number, RawReader> = new Map<number, RawReader>([
  [dataTypes.float32, [32, (view, at) => shortest(view.getFloat32(at, true))]],
  [dataTypes.float64, [64, (view, at) => view.getFloat64(at, true)]],
  [dataTypes.float16, [16, (view, at) => float16(view.getUint16(at, true))]],
  [dataTypes.bfloat16, [16, (view, at) => bfloat16(view.getUint16(at, true))]],
  [dataTypes.uint8, [8, (view, at) => view.getUint8(at)]],
  [dataTypes.bool, [8, (view, at) => view.getUint8(at)]],
  [dataTypes.int8, [8, (view, at) => view.getInt8(at)]],
  [dataTypes.int16, [16, (view, at) => view.getInt16(at, true)]],
  [dataTypes.uint16, [16, (view, at) => view.getUint16(at, true)]],
  [dataTypes.int32, [32, (view, at) => view.getInt32(at, true)]],
  [dataTypes.uint32, [32, (view, at) => view.getUint32(at, true)]],
  [dataTypes.int64, [64, (view, at) => Number(view.getBigInt64(at, true))]],
  [dataTypes.uint64, [64, (view, at) => Number(view.getBigUint64(at, true))]],
]);

/** The numbers of a tensor as they are written, however many there are. */
interface Numbers {
  readonly count: number;
  /** The first `most`, in order. */
  list(most: number): readonly number[];
  /** The number that all are, if they are the same. */
  uniform(): number | undefined;
}

function rawNumbers(raw: Uint8Array, dataType: number): Numbers | undefined {
  const [bits, read] = rawReaders.get(dataType) ?? [];
  if (bits === undefined || read === undefined) return undefined;
  const bytes = bits / 8;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const count = Math.floor(raw.length / bytes);
  const uniform = () => {
    for (let i = bytes; i < count * bytes; i++) if (raw[i] !== raw[i - bytes]) return undefined;
    return count > 0 ? read(view, 0) : undefined;
  };
  return { count, list: (most) => Array.from({ length: Math.min(most, count) }, (_, i) => read(view, i * bytes)), uniform };
}

/** Half precision lies in whole numbers. */
function decoder(dataType: number): (value: number) => number {
  if (dataType === dataTypes.float16) return float16;
  if (dataType === dataTypes.bfloat16) return bfloat16;
  return dataType === dataTypes.float32 ? shortest : (value) => value;
}

function packedNumbers(packed: PackedNumbers, dataType: number): Numbers {
  const decode = decoder(dataType);
  const list = (most: number) => {
    const values: number[] = [];
    visitPacked(packed, (value) => {
      if (values.length < most) values.push(decode(value));
      return values.length < most;
    });
    return values;
  };
  const uniform = () => {
    let first: number | undefined;
    let same = true;
    visitPacked(packed, (value) => {
      first ??= value;
      same = value === first;
      return same;
    });
    return same && first !== undefined ? decode(first) : undefined;
  };
  return { count: packedCount(packed), list, uniform };
}

/** Where the numbers lie, if in another file. */
function outside({ externalData = [] }: TensorProto) {
  const found = new Map(externalData.map(({ key = "", value = "" }) => [key, value]));
  return {
    location: found.get("location") ?? "",
    offset: Number(found.get("offset") ?? 0),
    length: Number(found.get("length") ?? Number.NaN),
  };
}

function numbersOf(tensor: TensorProto, files: ExternalFiles): Numbers | undefined {
  const { rawData, dataType = 0 } = tensor;
  if (tensor.dataLocation === 1) {
    const { location, offset, length } = outside(tensor);
    const bytes = files(location)?.subarray(offset, Number.isNaN(length) ? undefined : offset + length);
    return bytes && rawNumbers(bytes, dataType);
  }
  if (rawData && rawData.length > 0) return rawNumbers(rawData, dataType);
  if (tensor.packed) return packedNumbers(tensor.packed, dataType);
  const lists = [tensor.floatData, tensor.int64Data, tensor.int32Data, tensor.doubleData, tensor.uint64Data];
  const listed = lists.find((list) => list && list.length > 0) ?? [];
  const decode = decoder(dataType);
  const uniform = () => (listed.length > 0 && listed.every((value) => value === listed[0]) ? decode(listed[0] as number) : undefined);
  return { count: listed.length, list: (most) => listed.slice(0, most).map(decode), uniform };
}

/** What a stored tensor is, beside its numbers. */
interface Kind {
  readonly name: string;
  readonly shape: Shape;
  /** Number of `TensorProto.DataType`. */
  readonly dataType: number;
  /** How it is kept: not as `dataType` says where it is multiplied out when it is read (quantised weights). */
  readonly format: NumberFormat;
  /** What it is a view of, or itself: tensors of the same store exist once. */
  readonly store: string;
  /** The file beside the model that holds its numbers and is not there. */
  readonly missing?: string | undefined;
}

type Reader<T> = () => T | undefined;

/** A tensor whose numbers do not depend on the model's input: weights, shapes, bounds. */
export class StoredTensor implements Kind {
  readonly name: string;
  readonly shape: Shape;
  readonly dataType: number;
  readonly format: NumberFormat;
  readonly store: string;
  readonly missing: string | undefined;
  readonly #values: Reader<readonly number[]>;
  readonly #uniform: Reader<number>;

  /** @throws ShapeError where the shape is none. */
  private constructor(kind: Kind, values: Reader<readonly number[]>, uniform: Reader<number>) {
    for (const size of kind.shape)
      if (!(Number.isInteger(size) && size >= 0)) throw new ShapeError(`a stored tensor has the shape [${kind.shape.join(", ")}]`);
    this.name = kind.name;
    this.shape = kind.shape;
    this.dataType = kind.dataType;
    this.format = kind.format;
    this.store = kind.store;
    this.missing = kind.missing;
    this.#values = values;
    this.#uniform = uniform;
  }

  static read(tensor: TensorProto, name = tensor.name ?? "", files: ExternalFiles = () => undefined): StoredTensor {
    const { dims: shape = [], dataType = 0 } = tensor;
    const count = elementCount(shape);
    const numbers = numbersOf(tensor, files);
    const whole = numbers && numbers.count >= count ? numbers : undefined;
    const values = () => (whole && count <= mostValues ? whole.list(count) : undefined);
    const uniform = () => (whole && count > 0 ? whole.uniform() : undefined);
    const missing = tensor.dataLocation === 1 && !numbers ? outside(tensor).location : undefined;
    return new StoredTensor({ name, shape, dataType, format: formatOf(dataType), store: name, missing }, values, uniform);
  }

  static sparse({ values, indices, dims: shape = [] }: SparseTensorProto): StoredTensor {
    const name = values?.name ?? "";
    const [numbers, places] = [values, indices].map((one) => one && StoredTensor.read(one).values());
    const count = elementCount(shape);
    const dense = () => {
      if (!numbers || !places || count > mostValues) return undefined;
      const all = new Array<number>(count).fill(0);
      const rank = indices?.dims?.length === 2 ? shape.length : 1;
      numbers.forEach((number, i) => {
        const place = places.slice(i * rank, (i + 1) * rank);
        const at = rank === 1 ? (place[0] ?? 0) : place.reduce((sum, entry, axis) => sum * (shape[axis] ?? 1) + entry, 0);
        if (at >= 0 && at < count) all[at] = number;
      });
      return all;
    };
    const dataType = values?.dataType ?? dataTypes.float32;
    return new StoredTensor({ name, shape, dataType, format: formatOf(dataType), store: name }, dense, () => undefined);
  }

  static of(name: string, shape: Shape, values: readonly number[], dataType: number): StoredTensor {
    const uniform = () => (values.length > 0 && values.every((value) => value === values[0]) ? values[0] : undefined);
    return new StoredTensor({ name, shape, dataType, format: formatOf(dataType), store: name }, () => values, uniform);
  }

  static filled(name: string, shape: Shape, value: number, dataType: number): StoredTensor {
    const count = elementCount(shape);
    const values = () => (count <= mostValues ? Array<number>(count).fill(value) : undefined);
    return new StoredTensor({ name, shape, dataType, format: formatOf(dataType), store: name }, values, () => value);
  }

  /** A tensor of which only shape and format are known. */
  static unknown(name: string, shape: Shape, format: NumberFormat, dataType: number, store = name, missing?: string): StoredTensor {
    return new StoredTensor(
      { name, shape, dataType, format, store, missing },
      () => undefined,
      () => undefined,
    );
  }

  /** Whether it holds whole numbers. */
  get integer(): boolean {
    return isIntegerType(this.dataType);
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
    return new StoredTensor({ ...this.#kind(), shape }, this.#values, this.#uniform);
  }

  /** The order of its numbers is given up where they are not known one by one, unless they are all the same. */
  transposed(permutation: readonly number[]): StoredTensor {
    const shape = permutation.map((axis) => this.shape[axis] as number);
    const values = (): readonly number[] | undefined => {
      const list = this.#values();
      if (!list) return undefined;
      const strides = this.shape.map((_, axis) => elementCount(this.shape.slice(axis + 1)));
      return list.map((_, i) => {
        let [rest, from] = [i, 0];
        for (let axis = shape.length - 1; axis >= 0; axis--) {
          const size = shape[axis] as number;
          from += (rest % size) * (strides[permutation[axis] as number] as number);
          rest = Math.floor(rest / size);
        }
        return list[from] as number;
      });
    };
    return new StoredTensor({ ...this.#kind(), shape }, values, this.#uniform);
  }

  /**
   * The same tensor, kept as it is (or in `format`) and multiplied out or rounded where it is read.
   * @param to what becomes of a number; unknown if left out.
   */
  seenAs(dataType: number, to?: (value: number) => number, format = this.format): StoredTensor {
    const values = () => (to ? this.#values()?.map(to) : undefined);
    const uniform = () => {
      const value = to && this.#uniform();
      return to && value !== undefined ? to(value) : undefined;
    };
    return new StoredTensor({ ...this.#kind(), dataType, format }, values, uniform);
  }

  /** The same numbers, kept as another type. */
  cast(dataType: number): StoredTensor {
    const whole = isIntegerType(dataType) && !this.integer;
    const to = (value: number) => (dataType === dataTypes.bool ? Number(value !== 0) : whole ? Math.trunc(value) : value);
    const uniform = () => {
      const value = this.#uniform();
      return value === undefined ? undefined : to(value);
    };
    return new StoredTensor({ ...this.#kind(), dataType, format: formatOf(dataType) }, () => this.#values()?.map(to), uniform);
  }

  #kind(): Kind {
    const { name, shape, dataType, format, store, missing } = this;
    return { name, shape, dataType, format, store, missing };
  }
}
