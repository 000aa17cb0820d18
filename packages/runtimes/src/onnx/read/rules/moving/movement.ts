/** Reads operators that join, cut, pad, repeat or resample data. */
import { item } from "@archwright/core/base";
import { elementCount, type NodeIndex, type Padding, type Shape } from "@archwright/core/ir";
import { dataTypes } from "../../../proto.ts";
import { sliceRange } from "../../fold/movement.ts";
import { type NodeReader, showShape } from "../../values/nodeReader.ts";
import { StoredTensor } from "../../values/tensors.ts";
import { nodesOf, type ReadRule, type ReadRules, shapeOr } from "../rule.ts";

/** A copy of numbers, a few operations for each of them. */
export function moved(c: NodeReader, shape: Shape, inputs: readonly NodeIndex[], operations = 0): NodeIndex {
  return c.opaque({ shape, work: "move", operations: operations * elementCount(shape) }, ...inputs);
}

const concatenation: ReadRule = (c) => {
  const [first] = Array.from({ length: c.inputCount }, (_, i) => c.value(i));
  if (first === undefined) return c.fail("it has no inputs");
  // Parts without elements are left out, as where a cache is still empty.
  const values = Array.from({ length: c.inputCount }, (_, i) => c.value(i)).filter((value) => elementCount(c.shapeOf(value)) > 0);
  const [only] = values;
  if (only === undefined) return first;
  if (values.length === 1) return only;
  const axis = c.axis(c.node.int("axis", 1), c.shapeOf(only).length);
  return c.add({ kind: "concat", axis }, ...values.map((value) => c.asNode(value)));
};

/** A tensor without elements: nothing that a network computes. */
const empty = (c: NodeReader, shape: Shape) => StoredTensor.of(c.node.label, shape, [], dataTypes.float32);

/** From where to where a Slice goes along each axis that it cuts. */
function cuts(c: NodeReader, input: Shape) {
  const starts = c.node.ints("starts") ?? c.numbers(1, "starts");
  const ends = c.node.ints("ends") ?? c.numbers(2, "ends");
  const axes = c.axes("axes", 3, input.length) ?? starts.map((_, i) => c.axis(i, input.length));
  const steps = c.has(4) ? c.numbers(4, "steps") : starts.map(() => 1);
  if (steps.some((step) => step === 0)) c.fail("it steps by 0", "steps of at least 1 in either direction");
  return axes.map((axis, i) => ({ axis, ...sliceRange(starts[i] ?? 0, ends[i] ?? 0, steps[i] ?? 1, item(input, axis)) }));
}

const slice: ReadRule = (c) => {
  const input = c.shape(0);
  const stated = c.declared(0);
  const computed = [1, 2, 3, 4].some((i) => c.has(i) && c.maybeStored(i) === undefined);
  if (computed && stated) return moved(c, stated, [c.data(0)]);
  const ranges = cuts(c, input);
  if (ranges.some(({ step }) => step !== 1)) {
    const shape = input.map((size, axis) => ranges.find((range) => range.axis === axis)?.count ?? size);
    return moved(c, shape, [c.data(0)]);
  }
  const none = ranges.some(({ count }) => count === 0);
  if (none)
    return empty(
      c,
      input.map((size, axis) => ranges.find((range) => range.axis === axis)?.count ?? size),
    );
  const [axes, starts] = [ranges.map(({ axis }) => axis), ranges.map(({ start }) => start)];
  return c.add({ kind: "slice", axes, starts, ends: ranges.map(({ start, count }) => start + count) }, c.data(0));
};

/** The sizes along an axis that the file states for the outputs. */
function stated(c: NodeReader, axis: number): readonly number[] {
  return c.node.outputs.map((_, i) => c.declared(i)?.[axis] ?? c.unreadable("how large its parts are is not known before the model runs"));
}

