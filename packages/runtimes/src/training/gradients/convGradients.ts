/** Forward pass of convolutions, and the gradients of their inputs and biases. */
import { item } from "@archwright/core/base";
import type { OperatorOf, Padding, Shape } from "@archwright/core/ir";
import {
  blockDepthwiseFilter,
  blockedConv,
  blockedMeans,
  blockFilter,
  blockFirstFilter,
  padToBlocks,
  spreadBlocked,
  toBlocked,
  toPlain,
} from "../blocked.ts";
import type { Tensor, TensorOps } from "../tensorOps.ts";

type Conv = OperatorOf<"conv2d">;

/** Rows and columns of the padded input that no window reaches. */
export function unreached(op: Conv, x: Tensor, dy: Tensor): readonly [number, number] {
  const side = (i: 0 | 1) => {
    const size = item(x.shape, i + 2) + op.padding[i] + item(op.padding, i + 2);
    return size - op.dilation[i] * (op.kernel[i] - 1) - 1 - op.stride[i] * (item(dy.shape, i + 2) - 1);
  };
  return [side(0), side(1)];
}

/** Whether it is a product of matrices. */
export const isPointwise = (op: Conv) =>
  op.groups === 1 &&
  op.kernel.every((size) => size === 1) &&
  op.stride.every((step) => step === 1) &&
  op.padding.every((size) => size === 0);
/** Whether it is one product for all examples, because images are single pixels. */
export const isMatrixProduct = (op: Conv, x: Tensor) => isPointwise(op) && isSinglePixel(x);
const isSinglePixel = (x: Tensor) => x.shape[2] === 1 && x.shape[3] === 1;
const isDepthwise = (op: Conv, channels: number) => op.groups > 1 && op.groups === channels && op.outChannels === op.groups;
const isUnit = (pair: readonly number[]) => pair.every((value) => value === 1);
const channelsOf = (x: Tensor) => x.channels ?? item(x.shape, 1);

/** How a convolution is done in the blocked layout, where that pays: not for single pixels, nor where most of a block would be empty. */
export function blockedForm({ block }: TensorOps, op: Conv, x: Tensor): "depthwise" | "dense" | undefined {
  if (block === 0 || isSinglePixel(x)) return undefined;
  if (isDepthwise(op, channelsOf(x))) return "depthwise";
  return op.groups === 1 && 2 * op.outChannels >= block ? "dense" : undefined;
}

/** What a convolution reads, and the shape of what it gives. */
interface ConvForward {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
  readonly shape: Shape;
}

/** What a convolution has read, and the gradient of what it gave. */
export interface ConvBackward {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly dy: Tensor;
}

/** A convolution of [N, C, H, W] in the fastest form for a filter that changes from step to step. */
export function convForward(ops: TensorOps, op: Conv, { x, weight, bias, shape }: ConvForward): Tensor {
  const form = blockedForm(ops, op, x);
  if (!form) {
    const image = toPlain(ops, x);
    if (isMatrixProduct(op, x)) {
      const y = ops.matmul(ops.reshape(image, image.shape.slice(0, 2)), ops.reshape(weight, weight.shape.slice(0, 2)), {
        transposeB: true,
      });
      return ops.reshape(bias ? ops.add(y, bias) : y, shape);
    }
    return ops.raw("Conv", bias ? [image, weight, bias] : [image, weight], shape, {
      kernel_shape: op.kernel,
      strides: op.stride,
      dilations: op.dilation,
      pads: op.padding,
      group: op.groups,
    });
  }
  const isFirst = form === "dense" && x.channels === undefined && item(x.shape, 1) < ops.block;
  const image = isFirst ? x : toBlocked(ops, x);
  return blockedConv(ops, {
    x: image,
    filter: (form === "depthwise" ? blockDepthwiseFilter : isFirst ? blockFirstFilter : blockFilter)(ops, weight),
    window: { ...op, groups: form === "depthwise" ? item(image.shape, 1) : 1 },
    size: shape.slice(2),
    channels: op.outChannels,
    bias: bias && padToBlocks(ops, bias, 0),
  });
}

