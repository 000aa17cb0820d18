import { elementCount, type OperatorOf } from "@archwright/core/ir";
import type { Tensor, TensorOps } from "./tensorOps.ts";

type Conv = OperatorOf<"conv2d">;

/** Rows and columns of the padded input that no window reaches. */
function unreached(op: Conv, x: Tensor, dy: Tensor): readonly [number, number] {
  const side = (i: 0 | 1) => {
    const size = (x.shape[i + 2] as number) + op.padding[i] + (op.padding[i + 2] as number);
    return size - op.dilation[i] * (op.kernel[i] - 1) - 1 - op.stride[i] * ((dy.shape[i + 2] as number) - 1);
  };
  return [side(0), side(1)];
}

const isPointwise = (op: Conv) =>
  op.groups === 1 &&
  op.kernel.every((size) => size === 1) &&
  op.stride.every((step) => step === 1) &&
  op.padding.every((size) => size === 0);

/** Gradient of a convolution's input. */
export function convInputGradient(ops: TensorOps, op: Conv, x: Tensor, weight: Tensor, dy: Tensor): Tensor {
  const [batch, channels, height, width] = x.shape as readonly [number, number, number, number];
  if (isPointwise(op)) {
    const flat = ops.reshape(dy, [batch, op.outChannels, height * width]);
    const matrix = ops.reshape(weight, [op.outChannels, channels]);
    return ops.reshape(ops.matmul(matrix, flat, { transposeA: true }), x.shape);
  }
  const perGroup = channels / op.groups;
  const outPerGroup = op.outChannels / op.groups;
  const full = [0, 1, 2, 3].map((i) => op.dilation[(i % 2) as 0 | 1] * (op.kernel[(i % 2) as 0 | 1] - 1) - (op.padding[i] as number));
  if (op.stride.every((step) => step === 1) && full.every((size) => size >= 0)) {
    // At stride 1: a convolution with the turned filter, inputs and outputs exchanged within each group.
    const turned = ops.flip(weight, [2, 3]);
    const split = ops.reshape(turned, [op.groups, outPerGroup, perGroup, ...op.kernel]);
    const filter = ops.reshape(ops.transpose(split, [0, 2, 1, 3, 4]), [channels, outPerGroup, ...op.kernel]);
    return ops.raw("Conv", [dy, filter], x.shape, {
      kernel_shape: op.kernel,
      dilations: op.dilation,
      pads: full,
      group: op.groups,
    });
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

/** Gradient of a convolution's filter. */
export function convFilterGradient(ops: TensorOps, op: Conv, x: Tensor, weight: Tensor, dy: Tensor): Tensor {
  const [batch, channels, height, width] = x.shape as readonly [number, number, number, number];
  if (isPointwise(op)) {
    const pixels = height * width;
    const [left, right] = [ops.reshape(dy, [batch, op.outChannels, pixels]), ops.reshape(x, [batch, channels, pixels])];
    const products = ops.matmul(left, right, { transposeB: true });
    return ops.reshape(ops.sum(products, [0]), weight.shape);
  }
  // A convolution of the inputs by the output gradients, stride and dilation exchanged; examples become channels.
  const perGroup = channels / op.groups;
  const split = ops.reshape(x, [batch, op.groups, perGroup, height, width]);
  const images = ops.reshape(ops.transpose(split, [2, 1, 0, 3, 4]), [perGroup, op.groups * batch, height, width]);
  const filters = ops.transpose(dy, [1, 0, 2, 3]);
  const [moreRows, moreColumns] = unreached(op, x, dy);
  const rows = op.kernel[0] + Math.floor(moreRows / op.dilation[0]);
  const columns = op.kernel[1] + Math.floor(moreColumns / op.dilation[1]);
  const result = ops.raw("Conv", [images, filters], [perGroup, op.outChannels, rows, columns], {
    kernel_shape: dy.shape.slice(2),
    strides: op.dilation,
    dilations: op.stride,
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

type Pool = OperatorOf<"pool2d">;

/** How many numbers each window of an average pool divides by, [H', W']. */
function windowCounts(op: Pool, x: Tensor, dy: Tensor): number[] {
  const inside = (i: 0 | 1, position: number) => {
    const start = position * op.stride[i] - op.padding[i];
    return Math.min(start + op.kernel[i], x.shape[i + 2] as number) - Math.max(start, 0);
  };
  const [rows, columns] = dy.shape.slice(2) as [number, number];
  const whole = op.kernel[0] * op.kernel[1];
  return Array.from({ length: rows * columns }, (_, i) =>
    op.countPadding ? whole : inside(0, Math.floor(i / columns)) * inside(1, i % columns),
  );
}

/** Gradient of average pooling: every number of a window gets its share. */
export function averagePoolGradient(ops: TensorOps, op: Pool, x: Tensor, dy: Tensor): Tensor {
  const [rows, columns] = dy.shape.slice(2) as [number, number];
  const counts = windowCounts(op, x, dy);
  const same = counts.every((count) => count === counts[0]);
  const shares = same
    ? ops.mul(dy, 1 / (counts[0] as number))
    : ops.mul(
        dy,
        ops.floats(
          counts.map((count) => 1 / count),
          [1, 1, rows, columns],
        ),
      );
  const planes = (x.shape[0] as number) * (x.shape[1] as number);
  const conv: Conv = { ...op, kind: "conv2d", outChannels: 1, groups: 1, dilation: [1, 1], bias: false };
  const [height, width] = x.shape.slice(2) as [number, number];
  const image: Tensor = { name: x.name, shape: [planes, 1, height, width] };
  const filter = ops.filled(1, [1, 1, ...op.kernel]);
  return ops.reshape(convInputGradient(ops, conv, image, filter, ops.reshape(shares, [planes, 1, rows, columns])), x.shape);
}

/** Gradient of max pooling: it goes to the first of the largest numbers of each window. */
export function maxPoolGradient(ops: TensorOps, op: Pool, x: Tensor, dy: Tensor): Tensor {
  const { graph } = ops;
  const window = { kernel_shape: op.kernel, strides: op.stride, pads: op.padding };
  const [, indices] = graph.ops(2, "MaxPool", [x.name], window) as readonly [string, string];
  const [all, taken] = [elementCount(x.shape), elementCount(dy.shape)];
  const flatIndices: Tensor = { name: graph.op("Reshape", [indices, graph.int64s([taken])]), shape: [taken] };
  const scattered = ops.raw("ScatterElements", [ops.filled(0, [all]), flatIndices, ops.reshape(dy, [taken])], [all], {
    axis: 0,
    reduction: "add",
  });
  return ops.reshape(scattered, x.shape);
}
