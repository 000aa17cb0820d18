/** Reads convolution and pooling. TensorFlow Lite pads as SAME or VALID says; the odd row or column of SAME is at the end. */
import { elementCount, type OperatorOf, type Padding, type Pair, type Shape } from "@archwright/core/ir";
import type { Computed, OperatorReader } from "../reader.ts";
import { optionSlots, paddings } from "../schema.ts";
import type { StoredTensor } from "../tensors.ts";
import { activated } from "./activations.ts";

function isSame(c: OperatorReader, slot: number): boolean {
  const padding = paddings[c.code(slot)] ?? c.fail(`its padding has the number ${c.code(slot)}`, "0 for SAME or 1 for VALID");
  return padding === "SAME";
}

/** What is put before and after one axis so that ⌈size / stride⌉ windows fit. */
function sameSides(size: number, kernel: number, stride: number, dilation: number): readonly [before: number, after: number] {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + dilation * (kernel - 1) + 1 - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** How windows lie on an image. */
interface Windows {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
}

function paddingOf(c: OperatorReader, slot: number, [height, width]: Pair, { kernel, stride, dilation }: Windows): Padding {
  for (const size of [...kernel, ...stride, ...dilation]) if (size < 1) c.fail(`a kernel, stride or dilation is ${size}`, "at least 1");
  if (!isSame(c, slot)) return [0, 0, 0, 0];
  const [top, bottom] = sameSides(height, kernel[0], stride[0], dilation[0]);
  const [left, right] = sameSides(width, kernel[1], stride[1], dilation[1]);
  return [top, left, bottom, right];
}

/** A layer's weights, of a rank; undefined where they are computed or where zeros are left out of the file. */
function plainWeights(c: OperatorReader, rank: number): StoredTensor | undefined {
  const shape = c.shape(1);
  if (shape.length !== rank) c.fail(`its weights have the shape [${shape.join(", ")}]`, `weights of ${rank} axes`);
  const stored = c.stored(1);
  return stored && stored.count === elementCount(stored.shape) ? stored : undefined;
}

/** A bias that a layer adds; it may be computed only where the weights are. */
export function biasOf(c: OperatorReader, i = 2): StoredTensor | undefined {
  if (!c.has(i)) return undefined;
  return c.stored(i) ?? c.cannot("its bias is computed from the input");
}

function convolution(c: OperatorReader, depthwise: boolean): Computed {
  const slots = depthwise ? optionSlots.depthwiseConv2d : optionSlots.conv2d;
  const [, height, width, channels] = c.imageShape(0);
  const weight = plainWeights(c, 4);
  const [first, kh, kw, last] = c.shape(1) as readonly [number, number, number, number];
  const outChannels = depthwise ? last : first;
  const groups = depthwise ? channels : channels / last;
  if (!Number.isInteger(groups) || groups < 1 || (depthwise && first !== 1) || outChannels % groups !== 0)
    c.fail(`weights [${c.shape(1).join(", ")}] do not fit ${channels} channels`);
  const stride: Pair = [c.int(slots.strideH), c.int(slots.strideW)];
  const dilation: Pair = [c.int(slots.dilationH, 1), c.int(slots.dilationW, 1)];
  const padding = paddingOf(c, slots.padding, [height, width], { kernel: [kh, kw], stride, dilation });
  const bias = biasOf(c);
  const op = { kind: "conv2d", outChannels, kernel: [kh, kw], stride, dilation, padding, groups, bias: bias !== undefined } as const;
  if (weight) return activated(c, c.add(op, [c.image(0)], "image", { weight, ...(bias ? { bias } : {}) }), slots.activation);
  // The network's convolutions store each of their weights; of this one the file does not.
  const dilated = (size: number, i: 0 | 1) => size - dilation[i] * (op.kernel[i] - 1) - 1;
  const [rows, columns] = [dilated(height + padding[0] + padding[2], 0), dilated(width + padding[1] + padding[3], 1)];
  if (rows < 0 || columns < 0) c.fail(`a ${kh}×${kw} window does not fit a ${height}×${width} image`);
  const shape = [c.shape(0)[0] as number, Math.floor(rows / stride[0]) + 1, Math.floor(columns / stride[1]) + 1, outChannels];
  const macs = (elementCount(shape) * kh * kw * channels) / groups;
  const operations = bias ? elementCount(shape) : 0;
  const work = depthwise ? "depthwise" : "convolution";
  return activated(c, c.opaque("Conv", shape, { work, macs, operations, weights: [1, 2] }), slots.activation);
}

function pooling(c: OperatorReader, mode: "max" | "average"): Computed {
  const slots = optionSlots.pool2d;
  const [, height, width] = c.imageShape(0);
  const kernel: Pair = [c.int(slots.height), c.int(slots.width)];
  const stride: Pair = [c.int(slots.strideH), c.int(slots.strideW)];
  const padding = paddingOf(c, slots.padding, [height, width], { kernel, stride, dilation: [1, 1] });
  const op: OperatorOf<"pool2d"> = { kind: "pool2d", mode, kernel, stride, padding, countPadding: false };
  return activated(c, c.add(op, [c.image(0)], "image"), slots.activation);
}

/** √ of the mean of squares in each window: a multiplication and an addition for each of its elements. */
function l2Pooling(c: OperatorReader): Computed {
  const slots = optionSlots.pool2d;
  const [n, height, width, channels] = c.imageShape(0);
  const kernel: Pair = [c.int(slots.height), c.int(slots.width)];
  const stride: Pair = [c.int(slots.strideH), c.int(slots.strideW)];
  const [top, left, bottom, right] = paddingOf(c, slots.padding, [height, width], { kernel, stride, dilation: [1, 1] });
  const side = (padded: number, i: 0 | 1) => Math.floor((padded - kernel[i]) / stride[i]) + 1;
  const shape = [n, side(height + top + bottom, 0), side(width + left + right, 1), channels];
  const operations = elementCount(shape) * 2 * kernel[0] * kernel[1];
  return activated(c, c.opaque("LpPool", shape, { work: "move", operations }), slots.activation);
}

/** Multiply-accumulates of a transposed convolution: each element of the input with the kernel of each output channel. */
function transposedMacs(input: Shape, kernel: readonly number[], outChannels: number): number {
  return elementCount(input) * elementCount(kernel) * outChannels;
}

/** The size along one axis that a transposed convolution gives where it is not stated. */
const grown = (size: number, kernel: number, stride: number, same: boolean) =>
  same ? size * stride : (size - 1) * stride + Math.max(kernel, stride);

/** Inputs: the shape of the result, weights [out, h, w, in], the image, a bias. */
function transposeConvolution(c: OperatorReader): Computed {
  const slots = optionSlots.transposeConv;
  const input = c.shape(2);
  const weight = c.shape(1);
  const [outChannels, kh, kw, channels] = weight as readonly [number, number, number, number];
  if (input.length !== 4 || weight.length !== 4 || input[3] !== channels)
    c.fail(`weights [${weight.join(", ")}] do not fit an input [${input.join(", ")}]`, "weights [out, h, w, in]");
  const shape = c.stored(0)?.values() ?? c.stated();
  if (shape.length !== 4 || shape[3] !== outChannels) c.fail(`its result shall be [${shape.join(", ")}]`, `${outChannels} channels`);
  const operations = c.has(3) ? elementCount(shape) : 0;
  const macs = transposedMacs(input, [kh, kw], outChannels);
  return activated(c, c.opaque("ConvTranspose", shape, { work: "convolution", macs, operations, weights: [1, 3] }), slots.activation);
}

/** MediaPipe's own operator: the image, weights [out, h, w, in], a bias; its options begin with SAME or VALID (1 or 2) and the strides. */
function transposeConvolutionWithBias(c: OperatorReader): Computed {
  const [input, weight] = [c.shape(0), c.shape(1)];
  const [outChannels, kh, kw, channels] = weight as readonly [number, number, number, number];
  if (input.length !== 4 || weight.length !== 4 || input[3] !== channels)
    c.fail(`weights [${weight.join(", ")}] do not fit an input [${input.join(", ")}]`, "weights [out, h, w, in]");
  const shape = c.stated();
  const macs = transposedMacs(input, [kh, kw], outChannels);
  return c.opaque("ConvTranspose", shape, { work: "convolution", macs, operations: elementCount(shape), weights: [1, 2] });
}

/** Images [N, D, H, W, C], weights [d, h, w, in, out] (transposed: [d, h, w, out, in], after the shape of the result). */
function convolution3d(c: OperatorReader, transposed: boolean): Computed {
  const slots = optionSlots.conv3d;
  const input = c.shape(transposed ? 2 : 0);
  const weight = c.shape(1);
  if (input.length !== 5 || weight.length !== 5) c.fail(`it takes [${input.join(", ")}] and weights [${weight.join(", ")}]`, "five axes");
  const kernel = weight.slice(0, 3);
  const [inside, outside] = weight.slice(3) as [number, number];
  const strides = [c.int(slots.strideD), c.int(slots.strideH), c.int(slots.strideW)];
  const dilations = [c.int(slots.dilationD, 1), c.int(slots.dilationH, 1), c.int(slots.dilationW, 1)];
  for (const size of [...strides, ...dilations]) if (size < 1) c.fail(`a stride or dilation is ${size}`, "at least 1");
  const same = isSame(c, slots.padding);
  const bias = c.has(transposed ? 3 : 2);
  const finish = (shape: Shape, macs: number, weights: readonly number[]) => {
    const cost = { work: "convolution", macs, operations: bias ? elementCount(shape) : 0, weights } as const;
    return activated(c, c.opaque(transposed ? "ConvTranspose" : "Conv", shape, cost), slots.activation);
  };
  if (transposed) {
    const sizes = input.slice(1, 4).map((size, i) => grown(size, kernel[i] as number, strides[i] as number, same));
    const shape = c.stored(0)?.values() ?? [input[0] as number, ...sizes, inside];
    return finish(shape, transposedMacs(input, kernel, inside), [1, 3]);
  }
  if ((input[4] as number) % inside !== 0) c.fail(`weights [${weight.join(", ")}] do not fit ${input[4]} channels`);
  const sizes = input.slice(1, 4).map((size, i) => {
    const [stride, window] = [strides[i] as number, (dilations[i] as number) * ((kernel[i] as number) - 1) + 1];
    return same ? Math.ceil(size / stride) : Math.floor((size - window) / stride) + 1;
  });
  if (sizes.some((size) => size < 1)) c.fail(`a ${kernel.join("×")} window does not fit [${input.join(", ")}]`);
  const shape = [input[0] as number, ...sizes, outside];
  return finish(shape, elementCount(shape) * elementCount(kernel) * inside, [1, 2]);
}

export const windowRules = {
  CONV_2D: (c: OperatorReader) => convolution(c, false),
  DEPTHWISE_CONV_2D: (c: OperatorReader) => convolution(c, true),
  AVERAGE_POOL_2D: (c: OperatorReader) => pooling(c, "average"),
  MAX_POOL_2D: (c: OperatorReader) => pooling(c, "max"),
  L2_POOL_2D: l2Pooling,
  TRANSPOSE_CONV: transposeConvolution,
  CONV_3D: (c: OperatorReader) => convolution3d(c, false),
  CONV_3D_TRANSPOSE: (c: OperatorReader) => convolution3d(c, true),
};

/** Operators that are not of the schema but met often. */
export const customWindowRules = { Convolution2DTransposeBias: transposeConvolutionWithBias };
