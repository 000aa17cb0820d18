/** Reads operators that give the elements of a tensor another shape or order, and those that join and cut tensors. */
import type { Shape } from "@archwright/core/ir";
import { axisIn, fileAxes } from "../layout.ts";
import type { Computed, OperatorReader, Value } from "../reader.ts";
import { optionSlots } from "../schema.ts";
import { StoredTensor } from "../tensors.ts";
import { activated } from "./activations.ts";

/** The shape that a reshape asks for: an input, or an option of older files. */
function askedShape(c: OperatorReader): Shape {
  const given = c.has(1) ? c.stored(1)?.values() : undefined;
  const option = c.ints(optionSlots.reshape.shape);
  const asked = given ?? (option.length > 0 ? option : c.stated());
  const known = asked.reduce((product, size) => (size === -1 ? product : product * size), 1);
  return asked.map((size) => (size === -1 ? c.elements(0) / known : size));
}

function squeezed(c: OperatorReader): Shape {
  const shape = c.shape(0);
  const axes = c.ints(optionSlots.squeeze.axes).map((axis) => c.axis(axis, shape.length));
  return shape.filter((size, axis) => (axes.length > 0 ? !axes.includes(axis) : size !== 1));
}

function expanded(c: OperatorReader): Shape {
  const shape = c.shape(0);
  const axis = c.axis(c.numbers(1, "axis")[0] ?? 0, shape.length + 1);
  return [...shape.slice(0, axis), 1, ...shape.slice(axis)];
}

const view = (shapeOf: (c: OperatorReader) => Shape) => (c: OperatorReader) => c.view(c.value(0), shapeOf(c));

function transposition(c: OperatorReader): Value {
  const shape = c.shape(0);
  const permutation = c.numbers(1, "permutation").map((axis) => c.axis(axis, shape.length));
  if (permutation.length !== shape.length || new Set(permutation).size !== shape.length)
    c.fail(`[${permutation.join(", ")}] is not a permutation of ${shape.length} axes`);
  const value = c.value(0);
  if (value instanceof StoredTensor) return value.reordered(permutation.map((axis) => shape[axis] as number));
  const layout = c.layout(shape.length);
  const moved = fileAxes(layout, shape.length).map((axis) => axisIn(value.layout, permutation[axis] as number));
  return c.add({ kind: "transpose", permutation: moved }, [value.node], layout);
}

function concatenation(c: OperatorReader): Value {
  const slots = optionSlots.concatenation;
  if (c.inputCount === 1) return c.opaque("Concat", c.shape(0), { work: "move" });
  const rank = c.shape(0).length;
  const layout = c.layout(rank);
  const axis = axisIn(layout, c.axis(c.int(slots.axis), rank));
  const inputs = Array.from({ length: c.inputCount }, (_, i) => c.laid(i, layout));
  return activated(c, c.add({ kind: "concat", axis }, inputs, layout), slots.activation);
}

/** Tensors of one shape joined along a new axis. */
function pack(c: OperatorReader): Value {
  const shape = c.shape(0);
  const rank = shape.length + 1;
  const axis = c.axis(c.int(optionSlots.pack.axis), rank);
  const longer = [...shape.slice(0, axis), 1, ...shape.slice(axis)];
  if (c.inputCount === 1) return c.view(c.value(0), longer);
  const layout = c.layout(rank);
  const inputs = Array.from({ length: c.inputCount }, (_, i) => c.reshaped(i, longer, layout));
  return c.add({ kind: "concat", axis: axisIn(layout, axis) }, inputs, layout);
}

/** From `start` up to, not including, `end`, along one axis of the file. */
interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

/** A part of an input: a copy, even of the whole of it. */
function part(c: OperatorReader, i: number, cuts: readonly Cut[], o = 0): Computed {
  const layout = c.lies(i);
  const shape = c.shape(i);
  if (cuts.length === 0) return c.opaque("Slice", shape, { work: "move" }, o);
  for (const { axis, start, end } of cuts)
    if (!(start >= 0 && start < end && end <= (shape[axis] as number)))
      c.fail(`${start}…${end} is not a range of axis ${axis} with ${shape[axis]} entries`);
  const op = {
    kind: "slice",
    axes: cuts.map(({ axis }) => axisIn(layout, axis)),
    starts: cuts.map(({ start }) => start),
    ends: cuts.map(({ end }) => end),
  } as const;
  return c.add(op, [c.laid(i, layout)], layout, { o });
}