/** Padding of the convolution with the turned filter that gives the input's gradient, once the gradient is spread by the stride. */
function turnedPadding(op: Conv, x: Tensor, dy: Tensor): Padding {
  const side = (i: 0 | 1): readonly [number, number] => {
    const before = op.dilation[i] * (op.kernel[i] - 1) - op.padding[i];
    return [before, item(x.shape, i + 2) - item(dy.shape, i + 2) * op.stride[i] + op.padding[i]];
  };
  const [[top, bottom], [left, right]] = [side(0), side(1)];
  return [top, left, bottom, right];
}

/** The same where the turned convolution is done in the blocked layout. */
function blockedInputGradient(ops: TensorOps, op: Conv, { x, weight, dy }: ConvBackward, padding: Padding): Tensor {
  const turned = ops.flip(weight, [2, 3]);
  const isDense = op.groups === 1;
  const image = spreadBlocked(ops, toBlocked(ops, dy), op.stride);
  return blockedConv(ops, {
    x: image,
    filter: isDense ? blockFilter(ops, ops.transpose(turned, [1, 0, 2, 3])) : blockDepthwiseFilter(ops, turned),
    window: { kernel: op.kernel, dilation: op.dilation, padding, groups: isDense ? 1 : item(image.shape, 1) },
    size: x.shape.slice(2),
    channels: channelsOf(x),
  });
}

/** Gradient of a convolution's input. */
export function convInputGradient(ops: TensorOps, op: Conv, backward: ConvBackward): Tensor {
  const { x, weight } = backward;
  const [batch, , height, width] = x.shape as readonly [number, number, number, number];
  const channels = channelsOf(x);
  const shape = [batch, channels, height, width];
  const padding = turnedPadding(op, x, backward.dy);
  const turnable = padding.every((size) => size >= 0);
  const form = blockedForm(ops, op, x);
  if (turnable && form && (form === "depthwise" || isUnit(op.stride))) return blockedInputGradient(ops, op, backward, padding);
  const dy = toPlain(ops, backward.dy);
  if (isMatrixProduct(op, x)) {
    return ops.reshape(ops.matmul(ops.reshape(dy, dy.shape.slice(0, 2)), ops.reshape(weight, weight.shape.slice(0, 2))), shape);
  }
  if (isPointwise(op)) {
    const flat = ops.reshape(dy, [batch, op.outChannels, height * width]);
    // Turning the small matrix first is up to twice as fast as a product with a transposed left side.
    const matrix = ops.transpose(ops.reshape(weight, [op.outChannels, channels]), [1, 0]);
    return ops.reshape(ops.matmul(matrix, flat), shape);
  }
  if (turnable && isUnit(op.stride)) {
    // Inputs and outputs exchanged within each group.
    const perGroup = channels / op.groups;
    const outPerGroup = op.outChannels / op.groups;
    const split = ops.reshape(ops.flip(weight, [2, 3]), [op.groups, outPerGroup, perGroup, ...op.kernel]);
    const filter = ops.reshape(ops.transpose(split, [0, 2, 1, 3, 4]), [channels, outPerGroup, ...op.kernel]);
    const attributes = { kernel_shape: op.kernel, dilations: op.dilation, pads: padding, group: op.groups };
    return ops.raw("Conv", [dy, filter], shape, attributes);
  }
  return ops.raw("ConvTranspose", [dy, weight], shape, {
    kernel_shape: op.kernel,
    strides: op.stride,
    dilations: op.dilation,
    pads: op.padding,
    output_padding: unreached(op, x, dy),
    group: op.groups,
  });
}

/** Gradient of a bias [C] that was added to [N, C, …]. */
export function channelSum(ops: TensorOps, dy: Tensor): Tensor {
  if (dy.channels !== undefined) {
    const [batch, , height, width] = dy.shape as readonly [number, number, number, number];
    return ops.slice(ops.mul(blockedMeans(ops, dy), batch * height * width), [0], [0], [dy.channels]);
  }
  const axes = dy.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  return ops.sum(dy, axes);
}