/** The sizes of the parts that a Split gives. */
function partSizes(c: NodeReader, axis: number, total: number, parts: number): readonly number[] {
  const each = Math.ceil(total / parts);
  const equal = c.node.outputs.map((_, i) => Math.min(each, total - i * each));
  const sizes = c.node.ints("split") ?? (c.has(1) ? (c.maybeNumbers(1, "sizes") ?? stated(c, axis)) : equal);
  if (sizes.length !== parts || sizes.reduce((sum, size) => sum + size, 0) !== total)
    c.fail(`parts of ${sizes.join(", ")} of an axis with ${total} entries`, `${parts} parts that add up to it`);
  return sizes;
}

const split: ReadRule = (c) => {
  const input = c.shape(0);
  const axis = c.axis(c.node.int("axis", 0), input.length);
  const x = c.data(0);
  let start = 0;
  return partSizes(c, axis, item(input, axis), c.node.outputs.length).map((size) => {
    start += size;
    if (size === 0)
      return empty(
        c,
        input.map((whole, i) => (i === axis ? 0 : whole)),
      );
    return c.add({ kind: "slice", axes: [axis], starts: [start - size], ends: [start] }, x);
  });
};

/** How many entries a Pad puts before and behind each axis. */
function surroundOf(c: NodeReader, rank: number): readonly number[] {
  const given = c.node.ints("pads") ?? c.node.ints("paddings") ?? c.numbers(1, "pads");
  const axes = c.axes("axes", 3, rank);
  if (!axes) return given;
  const all = new Array<number>(2 * rank).fill(0);
  axes.forEach((axis, i) => {
    all[axis] = given[i] ?? 0;
    all[axis + rank] = given[i + axes.length] ?? 0;
  });
  return all;
}

/** Zeros around an image wait for the convolution or pooling that takes them in; such a Pad then has no reader. */
const padding: ReadRule = (c) => {
  const x = c.data(0);
  const input = c.shape(0);
  const rank = input.length;
  const stated = c.declared(0);
  if (c.has(1) && c.maybeStored(1) === undefined && stated) return moved(c, stated, [x]);
  const pads = surroundOf(c, rank);
  if (pads.length !== 2 * rank) c.fail(`its pads are ${showShape(pads)}`, `${2 * rank} numbers`);
  if (pads.every((pad) => pad === 0)) return c.value(0);
  const [begins, ends] = [pads.slice(0, rank), pads.slice(rank)];
  const shape = input.map((size, axis) => size + item(begins, axis) + item(ends, axis));
  const constant = c.node.text("mode", "constant") === "constant" && pads.every((pad) => pad >= 0);
  const value = c.node.has("value") ? c.node.float("value", 0) : c.has(2) ? c.maybeStored(2)?.uniform() : 0;
  if (!constant || value === undefined) return moved(c, shape, [x]);
  const image = rank === 4 && begins[0] === 0 && begins[1] === 0 && ends[0] === 0 && ends[1] === 0 && Number.isFinite(value);
  const sides = [begins[2], begins[3], ends[2], ends[3]] as unknown as Padding;
  const y = image ? c.add({ kind: "pad", padding: sides, value }, x) : moved(c, shape, [x]);
  c.state.surrounds.set(y, { x, begins, ends, value });
  return y;
};

const tiling: ReadRule = (c) => {
  const input = c.shape(0);
  const shape = shapeOr(c, () => {
    const repeats = c.numbers(1, "repeats");
    return input.map((size, axis) => size * (repeats.length === input.length ? (repeats[axis] ?? 1) : 1));
  });
  return moved(c, shape, [c.data(0)]);
};

/** Operations for each result of interpolation along n axes: the neighbours that are weighed and added. */
function interpolation(mode: string, axes: number): number {
  if (mode === "cubic") return 2 * 4 ** axes;
  return mode === "linear" || mode === "bilinear" ? 2 * 2 ** axes : 0;
}

