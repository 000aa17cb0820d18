/** The sizes of windows that slide over an image of any number of axes. ONNX lists padding as begins, then ends. */
import { item } from "@archwright/core/base";
import type { NodeIndex } from "@archwright/core/ir";
import { type NodeReader, showShape } from "../../values/nodeReader.ts";

/** Windows over the axes of an image; one number for each of them. */
export interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

/** An image and the zeros that a Pad has put around it. */
export interface Image {
  readonly x: NodeIndex;
  readonly batch: number;
  readonly channels: number;
  /** Without padding. */
  readonly sizes: readonly number[];
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

/** The image that a node takes first. */
export function imageOf(c: NodeReader): Image {
  const whole = c.data(0);
  const around = c.state.surrounds.get(whole);
  const outside = around && [...around.begins.slice(0, 2), ...around.ends.slice(0, 2)].every((count) => count === 0);
  const taken = outside && around.value === 0 ? around : undefined;
  const x = taken?.x ?? whole;
  const shape = c.shapeOf(x);
  const [batch, channels, ...sizes] = shape;
  if (batch === undefined || channels === undefined || sizes.length === 0)
    c.fail(`it takes a tensor of shape ${showShape(shape)}`, "an image [N, C, H, W], or one with fewer or more axes behind its channels");
  const none = sizes.map(() => 0);
  return { x, batch, channels, sizes, begins: taken?.begins.slice(2) ?? none, ends: taken?.ends.slice(2) ?? none };
}

/** A list with one entry for each axis of the image. */
export function perAxis(c: NodeReader, attribute: string, axes: number, fallback?: readonly number[]): readonly number[] {
  const given = c.node.ints(attribute);
  if (given === undefined || given.length === 0) return fallback ?? new Array<number>(axes).fill(1);
  if (given.length !== axes)
    c.fail(`${attribute} has ${given.length} entries`, axes === 2 ? "two, height and width" : `${axes}, one for each axis of the image`);
  if (given.some((value) => !(value >= 1))) c.fail(`${attribute} are ${showShape(given)}`, "numbers of at least 1");
  return given;
}

const sum = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value + item(b, i));

/** What the node itself pads, beside what a Pad has put around. */
function ownPadding(
  c: NodeReader,
  { sizes, begins, ends }: Image,
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
) {
  const none = sizes.map(() => 0);
  const auto = c.node.text("auto_pad", "NOTSET") || "NOTSET";
  if (auto === "VALID") return [none, none] as const;
  if (auto === "SAME_UPPER" || auto === "SAME_LOWER") {
    const totals = sizes.map((size, i) => {
      const whole = size + item(begins, i) + item(ends, i);
      const stride = item(strides, i);
      return Math.max(0, (Math.ceil(whole / stride) - 1) * stride + item(dilations, i) * (item(kernel, i) - 1) + 1 - whole);
    });
    const [less, more] = [totals.map((total) => Math.floor(total / 2)), totals.map((total) => Math.ceil(total / 2))];
    return auto === "SAME_UPPER" ? ([less, more] as const) : ([more, less] as const);
  }
  if (auto !== "NOTSET") c.fail(`auto_pad is '${auto}'`, "NOTSET, VALID, SAME_UPPER or SAME_LOWER");
  const pads = c.node.ints("pads") ?? [];
  if (pads.length === 0) return [none, none] as const;
  if (pads.length !== 2 * sizes.length)
    c.fail(
      `pads has ${pads.length} entries`,
      sizes.length === 2 ? "four: top, left, bottom, right" : `${2 * sizes.length}: begins, then ends`,
    );
  if (pads.some((pad) => !(pad >= 0)))
    c.fail(`pads are ${showShape(pads)}`, "padding of at least 0", "put a Slice before it for what is cut off");
  return [pads.slice(0, sizes.length), pads.slice(sizes.length)] as const;
}

/** Rounding the size up is padding at the end, unless a window would begin there. */
function ceilPadding(size: number, kernel: number, stride: number, begin: number, end: number): number {
  const windows = Math.ceil((size + begin + end - kernel) / stride);
  const last = windows * stride >= size + begin ? windows - 1 : windows;
  return Math.max(0, last * stride + kernel - (size + begin + end));
}

/** The windows of a node, and how much of their padding is its own. */
export function windowsOf(c: NodeReader, image: Image, kernel: readonly number[]): Windows & { readonly own: readonly number[] } {
  const axes = image.sizes.length;
  const [strides, dilations] = [perAxis(c, "strides", axes), perAxis(c, "dilations", axes)];
  const [own, ownEnds] = ownPadding(c, image, kernel, strides, dilations);
  const begins = sum(own, image.begins);
  let ends = sum(ownEnds, image.ends);
  if (c.node.int("ceil_mode", 0) !== 0) {
    ends = ends.map((end, i) => {
      const reach = item(dilations, i) * (item(kernel, i) - 1) + 1;
      return end + ceilPadding(item(image.sizes, i), reach, item(strides, i), item(begins, i), end);
    });
  }
  return { kernel, strides, dilations, begins, ends, own: [...own, ...ownEnds] };
}

/** How many windows there are along each axis. */
export function windowCounts(
  c: NodeReader,
  sizes: readonly number[],
  { kernel, strides, dilations, begins, ends }: Windows,
): readonly number[] {
  return sizes.map((size, i) => {
    const reach = item(dilations, i) * (item(kernel, i) - 1) + 1;
    const count = Math.floor((size + item(begins, i) + item(ends, i) - reach) / item(strides, i)) + 1;
    if (!(count >= 1)) c.fail(`a ${kernel.join("×")} window does not fit a ${sizes.join("×")} image`);
    return count;
  });
}
