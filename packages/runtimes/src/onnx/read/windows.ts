/** Reads convolution and pooling from ONNX nodes. ONNX lists padding as the network does: top, left, bottom, right. */
import { item } from "@archwright/core/base";
import type { OperatorOf, Padding, Pair } from "@archwright/core/ir";
import type { NodeReader, Value } from "./nodes.ts";

function pairOf(c: NodeReader, attribute: string, fallback: Pair): Pair {
  const given = c.node.ints(attribute);
  if (given === undefined || given.length === 0) return fallback;
  if (given.length !== 2) c.fail(`${attribute} has ${given.length} entries`, "two, height and width");
  return [item(given, 0), item(given, 1)];
}

interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
}

/** Zeros that make the output ⌈size / stride⌉ large. */
function sameTotal(size: number, kernel: number, stride: number, dilation: number): number {
  return Math.max(0, (Math.ceil(size / stride) - 1) * stride + dilation * (kernel - 1) + 1 - size);
}

function paddingOf(c: NodeReader, [height, width]: Pair, { kernel, stride, dilation }: Window): Padding {
  const auto = c.node.text("auto_pad", "NOTSET");
  if (auto === "VALID") return [0, 0, 0, 0];
  if (auto === "SAME_UPPER" || auto === "SAME_LOWER") {
    const totals = [sameTotal(height, kernel[0], stride[0], dilation[0]), sameTotal(width, kernel[1], stride[1], dilation[1])] as const;
    const less = totals.map((total) => Math.floor(total / 2)) as [number, number];
    const more = totals.map((total) => Math.ceil(total / 2)) as [number, number];
    return auto === "SAME_UPPER" ? [...less, ...more] : [...more, ...less];
  }
  if (auto !== "NOTSET") c.fail(`auto_pad is '${auto}'`, "NOTSET, VALID, SAME_UPPER or SAME_LOWER");
  const pads = c.node.ints("pads") ?? [];
  if (pads.length === 0) return [0, 0, 0, 0];
  if (pads.length !== 4) c.fail(`pads has ${pads.length} entries`, "four: top, left, bottom, right");
  if (pads.some((pad) => pad < 0))
    c.fail(`pads are [${pads.join(", ")}]`, "padding of at least 0", "put a Slice before it for what is cut off");
  return pads as unknown as Padding;
}

const sum = (a: Padding, b: Padding) => a.map((pad, i) => pad + item(b, i)) as unknown as Padding;

export function convolution(c: NodeReader): Value {
  const { x, before, shape } = c.paddedImage();
  const [, channels, height, width] = shape;
  const weight = c.stored(1, "weights").shape;
  if (weight.length !== 4) c.fail(`its weights have the shape [${weight.join(", ")}]`, "[out, in / groups, height, width]");
  const [outChannels, perGroup, kh, kw] = weight as readonly [number, number, number, number];
  const kernel = pairOf(c, "kernel_shape", [kh, kw]);
  const groups = c.node.int("group", 1);
  if (kernel[0] !== kh || kernel[1] !== kw || perGroup * groups !== channels) {
    c.fail(
      `weights [${weight.join(", ")}] do not fit ${channels} channels, ${groups} groups and a ${kernel.join("×")} kernel`,
      "weights [out, in / groups, height, width]",
    );
  }
  const [stride, dilation] = [pairOf(c, "strides", [1, 1]), pairOf(c, "dilations", [1, 1])];
  const own = paddingOf(c, [height + before[0] + before[2], width + before[1] + before[3]], { kernel, stride, dilation });
  const op = { kind: "conv2d", outChannels, kernel, stride, dilation, padding: sum(own, before), groups, bias: c.has(2) } as const;
  return c.add(op, x);
}

/** Rounding the size up is padding at the end, unless a window would begin there. */
function ceilPadding(size: number, kernel: number, stride: number, [begin, end]: readonly [number, number]): number {
  const windows = Math.ceil((size + begin + end - kernel) / stride);
  const last = windows * stride >= size + begin ? windows - 1 : windows;
  return Math.max(0, last * stride + kernel - (size + begin + end));
}

/** An average counts the zeros that a Pad has put around the image. */
export function pooling(c: NodeReader, mode: "max" | "average"): Value {
  const { x, before, shape } = c.paddedImage();
  const [, , height, width] = shape;
  const kernel = pairOf(c, "kernel_shape", [0, 0]);
  const stride = pairOf(c, "strides", [1, 1]);
  if (pairOf(c, "dilations", [1, 1]).some((dilation) => dilation !== 1))
    c.fail("it pools with dilation", "dilations of 1, the only ones that networks have");
  const [outerHeight, outerWidth] = [height + before[0] + before[2], width + before[1] + before[3]];
  let padding = paddingOf(c, [outerHeight, outerWidth], { kernel, stride, dilation: [1, 1] });
  const counted = c.node.int("count_include_pad", 0) !== 0;
  if (before.some((pad) => pad > 0) && mode === "average" && !counted && padding.some((pad) => pad > 0))
    c.fail("it averages over padding that counts and padding that does not", "either kind of padding alone");
  if (c.node.int("ceil_mode", 0) !== 0) {
    const [top, left, bottom, right] = padding;
    const below = ceilPadding(outerHeight, kernel[0], stride[0], [top, bottom]);
    padding = [top, left, bottom + below, right + ceilPadding(outerWidth, kernel[1], stride[1], [left, right])];
  }
  const countPadding = mode === "average" && (counted || before.some((pad) => pad > 0));
  const op: OperatorOf<"pool2d"> = { kind: "pool2d", mode, kernel, stride, padding: sum(padding, before), countPadding };
  return c.add(op, x);
}
