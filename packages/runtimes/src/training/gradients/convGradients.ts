/** Forward pass and gradients of convolutions. */
import { item } from "@archwright/core/base";
import type { OperatorOf, Padding, Pair, Shape } from "@archwright/core/ir";
import { blockDepthwiseFilter, blockedConv, blockFilter, fromBlocked, spreadBlocked, toBlocked } from "../blocked.ts";
import type { Tensor, TensorOps } from "../tensorOps.ts";

type Conv = OperatorOf<"conv2d">;

/** Rows and columns of the padded input that no window reaches. */
function unreached(op: Conv, x: Tensor, dy: Tensor): readonly [number, number] {
  const side = (i: 0 | 1) => {
    const size = item(x.shape, i + 2) + op.padding[i] + item(op.padding, i + 2);
    return size - op.dilation[i] * (op.kernel[i] - 1) - 1 - op.stride[i] * (item(dy.shape, i + 2) - 1);
  };
  return [side(0), side(1)];
}

const isPointwise = (op: Conv) =>
  op.groups === 1 &&
  op.kernel.every((size) => size === 1) &&
  op.stride.every((step) => step === 1) &&
  op.padding.every((size) => size === 0);
const isDepthwise = (op: Conv, x: Tensor) => op.groups > 1 && op.groups === x.shape[1] && op.outChannels === op.groups;
const isUnit = (pair: readonly number[]) => pair.every((value) => value === 1);

/** Whether the blocked layout pays for a dense convolution: whole blocks on both sides, and more than a matrix product. */
const isBlockable = ({ block }: TensorOps, op: Conv, x: Tensor) =>
  block > 0 && op.groups === 1 && !isPointwise(op) && op.outChannels % block === 0 && item(x.shape, 1) % block === 0;

/** What a convolution reads, and the shape of what it gives. */
interface ConvForward {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
  readonly shape: Shape;
}

/** What a convolution has read, and the gradient of what it gave. */
interface ConvBackward {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly dy: Tensor;
}