/** Resize (operator set 10 has scales second, later ones have them third) and Upsample. */
const resizing: ReadRule = (c) => {
  const input = c.shape(0);
  const shape = shapeOr(c, () => {
    const first = c.inputCount > 2 ? 2 : 1;
    const axes = c.node.ints("axes")?.map((axis) => c.axis(axis, input.length)) ?? input.map((_, axis) => axis);
    const sizes = c.has(3) ? c.numbers(3, "sizes") : undefined;
    const scales = c.node.floats("scales") ?? (sizes || !c.has(first) ? [] : c.numbers(first, "scales"));
    const policy = c.node.text("keep_aspect_ratio_policy", "stretch");
    const ratios = axes.map((axis, i) => (sizes ? (sizes[i] ?? 0) / (input[axis] ?? 1) : (scales[i] ?? 1)));
    const common = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
    return input.map((size, axis) => {
      const i = axes.indexOf(axis);
      if (i < 0) return size;
      if (sizes && policy === "stretch") return sizes[i] ?? size;
      // A little below a whole number is that number: scales are float32.
      return sizes ? Math.round(size * common) : Math.floor(size * (ratios[i] ?? 1) + 1e-6);
    });
  });
  const axes = shape.filter((size, axis) => size !== input[axis]).length;
  return moved(c, shape, [c.data(0)], interpolation(c.node.text("mode", "nearest"), axes));
};

/** Channels to pixels, or pixels to channels. */
const depthSpace =
  (toSpace: boolean): ReadRule =>
  (c) => {
    const [n, channels, height, width] = c.image(c.shape(0));
    const block = c.node.int("blocksize", 1);
    const shape = toSpace
      ? [n, channels / block ** 2, height * block, width * block]
      : [n, channels * block ** 2, height / block, width / block];
    return moved(c, shape, [c.data(0)]);
  };

/** Each result is mixed from the image at a place that is given (Jaderberg et al. 2015). */
const gridSampling: ReadRule = (c) => {
  const [input, grid] = [c.shape(0), c.shape(1)];
  const shape = [...input.slice(0, 2), ...grid.slice(1, -1)];
  const axes = grid.at(-1) ?? 2;
  return moved(c, shape, nodesOf(c, 0, 1), 2 * axes + interpolation(c.node.text("mode", "linear"), axes));
};

const affineGrid: ReadRule = (c) => {
  const shape = shapeOr(c, () => {
    const [batch = 1, , ...spatial] = c.numbers(1, "size");
    return [batch, ...spatial, spatial.length];
  });
  const axes = shape.at(-1) ?? 2;
  return c.opaque({ shape, work: "move", macs: elementCount(shape) * (axes + 1) }, ...nodesOf(c, 0));
};

/** Cut to a size, or padded to it. */
const centred: ReadRule = (c) => {
  const input = c.shape(0);
  const shape = shapeOr(c, () => {
    const target = c.numbers(1, "shape");
    const axes = c.node.ints("axes")?.map((axis) => c.axis(axis, input.length)) ?? input.map((_, axis) => axis);
    return input.map((size, axis) => (axes.includes(axis) ? (target[axes.indexOf(axis)] ?? size) : size));
  });
  return moved(c, shape, [c.data(0)]);
};

const same: ReadRule = (c) => moved(c, c.shape(0), nodesOf(c, ...Array.from({ length: c.inputCount }, (_, i) => i)));

export const movementRules: ReadRules = {
  Concat: concatenation,
  Slice: slice,
  Split: split,
  Pad: padding,
  Tile: tiling,
  Resize: resizing,
  Upsample: resizing,
  DepthToSpace: depthSpace(true),
  SpaceToDepth: depthSpace(false),
  GridSample: gridSampling,
  AffineGrid: affineGrid,
  CenterCropPad: centred,
  ReverseSequence: same,
  Trilu: (c) => moved(c, c.shape(0), nodesOf(c, 0)),
};
