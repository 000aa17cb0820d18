/** Gradients of the filters of convolutions. */
import { item } from "@archwright/core/base";
import type { OperatorOf, Padding, Pair } from "@archwright/core/ir";
import { blockedConv, channelsLast, padToBlocks, planeCorrelation, toBlocked, toPlain } from "../blocked.ts";
import type { Tensor, TensorOps } from "../tensorOps.ts";
import { blockedForm, type ConvBackward, isMatrixProduct, isPointwise, unreached } from "./convGradients.ts";

type Conv = OperatorOf<"conv2d">;

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

/** The filter's gradient as a correlation of the input with the output's gradient, stride and dilation exchanged. */
interface Correlation {
  /** No more than what the windows reach. */
  readonly padding: Padding;
  /** Height and width of the result: the kernel's, or more where windows leave a rest of the input. */
  readonly size: Pair;
}

function correlation(op: Conv, x: Tensor, dy: Tensor): Correlation {
  const side = (i: 0 | 1) => {
    const [size, before, out] = [item(x.shape, i + 2), op.padding[i], item(dy.shape, i + 2)];
    const span = (out - 1) * op.stride[i] + 1;
    const after = Math.max(0, span + (op.kernel[i] - 1) * op.dilation[i] - size - before);
    return { after, length: Math.floor((size + before + after - span) / op.dilation[i]) + 1 };
  };
  const [down, right] = [side(0), side(1)];
  return { padding: [op.padding[0], op.padding[1], down.after, right.after], size: [down.length, right.length] };
}

/** Depthwise: every channel of every example by itself. */
function depthwiseFilterGradient(ops: TensorOps, op: Conv, x: Tensor, dy: Tensor): Tensor {
  const [images, filters] = [toBlocked(ops, x), toBlocked(ops, dy)];
  const kernel = dy.shape.slice(2) as unknown as Pair;
  const { padding, size } = correlation(op, x, dy);
  const each = planeCorrelation(ops, images, filters, { kernel, padding, stride: op.dilation, dilation: op.stride, size });
  const sum = { ...ops.sum(each, [0], true), channels: op.outChannels };
  const result = ops.slice(toPlain(ops, sum), [2, 3], [0, 0], op.kernel);
  return ops.reshape(result, [op.outChannels, 1, ...op.kernel]);
}

/**
 * Dense: one image a channel of the input, whose channels are the examples, by one filter a channel of the output.
 * So the sum runs over examples, which fill whole blocks, and no shifted copies of the input are made.
 */
function filterGradientOverBatch(ops: TensorOps, op: Conv, x: Tensor, dy: Tensor): Tensor {
  const { block } = ops;
  const images = toBlocked(ops, ops.transpose(toPlain(ops, x), [1, 0, 2, 3]));
  const [channels, examples, height, width] = images.shape as readonly [number, number, number, number];
  const { padding, size } = correlation(op, x, dy);
  const [top, left, bottom, right] = padding;
  // Padding beforehand lets the convolution do whole rows at once.
  const planes = ops.reshape(images, [(channels * examples) / block, height, width, block]);
  const padded = ops.pad(planes, [0, top, left, 0], [0, bottom, right, 0]);
  const image = ops.reshape(padded, [channels, examples, height + top + bottom, width + left + right]);

  const gradient = padToBlocks(ops, toBlocked(ops, dy), 0);
  const [, outputs, rows, columns] = gradient.shape as readonly [number, number, number, number];
  const split = ops.reshape(gradient, [examples / block, block, outputs / block, rows * columns, block]);
  const filter = ops.reshape(ops.transpose(split, [2, 0, 3, 1, 4]), [outputs, examples, rows, columns]);
  const window = { kernel: [rows, columns], stride: op.dilation, dilation: op.stride, padding: [0, 0, 0, 0] } as const;
  const products = toPlain(ops, blockedConv(ops, { x: image, filter, window, size, channels: op.outChannels }));
  return ops.transpose(ops.slice(products, [2, 3], [0, 0], op.kernel), [1, 0, 2, 3]);
}

/**
 * Of a product of matrices, Σ dy·xᵀ over all pixels of all examples, as a blocked convolution whose channels are the pixels.
 * The side with more channels is the filter, for it is the cheaper one to lay out.
 */
function pointwiseFilterGradient(ops: TensorOps, x: Tensor, dy: Tensor): Tensor {
  const { block } = ops;
  const isWidening = item(dy.shape, 1) >= item(x.shape, 1);
  const [wide, narrow] = isWidening ? [dy, x] : [x, dy];
  const [batch, full, height, width] = wide.shape as readonly [number, number, number, number];
  const pixels = batch * height * width;
  const rows = item(narrow.shape, 1);
  const split = ops.reshape(wide, [batch, full / block, height * width, block]);
  const filter = ops.reshape(ops.transpose(split, [1, 0, 2, 3]), [full, pixels, 1, 1]);
  const image = toBlocked(ops, ops.reshape(channelsLast(ops, narrow), [1, pixels, rows, 1]));
  const window = { kernel: [1, 1], padding: [0, 0, 0, 0] } as const;
  const channels = wide.channels ?? full;
  const products = toPlain(ops, blockedConv(ops, { x: image, filter, window, size: [rows, 1], channels }));
  const counted = ops.slice(ops.reshape(products, [channels, rows]), [1], [0], [narrow.channels ?? rows]);
  return isWidening ? counted : ops.transpose(counted, [1, 0]);
}

/** Gradient of a convolution's filter. */
export function convFilterGradient(ops: TensorOps, op: Conv, backward: ConvBackward): Tensor {
  const { weight } = backward;
  const form = blockedForm(ops, op, backward.x);
  if (form === "depthwise") return depthwiseFilterGradient(ops, op, backward.x, backward.dy);
  if (form === "dense" && !isPointwise(op)) return filterGradientOverBatch(ops, op, backward.x, backward.dy);
  const pixels = item(backward.x.shape, 0) * item(backward.x.shape, 2) * item(backward.x.shape, 3);
  if (form === "dense" && pixels % ops.block === 0) {
    return ops.reshape(pointwiseFilterGradient(ops, toBlocked(ops, backward.x), toBlocked(ops, backward.dy)), weight.shape);
  }
  const [x, dy] = [toPlain(ops, backward.x), toPlain(ops, backward.dy)];
  const [batch, channels, height, width] = x.shape as readonly [number, number, number, number];
  if (isMatrixProduct(op, x)) {
    const [left, right] = [ops.reshape(dy, [batch, op.outChannels]), ops.reshape(x, [batch, channels])];
    return ops.reshape(ops.matmul(left, right, { transposeA: true }), weight.shape);
  }
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
  const perGroup = channels / op.groups;
  const split = ops.reshape(x, [batch, op.groups, perGroup, height, width]);
  const images = ops.reshape(ops.transpose(split, [2, 1, 0, 3, 4]), [perGroup, op.groups * batch, height, width]);
  const result = ops.raw("Conv", [images, ops.transpose(dy, [1, 0, 2, 3])], [perGroup, op.outChannels, rows, columns], {
    kernel_shape: dy.shape.slice(2),
    strides: op.dilation,
    dilations: op.stride,
    pads: op.padding,
    group: op.groups,
  });
  return ops.transpose(ops.slice(result, [2, 3], [0, 0], op.kernel), [1, 0, 2, 3]);
}
