/** Reads pooling of every form. */
import { item } from "@archwright/core/base";
import { elementCount, type NodeIndex, type NumberFormat, type OperatorOf, type Pair } from "@archwright/core/ir";
import type { NodeReader } from "../../values/nodeReader.ts";
import type { Value } from "../../values/state.ts";
import { nodesOf, type ReadRule, type ReadRules, shapeOr } from "../rule.ts";
import { paddingOf } from "./convolutions.ts";
import { type Image, imageOf, perAxis, type Windows, windowCounts, windowsOf } from "./windows.ts";

const product = (list: readonly number[]) => list.reduce((all, size) => all * size, 1);
const pair = (list: readonly number[]): Pair => (list.length === 1 ? [1, item(list, 0)] : [item(list, 0), item(list, 1)]);

/** Windows that the network's own pooling has. */
function isFlat(mode: string, axes: number, { kernel, dilations, begins, ends }: Windows): boolean {
  const inside = kernel.every((size, i) => item(begins, i) < size && item(ends, i) < size);
  return mode !== "norm" && axes <= 2 && inside && dilations.every((dilation) => dilation === 1);
}

/** An average counts the zeros that a Pad has put around the image. @param format of the result, where it is another than the image's. */
export function pooling(c: NodeReader, mode: "max" | "average" | "norm", format?: NumberFormat): Value | readonly Value[] {
  const image = imageOf(c);
  const axes = image.sizes.length;
  if (!c.node.has("kernel_shape")) c.fail("it has no kernel_shape", "the size of its window");
  const windows = windowsOf(c, image, perAxis(c, "kernel_shape", axes));
  const given = [...image.begins, ...image.ends].some((pad) => pad > 0);
  const counted = c.node.int("count_include_pad", 0) !== 0;
  // Padding that counts beside padding that does not.
  const mixed = mode === "average" && given && !counted && windows.own.some((pad) => pad > 0);
  const isPlain = isFlat(mode, axes, windows) && !mixed;
  const y = isPlain
    ? flat(c, image, windows, mode as "max" | "average", counted || given, format)
    : opaque(c, image, windows, mode, format);
  return c.node.outputs.length > 1 ? [y, c.beside(y, c.shapeOf(y), "int32")] : y;
}

function flat(c: NodeReader, image: Image, windows: Windows, mode: "max" | "average", counted: boolean, format?: NumberFormat): NodeIndex {
  const op: OperatorOf<"pool2d"> = {
    kind: "pool2d",
    mode,
    kernel: pair(windows.kernel),
    stride: pair(windows.strides),
    padding: paddingOf(windows),
    countPadding: mode === "average" && counted,
  };
  if (image.sizes.length === 2) return c.addWith(op, [image.x], {}, format);
  const x = c.add({ kind: "reshape", shape: [image.batch, image.channels, 1, item(image.sizes, 0)] }, image.x);
  const y = c.addWith(op, [x], {}, format);
  return c.add({ kind: "reshape", shape: [image.batch, image.channels, item(c.shapeOf(y), 3)] }, y);
}

function opaque(c: NodeReader, image: Image, windows: Windows, mode: string, format?: NumberFormat): NodeIndex {
  const shape = [image.batch, image.channels, ...windowCounts(c, image.sizes, windows)];
  // A norm raises each element to a power before it adds it.
  const operations = elementCount(shape) * product(windows.kernel) * (mode === "norm" ? 2 : 1);
  return c.opaque({ shape, work: "move", operations, ...(format && { format }) }, image.x);
}

export const globalPooling =
  (fn: "mean" | "max"): ReadRule =>
  (c) => {
    const axes = c.shape(0).flatMap((_, axis) => (axis < 2 ? [] : [axis]));
    return axes.length === 0 ? c.value(0) : c.add({ kind: "reduce", fn, axes, keepDims: true }, c.data(0));
  };

const globalNorm: ReadRule = (c) => {
  const input = c.shape(0);
  return c.opaque(
    { shape: input.map((size, axis) => (axis < 2 ? size : 1)), work: "move", operations: 2 * elementCount(input) },
    c.data(0),
  );
};

/** Elements put back where a pooling took them from. */
const unpooling: ReadRule = (c) => {
  const image = imageOf(c);
  const axes = image.sizes.length;
  const shape = shapeOr(c, () => {
    if (c.has(2)) return c.numbers(2, "output shape");
    const [kernel, strides] = [perAxis(c, "kernel_shape", axes), perAxis(c, "strides", axes)];
    const pads = c.node.ints("pads") ?? [];
    const sizes = image.sizes.map((size, i) => (size - 1) * item(strides, i) + item(kernel, i) - (pads[i] ?? 0) - (pads[i + axes] ?? 0));
    return [image.batch, image.channels, ...sizes];
  });
  return c.opaque({ shape, work: "move" }, ...nodesOf(c, 0, 1));
};

/** Regions of an image pooled to one size; each of their cells samples the image between its pixels (He et al. 2017). */
const regions: ReadRule = (c) => {
  const [, channels = 1, height = 1, width = 1] = c.shape(0);
  const [count = 1] = c.shape(1);
  const size = [c.node.int("output_height", 1), c.node.int("output_width", 1)];
  const shape = [count, channels, ...size];
  const given = c.node.int("sampling_ratio", 0);
  // Where the count of samples follows the region's size, a region is taken to be the whole image at most.
  const samples = given > 0 ? given * given : Math.ceil(height / item(size, 0)) * Math.ceil(width / item(size, 1));
  return c.opaque({ shape, work: "move", operations: 8 * samples * elementCount(shape) }, ...nodesOf(c, 0, 1, 2));
};

const maxRegions: ReadRule = (c) => {
  const [, channels = 1, height = 1, width = 1] = c.shape(0);
  const shape = [c.shape(1)[0] ?? 1, channels, ...perAxis(c, "pooled_shape", 2)];
  return c.opaque({ shape, work: "move", operations: (shape[0] ?? 1) * channels * height * width }, ...nodesOf(c, 0, 1));
};

export const poolingRules: ReadRules = {
  MaxPool: (c) => pooling(c, "max"),
  AveragePool: (c) => pooling(c, "average"),
  LpPool: (c) => pooling(c, "norm"),
  GlobalAveragePool: globalPooling("mean"),
  GlobalMaxPool: globalPooling("max"),
  GlobalLpPool: globalNorm,
  MaxUnpool: unpooling,
  RoiAlign: regions,
  MaxRoiPool: maxRegions,
};
