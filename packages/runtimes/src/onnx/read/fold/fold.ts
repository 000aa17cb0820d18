/** Computes what depends on stored numbers alone. */
import { elementCount, type Shape } from "@archwright/core/ir";
import { dataTypes } from "../../proto.ts";
import type { NodeReader } from "../values/nodeReader.ts";
import { mostValues, StoredTensor } from "../values/tensors.ts";
import { elementwise, isElementwise, type Numbers } from "./elementwise.ts";
import { concatenated, everyPlace, gathered, nonZero, pick, reduced, sliceRange, spread } from "./movement.ts";

/** What folding works with: the inputs' numbers, absent ones undefined. */
type Inputs = readonly (Numbers | undefined)[];
type Fold = (c: NodeReader, inputs: Inputs) => Numbers | readonly Numbers[] | undefined;

const small = (shape: Shape) => elementCount(shape) <= mostValues;

const list = (values: readonly number[], dataType: number = dataTypes.int64): Numbers => ({ shape: [values.length], values, dataType });

const concat: Fold = (c, inputs) => {
  const all = inputs.filter((input) => input !== undefined);
  const total = all.reduce((sum, { values }) => sum + values.length, 0);
  return total > mostValues ? undefined : concatenated(all, c.axis(c.node.int("axis", 1), all[0]?.shape.length ?? 0));
};

const slice: Fold = (c, [x]) => {
  if (!x) return undefined;
  const rank = x.shape.length;
  const starts = c.node.ints("starts") ?? c.numbers(1, "starts");
  const ends = c.node.ints("ends") ?? c.numbers(2, "ends");
  const axes = c.axes("axes", 3, rank) ?? starts.map((_, i) => c.axis(i, rank));
  const steps = c.has(4) ? c.numbers(4, "steps") : starts.map(() => 1);
  const places = x.shape.map(everyPlace);
  axes.forEach((axis, i) => {
    const { start, step, count } = sliceRange(starts[i] ?? 0, ends[i] ?? 0, steps[i] || 1, x.shape[axis] as number);
    places[axis] = Array.from({ length: count }, (_, k) => start + k * step);
  });
  return pick(x, places);
};

const range: Fold = (_c, [start, limit, delta]) => {
  const [from, to, step] = [start, limit, delta].map((one) => one?.values[0]);
  if (!start || from === undefined || to === undefined || !step) return undefined;
  const count = Math.max(0, Math.ceil((to - from) / step));
  return count <= mostValues
    ? list(
        Array.from({ length: count }, (_, i) => from + i * step),
        start.dataType,
      )
    : undefined;
};

const tile: Fold = (_c, [x, repeats]) => {
  if (!x || repeats?.values.length !== x.shape.length) return undefined;
  const shape = x.shape.map((size, axis) => size * (repeats.values[axis] as number));
  if (!small(shape)) return undefined;
  return pick(
    x,
    shape.map((size, axis) => everyPlace(size).map((i) => i % (x.shape[axis] as number))),
  );
};

const expand: Fold = (_c, [x, target]) => {
  if (!x || !target) return undefined;
  const rank = Math.max(x.shape.length, target.values.length);
  const size = (one: readonly number[], i: number) => one[i - rank + one.length] ?? 1;
  const shape = Array.from({ length: rank }, (_, i) => (size(x.shape, i) === 1 ? size(target.values, i) : size(x.shape, i)));
  return small(shape) ? spread(x, shape) : undefined;
};

const reduction: Fold = (c, [x]) => {
  if (!x) return undefined;
  const given = c.axes("axes", 1, x.shape.length) ?? [];
  if (given.length === 0 && c.node.int("noop_with_empty_axes", 0) !== 0) return x;
  return reduced(c.node.type, x, given.length > 0 ? given : everyPlace(x.shape.length), c.node.int("keepdims", 1) !== 0);
};

const split: Fold = (c, [x]) => {
  if (!x) return undefined;
  const axis = c.axis(c.node.int("axis", 0), x.shape.length);
  const [total, parts] = [x.shape[axis] as number, c.node.outputs.length];
  const each = Math.ceil(total / parts);
  const sizes =
    c.node.ints("split") ??
    (c.has(1) ? c.numbers(1, "sizes") : c.node.outputs.map((_, i) => Math.max(0, Math.min(each, total - i * each))));
  if (sizes.reduce((sum, size) => sum + size, 0) !== total || sizes.some((size) => size < 0)) return undefined;
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return pick(
      x,
      x.shape.map((count, i) => (i === axis ? everyPlace(size).map((k) => start - size + k) : everyPlace(count))),
    );
  });
};