/** A convolution of [N, C, H, W] in the fastest form for a filter that changes from step to step. */
export function convForward(ops: TensorOps, op: Conv, { x, weight, bias, shape }: ConvForward): Tensor {
  const depthwise = ops.block > 0 && isDepthwise(op, x);
  if (!depthwise && !isBlockable(ops, op, x)) {
    return ops.raw("Conv", bias ? [x, weight, bias] : [x, weight], shape, {
      kernel_shape: op.kernel,
      strides: op.stride,
      dilations: op.dilation,
      pads: op.padding,
      group: op.groups,
    });
  }
  const blocked = toBlocked(ops, x);
  const filter = depthwise ? blockDepthwiseFilter(ops, weight) : blockFilter(ops, weight);
  const groups = depthwise ? item(blocked.shape, 1) : 1;
  const y = fromBlocked(ops, blockedConv(ops, { x: blocked, filter, window: { ...op, groups }, size: shape.slice(2) }), op.outChannels);
  return bias ? ops.add(y, ops.reshape(bias, [1, op.outChannels, 1, 1])) : y;
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

/** Gradient of a convolution's input. */
export function convInputGradient(ops: TensorOps, op: Conv, { x, weight, dy }: ConvBackward): Tensor {
  const [batch, channels, height, width] = x.shape as readonly [number, number, number, number];
  if (isPointwise(op)) {
    const flat = ops.reshape(dy, [batch, op.outChannels, height * width]);
    // Turning the small matrix first is up to twice as fast as a product with a transposed left side.
    const matrix = ops.transpose(ops.reshape(weight, [op.outChannels, channels]), [1, 0]);
    return ops.reshape(ops.matmul(matrix, flat), x.shape);
  }
  const padding = turnedPadding(op, x, dy);
  const turnable = padding.every((size) => size >= 0);
  const turned = ops.flip(weight, [2, 3]);
  const window = { kernel: op.kernel, dilation: op.dilation, padding };
  if (turnable && ops.block > 0 && isDepthwise(op, x)) {
    const spread = spreadBlocked(ops, toBlocked(ops, dy), op.stride);
    const groups = item(spread.shape, 1);
    const dx = blockedConv(ops, {
      x: spread,
      filter: blockDepthwiseFilter(ops, turned),
      window: { ...window, groups },
      size: [height, width],
    });
    return fromBlocked(ops, dx, channels);
  }
  if (turnable && isUnit(op.stride)) {
    if (isBlockable(ops, op, x)) {
      const filter = blockFilter(ops, ops.transpose(turned, [1, 0, 2, 3]));
      return fromBlocked(ops, blockedConv(ops, { x: toBlocked(ops, dy), filter, window, size: [height, width] }), channels);
    }
    // Inputs and outputs exchanged within each group.
    const perGroup = channels / op.groups;
    const outPerGroup = op.outChannels / op.groups;
    const split = ops.reshape(turned, [op.groups, outPerGroup, perGroup, ...op.kernel]);
    const filter = ops.reshape(ops.transpose(split, [0, 2, 1, 3, 4]), [channels, outPerGroup, ...op.kernel]);
    const attributes = { kernel_shape: op.kernel, dilations: op.dilation, pads: padding, group: op.groups };
    return ops.raw("Conv", [dy, filter], x.shape, attributes);
  }
  return ops.raw("ConvTranspose", [dy, weight], x.shape, {
    kernel_shape: op.kernel,
    strides: op.stride,
    dilations: op.dilation,
    pads: op.padding,
    output_padding: unreached(op, x, dy),
    group: op.groups,
  });
}

/** Σ over the batch of a[n]·b[n]ᵀ, for [N, rows, pixels] and [N, columns, pixels]. */
function sumOfProducts(ops: TensorOps, a: Tensor, b: Tensor): Tensor {
  return ops.sum(ops.matmul(a, b, { transposeB: true }), [0]);
}

/**
 * Gradient of a dense filter as one matrix product with all shifts of the padded input beside each other. Both images are
 * given the same row length, so that a shift by rows and columns is a shift along the flattened image and is copied in one go;
 * a stride is taken care of by one image for each remainder of row and column.
 */
function filterGradientByShifts(ops: TensorOps, op: Conv, x: Tensor, dy: Tensor): Tensor {
  const [batch, channels, height, width] = x.shape as readonly [number, number, number, number];
  const [rows, columns] = dy.shape.slice(2) as [number, number];
  const [kernel, stride, dilation] = [op.kernel, op.stride, op.dilation];
  // Length of a row of every remainder's image, and rows: one more than needed, for the last shift runs beyond the end.
  const reach = (i: 0 | 1) => Math.floor((dilation[i] * (kernel[i] - 1)) / stride[i]);
  const rowLength = Math.max(columns + reach(1), 1);
  const rowCount = rows + reach(0) + 1;
  const pad = (i: 0 | 1, count: number) => count * stride[i] - op.padding[i] - item(x.shape, i + 2);
  const [below, beyond] = [pad(0, rowCount), pad(1, rowLength)];
  const cropped = ops.slice(x, [2, 3], [0, 0], [height + Math.min(0, below), width + Math.min(0, beyond)]);
  const image = ops.pad(cropped, [0, 0, op.padding[0], op.padding[1]], [0, 0, Math.max(0, below), Math.max(0, beyond)]);
  const length = rows * rowLength;
  const pixels = rowCount * rowLength;
  const isSquare = stride[0] === stride[1];
  // Remainders one after another: [N, stride²·C, pixels].
  const remainders = isSquare && stride[0] > 1 ? ops.spaceToDepth(image, stride[0]) : image;
  const shifts: Tensor[] = [];
  for (let a = 0; a < kernel[0]; a++) {
    for (let b = 0; b < kernel[1]; b++) {
      const [down, right] = [a * dilation[0], b * dilation[1]];
      const start = Math.floor(down / stride[0]) * rowLength + Math.floor(right / stride[1]);
      const [row, column] = [down % stride[0], right % stride[1]];
      const part = isSquare ? remainders : ops.every(image, [2, 3], [row, column], stride);
      const first = isSquare ? (row * stride[1] + column) * channels : 0;
      const flat = ops.reshape(part, [batch, item(part.shape, 1), pixels]);
      shifts.push(ops.slice(flat, [1, 2], [first, start], [first + channels, start + length]));
    }
  }
  const widened = ops.reshape(ops.pad(dy, [0, 0, 0, 0], [0, 0, 0, rowLength - columns]), [batch, op.outChannels, length]);
  const products = sumOfProducts(ops, widened, ops.concat(shifts, 1));
  const split = ops.reshape(products, [op.outChannels, kernel[0] * kernel[1], channels]);
  return ops.reshape(ops.transpose(split, [0, 2, 1]), [op.outChannels, channels, ...kernel]);
}

/** Gradient of a convolution's filter. */
export function convFilterGradient(ops: TensorOps, op: Conv, { x, weight, dy }: ConvBackward): Tensor {
  const [batch, channels, height, width] = x.shape as readonly [number, number, number, number];
  if (isPointwise(op)) {
    const pixels = height * width;
    const [left, right] = [ops.reshape(dy, [batch, op.outChannels, pixels]), ops.reshape(x, [batch, channels, pixels])];
    return ops.reshape(sumOfProducts(ops, left, right), weight.shape);
  }
  if (op.groups === 1) return filterGradientByShifts(ops, op, x, dy);
  // A convolution of the inputs by the output gradients, stride and dilation exchanged; examples become channels.
  const [moreRows, moreColumns] = unreached(op, x, dy);
  const rows = op.kernel[0] + Math.floor(moreRows / op.dilation[0]);
  const columns = op.kernel[1] + Math.floor(moreColumns / op.dilation[1]);
  const window = { kernel: dy.shape.slice(2) as unknown as Pair, stride: op.dilation, dilation: op.stride, padding: op.padding };
  if (ops.block > 0 && isDepthwise(op, x)) {
    // Every channel of every example by itself: its output gradients already lie as the blocked convolution wants its filters.
    const [images, filters] = [toBlocked(ops, x), toBlocked(ops, dy)];
    const planes = batch * item(images.shape, 1);
    const image = ops.reshape(images, [1, planes, height, width]);
    const filter = ops.reshape(filters, [planes, 1, ...dy.shape.slice(2)]);
    const each = blockedConv(ops, { x: image, filter, window: { ...window, groups: planes }, size: [rows, columns] });
    const sum = ops.sum(ops.reshape(each, [batch, planes / batch, rows, columns]), [0], true);
    const result = ops.slice(fromBlocked(ops, sum, channels), [2, 3], [0, 0], op.kernel);
    return ops.reshape(result, weight.shape);
  }
  const perGroup = channels / op.groups;
  const split = ops.reshape(x, [batch, op.groups, perGroup, height, width]);
  const images = ops.reshape(ops.transpose(split, [2, 1, 0, 3, 4]), [perGroup, op.groups * batch, height, width]);
  const result = ops.raw("Conv", [images, ops.transpose(dy, [1, 0, 2, 3])], [perGroup, op.outChannels, rows, columns], {
    kernel_shape: window.kernel,
    strides: window.stride,
    dilations: window.dilation,
    pads: op.padding,
    group: op.groups,
  });
  return ops.transpose(ops.slice(result, [2, 3], [0, 0], op.kernel), [1, 0, 2, 3]);
}

/** Gradient of a bias [C] that was added to [N, C, …]. */
export function channelSum(ops: TensorOps, dy: Tensor): Tensor {
  const axes = dy.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  return ops.sum(dy, axes);
}