/** Consecutive parts of an input along one axis, one for each output. */
function parts(c: OperatorReader, i: number, axis: number, sizes: readonly number[]): readonly Value[] {
  if (sizes.length !== c.outputCount) c.fail(`it gives ${c.outputCount} parts of ${sizes.length}`);
  let start = 0;
  return sizes.map((size, o) => {
    const cut = { axis, start, end: start + size };
    start += size;
    return part(c, i, [cut], o);
  });
}

function split(c: OperatorReader): readonly Value[] {
  const shape = c.shape(1);
  const axis = c.axis(c.numbers(0, "axis")[0] ?? 0, shape.length);
  const size = (shape[axis] as number) / c.outputCount;
  if (!Number.isInteger(size)) c.fail(`${shape[axis]} entries do not divide into ${c.outputCount} parts`);
  return parts(c, 1, axis, Array<number>(c.outputCount).fill(size));
}

function splitUnevenly(c: OperatorReader): readonly Value[] {
  const shape = c.shape(0);
  const axis = c.axis(c.numbers(2, "axis")[0] ?? 0, shape.length);
  const sizes = c.numbers(1, "sizes");
  const rest = (shape[axis] as number) - sizes.reduce((sum, size) => (size === -1 ? sum : sum + size), 0);
  return parts(
    c,
    0,
    axis,
    sizes.map((size) => (size === -1 ? rest : size)),
  );
}

function unpack(c: OperatorReader): readonly Value[] {
  const shape = c.shape(0);
  const axis = c.axis(c.int(optionSlots.pack.axis), shape.length);
  if (c.outputCount !== shape[axis]) c.fail(`it gives ${c.outputCount} parts of ${shape[axis]}`);
  const shorter = shape.filter((_, i) => i !== axis);
  const whole = parts(c, 0, axis, Array<number>(c.outputCount).fill(1));
  return whole.map((value, o) => c.view(value, shorter, o));
}

function slice(c: OperatorReader): Value {
  const shape = c.shape(0);
  const [starts, sizes] = [c.stored(1)?.values(), c.stored(2)?.values()];
  if (!starts || !sizes) return c.opaque("Slice", c.stated(), { work: "move" });
  const cuts = shape.flatMap((whole, axis): readonly Cut[] => {
    const start = starts[axis] ?? 0;
    const size = sizes[axis] ?? -1;
    const end = size === -1 ? whole : start + size;
    return start === 0 && end === whole ? [] : [{ axis, start, end }];
  });
  return part(c, 0, cuts);
}

/** What a strided slice takes of each axis of its input, and the shape of its result. */
interface Strides {
  readonly ranges: readonly { readonly start: number; readonly end: number; readonly stride: number }[];
  readonly shape: Shape;
}

const bit = (mask: number, i: number) => (mask & (1 << i)) !== 0;

/** The entries of one axis that a range with a stride takes, as Python counts them. */
function range(size: number, begin: number | undefined, end: number | undefined, stride: number) {
  const [least, most] = stride > 0 ? [0, size] : [-1, size - 1];
  const clamp = (value: number) => Math.min(most, Math.max(least, value < 0 ? value + size : value));
  const start = begin === undefined ? (stride > 0 ? 0 : size - 1) : clamp(begin);
  const stop = end === undefined ? (stride > 0 ? size : -1) : clamp(end);
  return { start, count: Math.max(0, Math.ceil((stop - start) / stride)) };
}

/** As TensorFlow defines begin, end and stride with their masks; undefined where they are computed from the input. */
export function stridesOf(c: OperatorReader): Strides | undefined {
  const slots = optionSlots.stridedSlice;
  const size = c.shape(0);
  const [begins, ends, strides] = [c.stored(1)?.values(), c.stored(2)?.values(), c.stored(3)?.values()];
  if (!begins || !ends || !strides || c.flag(slots.offset)) return undefined;
  const [begin, end, ellipsis, newAxis, shrink] = (["begin", "end", "ellipsis", "newAxis", "shrink"] as const).map((name) =>
    c.int(slots[name]),
  ) as [number, number, number, number, number];
  const ranges: { start: number; end: number; stride: number }[] = [];
  const shape: number[] = [];
  const whole = (entries: number) => {
    ranges.push({ start: 0, end: entries, stride: 1 });
    shape.push(entries);
  };
  const added = begins.filter((_, i) => bit(newAxis, i) && !bit(ellipsis, i)).length;
  begins.forEach((first, i) => {
    const entries = size[ranges.length];
    if (bit(ellipsis, i)) {
      const kept = Math.max(0, size.length - (begins.length - 1 - added));
      for (let k = 0; k < kept; k++) whole(size[ranges.length] ?? 1);
    } else if (bit(newAxis, i)) {
      shape.push(1);
    } else if (entries === undefined) {
      c.fail(`it cuts ${begins.length} axes of ${size.length}`);
    } else if (bit(shrink, i)) {
      const start = first < 0 ? first + entries : first;
      ranges.push({ start, end: start + 1, stride: 1 });
    } else {
      const stride = strides[i] ?? 1;
      if (stride === 0) c.fail("a stride is 0");
      const taken = range(entries, bit(begin, i) ? undefined : first, bit(end, i) ? undefined : ends[i], stride);
      ranges.push({ start: taken.start, end: taken.start + taken.count, stride });
      shape.push(taken.count);
    }
  });
  while (ranges.length < size.length) whole(size[ranges.length] as number);
  return { ranges, shape };
}