const modulo: Fold = (c, [a, b]) => {
  if (!a || !b) return undefined;
  const floored = (x: number, y: number) => (c.node.int("fmod", 0) !== 0 ? x % y : x - y * Math.floor(x / y));
  if (b.values.length !== 1) return undefined;
  return { ...a, values: a.values.map((value) => floored(value, b.values[0] as number)) };
};

const clip: Fold = (c, [x, low, high]) => {
  const bound = (attribute: string, input: Numbers | undefined, fallback: number) =>
    c.node.has(attribute) ? c.node.float(attribute, fallback) : (input?.values[0] ?? fallback);
  const [least, most] = [bound("min", low, Number.NEGATIVE_INFINITY), bound("max", high, Number.POSITIVE_INFINITY)];
  return x && { ...x, values: x.values.map((value) => Math.min(most, Math.max(least, value))) };
};

const cumulative: Fold = (c, [x]) => {
  if (x?.shape.length !== 1 || c.node.int("reverse", 0) !== 0 || c.node.int("exclusive", 0) !== 0) return undefined;
  let sum = 0;
  const values = x.values.map((value) => {
    sum += value;
    return sum;
  });
  return { ...x, values };
};

const matmul: Fold = (_c, [a, b]) => {
  if (a?.shape.length !== 2 || b?.shape.length !== 2 || a.shape[1] !== b.shape[0]) return undefined;
  const [m = 0, k = 0] = a.shape;
  const n = b.shape[1] ?? 0;
  if (m * n > mostValues || m * n * k > 1e6) return undefined;
  const values = Array.from({ length: m * n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < k; j++) sum += (a.values[Math.floor(i / n) * k + j] as number) * (b.values[j * n + (i % n)] as number);
    return sum;
  });
  return { shape: [m, n], values, dataType: a.dataType };
};

const folds: Readonly<Record<string, Fold>> = {
  Concat: concat,
  Slice: slice,
  Split: split,
  Gather: (c, [table, indices]) =>
    table && indices && elementCount(table.shape) > 0 && table.values.length * indices.values.length <= mostValues * 64
      ? gathered(table, indices, c.axis(c.node.int("axis", 0), table.shape.length))
      : undefined,
  Range: range,
  Tile: tile,
  Expand: expand,
  ReduceSum: reduction,
  ReduceMean: reduction,
  ReduceProd: reduction,
  ReduceMax: reduction,
  ReduceMin: reduction,
  Mod: modulo,
  Clip: clip,
  CumSum: cumulative,
  MatMul: matmul,
  NonZero: (_c, [x]) => (x && x.shape.length > 0 ? nonZero(x) : undefined),
};

/** A node whose inputs are all stored, computed; undefined where that is not known or would take long. */
export function fold(c: NodeReader): readonly StoredTensor[] | undefined {
  const { type } = c.node;
  const rule = Object.hasOwn(folds, type) ? folds[type] : undefined;
  if ((!rule && !isElementwise(type)) || c.state.budget.numbers <= 0) return undefined;
  const tensors = Array.from({ length: c.inputCount }, (_, i) => c.maybeStored(i));
  const inputs = tensors.map((one): Numbers | undefined => {
    const values = one?.values();
    return one && values && { shape: one.shape, values, dataType: one.dataType };
  });
  if (inputs.some((input, i) => input === undefined && tensors[i])) return undefined;
  // A tensor without elements may be wide along its other axes.
  if (tensors.some((one) => one?.shape.some((size) => size > mostValues))) return undefined;
  const present = inputs.filter((input) => input !== undefined);
  const integer = tensors.every((one) => one === undefined || one.integer);
  const made = rule ? rule(c, inputs) : elementwise(type, present, integer, mostValues);
  const results = made === undefined ? [] : Array.isArray(made) ? (made as readonly Numbers[]) : [made as Numbers];
  c.state.budget.numbers -= results.reduce((sum, { values }) => sum + values.length, 0);
  return results.length === 0
    ? undefined
    : results.map(({ shape, values, dataType }, i) => StoredTensor.of(c.node.outputs[i] ?? c.node.label, shape, values, dataType));
}
