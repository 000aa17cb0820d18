/** Reads convolutions of every form. */
import { item } from "@archwright/core/base";
import { elementCount, type NodeIndex, type NumberFormat, type OperatorOf, type Padding, type Pair, type Shape } from "@archwright/core/ir";
import { type NodeReader, showShape } from "../../values/nodeReader.ts";
import type { Tensor } from "../../values/state.ts";
import { StoredTensor } from "../../values/tensors.ts";
import { type ReadRule, type ReadRules, shapeOr } from "../rule.ts";
import { type Image, imageOf, perAxis, type Windows, windowCounts, windowsOf } from "./windows.ts";

/** Which inputs a convolution has where, and the format of its result where that is not the image's. */
export interface ConvolutionForm {
  readonly weight: number;
  readonly bias: number;
  readonly format?: NumberFormat;
  /** Whether weights may be filled up with zeros to whole blocks of channels, where the image is not. */
  readonly blocked?: boolean;
}

/** Channels of a block, at most: those of a vector register of 64 bytes. */
const largestBlock = 16;

const plain: ConvolutionForm = { weight: 1, bias: 2 };
const product = (list: readonly number[]) => list.reduce((all, size) => all * size, 1);

/** Two axes of a network's image; one axis is an image of height 1. */
const pairOf = (list: readonly number[], first: number): Pair =>
  list.length === 1 ? [first, item(list, 0)] : [item(list, 0), item(list, 1)];

export const paddingOf = ({ begins, ends }: Windows): Padding => {
  const [[top, left], [bottom, right]] = [pairOf(begins, 0), pairOf(ends, 0)];
  return [top, left, bottom, right];
};

export function convolution(c: NodeReader, form: ConvolutionForm = plain): NodeIndex {
  const weight = c.value(form.weight);
  const weightShape = c.shapeOf(weight);
  const image = imageOf(c);
  const axes = image.sizes.length;
  if (weightShape.length !== axes + 2) {
    const wanted = axes === 2 ? "[out, in / groups, height, width]" : `${axes + 2} axes: out, in / groups, and those of the window`;
    c.fail(`its weights have the shape ${showShape(weightShape)}`, wanted);
  }
  const [outChannels = 0, perGroup = 0, ...kernelSizes] = weightShape;
  const kernel = perAxis(c, "kernel_shape", axes, kernelSizes);
  const groups = c.node.int("group", 1);
  const filled = perGroup * groups - image.channels;
  const fits = filled === 0 || (form.blocked === true && filled > 0 && filled < largestBlock);
  if (kernel.some((size, i) => size !== kernelSizes[i]) || !fits) {
    c.fail(
      `weights ${showShape(weightShape)} do not fit ${image.channels} channels, ${groups} groups and a ${kernel.join("×")} kernel`,
      "weights [out, in / groups, height, width]",
    );
  }
  const windows = windowsOf(c, image, kernel);
  const bias = c.has(form.bias) ? c.value(form.bias) : undefined;
  const whole = { image, windows, weight, bias, outChannels, groups, ...(form.format && { format: form.format }) };
  const stored = weight instanceof StoredTensor && (bias === undefined || bias instanceof StoredTensor);
  if (filled > 0) return opaque(c, { ...whole, image: { ...image, channels: perGroup * groups } });
  return stored && axes <= 2 ? flat(c, whole) : opaque(c, whole);
}

interface Convolution {
  readonly image: Image;
  readonly windows: Windows;
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
  readonly outChannels: number;
  readonly groups: number;
  readonly format?: NumberFormat;
}

/** One or two axes: the network's own convolution. */
function flat(c: NodeReader, { image, windows, weight, bias, outChannels, groups, format }: Convolution): NodeIndex {
  const line = image.sizes.length === 1;
  const op: OperatorOf<"conv2d"> = {
    kind: "conv2d",
    outChannels,
    kernel: pairOf(windows.kernel, 1),
    stride: pairOf(windows.strides, 1),
    dilation: pairOf(windows.dilations, 1),
    padding: paddingOf(windows),
    groups,
    bias: bias !== undefined,
  };
  const x = line ? c.add({ kind: "reshape", shape: [image.batch, image.channels, 1, item(image.sizes, 0)] }, image.x) : image.x;
  const y = c.addWith(op, [x], { weight, bias }, format);
  if (!line) return y;
  const shape = c.shapeOf(y);
  return c.add({ kind: "reshape", shape: [item(shape, 0), item(shape, 1), item(shape, 3)] }, y);
}

/** Three axes, or weights that are computed. */
function opaque(c: NodeReader, { image, windows, weight, bias, outChannels, groups, format }: Convolution): NodeIndex {
  if (groups < 1 || outChannels % groups !== 0) c.fail(`${outChannels} output channels do not divide into ${groups} groups`);
  const shape = [image.batch, outChannels, ...windowCounts(c, image.sizes, windows)];
  const tensors = [weight, bias].filter((one) => one !== undefined);
  return c.opaque(
    {
      shape,
      work: groups === image.channels && groups > 1 ? "depthwise" : "convolution",
      macs: (elementCount(shape) * image.channels * product(windows.kernel)) / groups,
      operations: bias === undefined ? 0 : elementCount(shape),
      weights: tensors.filter((one) => one instanceof StoredTensor),
      ...(format && { format }),
    },
    image.x,
    ...tensors.filter((one) => typeof one === "number"),
  );
}