function stridedSlice(c: OperatorReader): Value {
  const strides = stridesOf(c);
  if (!strides) return c.opaque("Slice", c.stated(), { work: "move" });
  const { ranges, shape } = strides;
  if (ranges.some(({ stride }) => stride !== 1)) return c.opaque("Slice", shape, { work: "move" });
  const size = c.shape(0);
  const cuts = ranges.flatMap(({ start, end }, axis) => (start === 0 && end === size[axis] ? [] : [{ axis, start, end }]));
  return c.view(part(c, 0, cuts), shape);
}

/** @param value what is put around; undefined where it mirrors what is inside. */
const padding =
  (around: (c: OperatorReader) => number | undefined) =>
  (c: OperatorReader): Value => {
    const shape = c.shape(0);
    const sides = c.stored(1)?.values();
    if (!sides) return c.opaque("Pad", c.stated(), { work: "move" });
    const before = shape.map((_, axis) => sides[2 * axis] ?? 0);
    const after = shape.map((_, axis) => sides[2 * axis + 1] ?? 0);
    if (sides.length !== 2 * shape.length || sides.some((side) => side < 0))
      c.fail(`it pads [${shape.join(", ")}] with [${sides.join(", ")}]`, "two numbers of at least 0 for each axis");
    const padded = shape.map((size, axis) => size + (before[axis] as number) + (after[axis] as number));
    const value = around(c);
    const image = c.lies(0) === "image" && [0, 3].every((axis) => padded[axis] === shape[axis]);
    if (!image || value === undefined || !Number.isFinite(value)) return c.opaque("Pad", padded, { work: "move", weights: [0] });
    const [top, left, bottom, right] = [before[1], before[2], after[1], after[2]] as [number, number, number, number];
    return c.add({ kind: "pad", padding: [top, left, bottom, right], value }, [c.image(0)], "image");
  };

/** A list as long as a shape has axes. */
function sized(c: OperatorReader, what: string, i: number): readonly number[] {
  const numbers = c.numbers(i, what);
  if (numbers.length !== c.shape(0).length) c.fail(`its ${what} has ${numbers.length} entries for ${c.shape(0).length} axes`);
  return numbers;
}

function tile(c: OperatorReader): Value {
  const times = sized(c, "repetitions", 1);
  const shape = c.shape(0).map((size, axis) => size * (times[axis] as number));
  return c.opaque("Tile", shape, { work: "move", weights: [0] });
}

function broadcastTo(c: OperatorReader): Value {
  const shape = c.stored(1)?.values() ?? c.stated();
  return c.opaque("Expand", shape, { work: "move", weights: [0] });
}

/** The shape is known however the tensor is computed. */
function shapeOf(c: OperatorReader): StoredTensor {
  const shape = c.shape(0);
  return StoredTensor.of(c.output().name, [shape.length], c.format(), shape);
}

export const shapeRules = {
  RESHAPE: view(askedShape),
  SQUEEZE: view(squeezed),
  EXPAND_DIMS: view(expanded),
  TRANSPOSE: transposition,
  CONCATENATION: concatenation,
  PACK: pack,
  SPLIT: split,
  SPLIT_V: splitUnevenly,
  UNPACK: unpack,
  SLICE: slice,
  STRIDED_SLICE: stridedSlice,
  PAD: padding(() => 0),
  PADV2: padding((c) => (c.has(2) ? c.numbers(2, "value")[0] : 0)),
  MIRROR_PAD: padding(() => undefined),
  TILE: tile,
  BROADCAST_TO: broadcastTo,
  SHAPE: shapeOf,
  RANK: (c: OperatorReader) => StoredTensor.of(c.output().name, [], c.format(), [c.shape(0).length]),
};
