/** Forward pass and gradients of pooling. */
import { item } from "@archwright/core/base";
import { elementCount, type OperatorOf } from "@archwright/core/ir";
import type { Tensor, TensorOps } from "../tensorOps.ts";
import { convInputGradient } from "./convGradients.ts";

type Pool = OperatorOf<"pool2d">;

const attributes = (op: Pool) => ({ kernel_shape: op.kernel, strides: op.stride, pads: op.padding });

/** Whether the windows lie side by side and do not overlap. */
const isTiling = (op: Pool) => op.padding.every((size) => size === 0) && op.kernel.every((size, i) => size === op.stride[i]);

/** Every pixel repeated over its window, for windows side by side; zeros where the image goes on beyond the last window. */
function spreadOverWindows(ops: TensorOps, op: Pool, y: Tensor, x: Tensor): Tensor {
  const [batch, channels, rows, columns] = y.shape as readonly [number, number, number, number];
  const [height, width] = [rows * op.kernel[0], columns * op.kernel[1]];
  const { graph } = ops;
  const repeated = graph.op("Resize", [y.name, "", graph.floats([1, 1, ...op.kernel])], {
    mode: "nearest",
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: "floor",
  });
  const after = [0, 0, item(x.shape, 2) - height, item(x.shape, 3) - width];
  return ops.pad({ name: repeated, shape: [batch, channels, height, width] }, [0, 0, 0, 0], after);
}

/** How many numbers each window of an average pool divides by, [H', W']. */
function windowCounts(op: Pool, x: Tensor, dy: Tensor): number[] {
  const inside = (i: 0 | 1, position: number) => {
    const start = position * op.stride[i] - op.padding[i];
    return Math.min(start + op.kernel[i], item(x.shape, i + 2)) - Math.max(start, 0);
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
  const factors = counts.map((count) => 1 / count);
  const shares = ops.mul(dy, same ? item(factors, 0) : ops.floats(factors, [1, 1, rows, columns]));
  if (isTiling(op)) return spreadOverWindows(ops, op, shares, x);
  const [height, width] = x.shape.slice(2) as [number, number];
  const [down, right] = op.kernel;
  if (op.stride.every((step) => step === 1)) {
    // At stride 1 each pixel gets the sum over a window of shares: an average pool again, times the window's size.
    const [top, left, bottom, rightmost] = op.padding;
    const pads = [down - 1 - top, right - 1 - left, down - 1 - bottom, right - 1 - rightmost];
    const average = ops.raw("AveragePool", [shares], x.shape, { kernel_shape: op.kernel, pads, count_include_pad: 1 });
    return ops.mul(average, down * right);
  }
  const planes = item(x.shape, 0) * item(x.shape, 1);
  const conv = { ...op, kind: "conv2d", outChannels: 1, groups: 1, dilation: [1, 1], bias: false } as const;
  const image: Tensor = { name: x.name, shape: [planes, 1, height, width] };
  const filter = ops.filled(1, [1, 1, ...op.kernel]);
  return ops.reshape(
    convInputGradient(ops, conv, { x: image, weight: filter, dy: ops.reshape(shares, [planes, 1, rows, columns]) }),
    x.shape,
  );
}

/** Max pooling; where the gradient will need to know which number was the largest, so that it need not be done twice. */
export function maxPoolForward(ops: TensorOps, op: Pool, x: Tensor, shape: Tensor["shape"]): Tensor {
  return { name: item(ops.graph.ops(isTiling(op) ? 1 : 2, "MaxPool", [x.name], attributes(op)), 0), shape };
}

/** What max pooling has read and given, and the gradient of what it gave. */
interface MaxPoolBackward {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly dy: Tensor;
}

/** Gradient of max pooling: equal largest numbers of a window share it if windows do not overlap, else the first gets it all. */
export function maxPoolGradient(ops: TensorOps, op: Pool, { x, y, dy }: MaxPoolBackward): Tensor {
  if (isTiling(op)) {
    // Comparing is several times faster than asking the operator for positions.
    const largest = ops.indicator(ops.compare("Equal", x, spreadOverWindows(ops, op, y, x)));
    const shareOfWindow = ops.raw("AveragePool", [largest], y.shape, attributes(op));
    const shares = ops.div(dy, ops.mul(shareOfWindow, op.kernel[0] * op.kernel[1]));
    return ops.mul(largest, spreadOverWindows(ops, op, shares, x));
  }
  const { graph } = ops;
  const [, indices] = graph.ops(2, "MaxPool", [x.name], attributes(op)) as readonly [string, string];
  const [all, taken] = [elementCount(x.shape), elementCount(dy.shape)];
  const flatIndices: Tensor = { name: graph.op("Reshape", [indices, graph.int64s([taken])]), shape: [taken] };
  const scattered = ops.raw("ScatterElements", [ops.filled(0, [all]), flatIndices, ops.reshape(dy, [taken])], [all], {
    axis: 0,
    reduction: "add",
  });
  return ops.reshape(scattered, x.shape);
}