/** Every input element is spread over a window: as many products as a convolution that goes the other way. */
const transposed: ReadRule = (c) => {
  const weight = c.value(1);
  const image = imageOf(c);
  const axes = image.sizes.length;
  const [inChannels, perGroup = 0, ...kernelSizes] = c.shapeOf(weight);
  const kernel = perAxis(c, "kernel_shape", axes, kernelSizes);
  const groups = c.node.int("group", 1);
  if (inChannels !== image.channels || kernelSizes.length !== axes)
    c.fail(`weights ${showShape(c.shapeOf(weight))} do not fit ${image.channels} channels`, "weights [in, out / groups, height, width]");
  const spatial = transposedSizes(c, image, kernel);
  const shape = [image.batch, perGroup * groups, ...spatial];
  const bias = c.has(2) ? c.value(2) : undefined;
  const tensors = [weight, bias].filter((one) => one !== undefined);
  const macs = image.batch * image.channels * product(image.sizes) * perGroup * product(kernel);
  return c.opaque(
    {
      shape,
      work: groups === image.channels && groups > 1 ? "depthwise" : "convolution",
      macs,
      operations: bias === undefined ? 0 : elementCount(shape),
      weights: tensors.filter((one) => one instanceof StoredTensor),
    },
    c.data(0),
    ...tensors.filter((one) => typeof one === "number"),
  );
};

function transposedSizes(c: NodeReader, { sizes }: Image, kernel: readonly number[]): readonly number[] {
  const axes = sizes.length;
  const stated = c.node.ints("output_shape");
  if (stated && stated.length > 0) return stated.slice(-axes);
  const [strides, dilations] = [perAxis(c, "strides", axes), perAxis(c, "dilations", axes)];
  const given = c.node.ints("output_padding") ?? [];
  const pads = c.node.ints("pads") ?? [];
  const auto = c.node.text("auto_pad", "NOTSET");
  return sizes.map((size, i) => {
    const stride = item(strides, i);
    if (auto.startsWith("SAME")) return size * stride;
    const padded = auto === "VALID" ? 0 : (pads[i] ?? 0) + (pads[i + axes] ?? 0);
    return stride * (size - 1) + (given[i] ?? 0) + item(dilations, i) * (item(kernel, i) - 1) + 1 - padded;
  });
}

/** Each window's elements are interpolated, then multiplied (Dai et al. 2017). */
const deformable: ReadRule = (c) => {
  const weight = c.value(1);
  const image = imageOf(c);
  const [outChannels = 0, perGroup = 0, ...kernelSizes] = c.shapeOf(weight);
  const kernel = perAxis(c, "kernel_shape", image.sizes.length, kernelSizes);
  const shape = [image.batch, outChannels, ...windowCounts(c, image.sizes, windowsOf(c, image, kernel))];
  const sampled = image.batch * product(shape.slice(2)) * product(kernel) * image.channels;
  const tensors = [1, 2, 3, 4].filter((i) => c.has(i)).map((i) => c.value(i));
  return c.opaque(
    {
      shape,
      work: "convolution",
      macs: elementCount(shape) * perGroup * product(kernel),
      // Of four neighbours, each weighed and added.
      operations: 8 * sampled,
      weights: tensors.filter((one) => one instanceof StoredTensor),
    },
    c.data(0),
    ...tensors.filter((one) => typeof one === "number"),
  );
};

/** A convolution of images whose channels are last: [N, H, W, C]; weights [out, in / groups, height, width], or as NHWC themselves. */
export function channelsLast(c: NodeReader, form: ConvolutionForm): NodeIndex {
  const weight = c.value(form.weight);
  const [batch = 0, ...rest] = c.shape(0);
  const [sizes, channels] = [rest.slice(0, -1), rest.at(-1) ?? 0];
  const shape = c.shapeOf(weight);
  const groups = c.node.int("group", 1);
  const kernel = perAxis(c, "kernel_shape", sizes.length, shape[1] === channels / groups ? shape.slice(2) : shape.slice(1, -1));
  const none = sizes.map(() => 0);
  const image: Image = { x: c.data(0), batch, channels, sizes, begins: none, ends: none };
  const out: Shape = [batch, ...windowCounts(c, sizes, windowsOf(c, image, kernel)), shape[0] ?? 0];
  const tensors = [weight, ...(c.has(form.bias) ? [c.value(form.bias)] : [])];
  return c.opaque(
    {
      shape: out,
      work: groups === channels && groups > 1 ? "depthwise" : "convolution",
      macs: (elementCount(out) * channels * product(kernel)) / groups,
      operations: tensors.length > 1 ? elementCount(out) : 0,
      weights: tensors.filter((one) => one instanceof StoredTensor),
      ...(form.format && { format: form.format }),
    },
    image.x,
    ...tensors.filter((one) => typeof one === "number"),
  );
}

/** Blocks of a column matrix put back where they overlap in an image. */
const columnsToImage: ReadRule = (c) => {
  const [batch = 1, rows = 0] = c.shape(0);
  const shape = shapeOr(c, () => [batch, rows / product(c.numbers(2, "block shape")), ...c.numbers(1, "image shape")]);
  return c.opaque({ shape, work: "move", operations: elementCount(c.shape(0)) }, c.data(0));
};

export const convolutionRules: ReadRules = {
  Conv: (c) => convolution(c),
  ConvTranspose: transposed,
  DeformConv: deformable,
  Col2Im: columnsToImage,
};
