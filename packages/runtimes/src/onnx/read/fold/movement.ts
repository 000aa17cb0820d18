/** Operators that move, make or join stored numbers. */
import { elementCount, type Shape } from "@archwright/core/ir";
import { dataTypes } from "../../proto.ts";
import { broadcastValues, type Numbers } from "./elementwise.ts";

/** A number of a range as ONNX counts: negative ones from the end, and cut to what there is. */
export const clamped = (entry: number, size: number, low = 0, high = size) =>
  Math.min(high, Math.max(low, entry < 0 ? entry + size : entry));

/** What a Slice takes of one axis. */
export interface Range {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** ONNX's Slice, along one axis of `size` entries. */
export function sliceRange(start: number, end: number, step: number, size: number): Range {
  const [from, to] =
    step > 0
      ? [clamped(start, size), clamped(end, size)]
      : [clamped(start, size, 0, size - 1), end < -size ? -1 : clamped(end, size, -1, size - 1)];
  return { start: from, step, count: Math.max(0, Math.ceil((to - from) / step)) };
}

/** The entries of a tensor that lie at given places along each axis. */
export function pick({ shape, values, dataType }: Numbers, places: readonly (readonly number[])[]): Numbers {
  const to = places.map((list) => list.length);
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const out = Array.from({ length: elementCount(to) }, (_, i) => {
    let [rest, at] = [i, 0];
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const size = to[axis] as number;
      at += (places[axis]?.[rest % size] as number) * (strides[axis] as number);
      rest = Math.floor(rest / size);
    }
    return values[at] as number;
  });
  return { shape: to, values: out, dataType };
}

export const everyPlace = (size: number) => Array.from({ length: size }, (_, i) => i);

export function concatenated(inputs: readonly Numbers[], axis: number): Numbers | undefined {
  const [first] = inputs;
  if (
    !first ||
    inputs.some(({ shape }) => shape.length !== first.shape.length || shape.some((size, i) => i !== axis && size !== first.shape[i]))
  )
    return undefined;
  const outer = elementCount(first.shape.slice(0, axis));
  const values: number[] = [];
  for (let row = 0; row < outer; row++) {
    for (const { shape, values: list } of inputs) {
      const size = elementCount(shape.slice(axis));
      for (let i = 0; i < size; i++) values.push(list[row * size + i] as number);
    }
  }
  const total = inputs.reduce((sum, { shape }) => sum + (shape[axis] as number), 0);
  return { shape: first.shape.map((size, i) => (i === axis ? total : size)), values, dataType: first.dataType };
}

/** Rows of a table, along one axis. */
export function gathered(table: Numbers, indices: Numbers, axis: number): Numbers | undefined {
  const size = table.shape[axis] as number;
  const wanted = indices.values.map((entry) => (entry < 0 ? entry + size : entry));
  if (wanted.some((entry) => !(entry >= 0 && entry < size))) return undefined;
  const picked = pick(
    table,
    table.shape.map((count, i) => (i === axis ? wanted : everyPlace(count))),
  );
  return { ...picked, shape: [...table.shape.slice(0, axis), ...indices.shape, ...table.shape.slice(axis + 1)] };
}

export function spread(input: Numbers, shape: Shape): Numbers {
  const read = broadcastValues(input, shape);
  return { shape, values: Array.from({ length: elementCount(shape) }, (_, i) => read(i)), dataType: input.dataType };
}

const reductions: Readonly<Record<string, readonly [start: number, step: (a: number, b: number) => number]>> = {
  ReduceSum: [0, (a, b) => a + b],
  ReduceMean: [0, (a, b) => a + b],
  ReduceProd: [1, (a, b) => a * b],
  ReduceMax: [Number.NEGATIVE_INFINITY, Math.max],
  ReduceMin: [Number.POSITIVE_INFINITY, Math.min],
};

export function reduced(type: string, { shape, values, dataType }: Numbers, axes: readonly number[], keep: boolean): Numbers | undefined {
  const [start, step] = reductions[type] ?? [];
  if (start === undefined || step === undefined) return undefined;
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const steps = kept.map((size, axis) => (size === 1 ? 0 : elementCount(kept.slice(axis + 1))));
  const out = new Array<number>(elementCount(kept)).fill(start);
  values.forEach((value, i) => {
    let [rest, at] = [i, 0];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] as number;
      at += (rest % size) * (steps[axis] as number);
      rest = Math.floor(rest / size);
    }
    out[at] = step(out[at] as number, value);
  });
  const count = values.length / out.length;
  const all = type === "ReduceMean" ? out.map((value) => value / count) : out;
  return { shape: keep ? kept : shape.filter((_, axis) => !axes.includes(axis)), values: all, dataType };
}

/** Where numbers are not 0: [rank, count]. */
export function nonZero({ shape, values }: Numbers): Numbers {
  const found = values.flatMap((value, i) => (value !== 0 ? [i] : []));
  const rows = shape.map((size, axis) => {
    const stride = elementCount(shape.slice(axis + 1));
    return found.map((i) => Math.floor(i / stride) % size);
  });
  return { shape: [shape.length, found.length], values: rows.flat(), dataType: dataTypes.int64 };
}
