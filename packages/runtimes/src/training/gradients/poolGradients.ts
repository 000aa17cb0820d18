/** Forward pass and gradients of pooling. */
import { item } from "@archwright/core/base";
import type { Operator, OperatorOf, Pair, Shape } from "@archwright/core/ir";
import { blockedPlaneMeans, blockedPool, inLayoutOf, padBlocked, padToBlocks, repeatBlocked, toPlain } from "../blocked.ts";
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
  const rest = [item(x.shape, 2) - height, item(x.shape, 3) - width] as const;
  if (y.channels !== undefined) return padBlocked(ops, repeatBlocked(ops, y, op.kernel), rest);
  const { graph } = ops;
  const repeated = graph.op("Resize", [y.name, "", graph.floats([1, 1, ...op.kernel])], {
    mode: "nearest",
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: "floor",
  });
  return ops.pad({ name: repeated, shape: [batch, channels, height, width] }, [0, 0, 0, 0], [0, 0, ...rest]);
}

/** Pooling in the layout of its input. */
function pooled(ops: TensorOps, op: Pool, x: Tensor, size: readonly number[]): Tensor {
  if (x.channels !== undefined) return blockedPool(ops, op, x, size);
  const type = op.mode === "max" ? "MaxPool" : "AveragePool";
  const padded = op.mode === "average" ? { count_include_pad: op.countPadding ? 1 : 0 } : {};
  return ops.raw(type, [x], [...x.shape.slice(0, 2), ...size], { ...attributes(op), ...padded });
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
export function averagePoolGradient(ops: TensorOps, op: Pool, x: Tensor, gradient: Tensor): Tensor {
  const [rows, columns] = gradient.shape.slice(2) as [number, number];
  const counts = windowCounts(op, x, gradient);
  const same = counts.every((count) => count === counts[0]);
  const isStrided = op.stride.some((step) => step !== 1) && !isTiling(op);
  const dy = same && !isStrided ? inLayoutOf(ops, x, gradient) : toPlain(ops, gradient);
  const factors = counts.map((count) => 1 / count);
  const shares = ops.mul(dy, same ? item(factors, 0) : ops.floats(factors, [1, 1, rows, columns]));
  const image = inLayoutOf(ops, shares, x);
  if (isTiling(op)) return spreadOverWindows(ops, op, shares, image);
  const [height, width] = image.shape.slice(2) as [number, number];
  const [down, right] = op.kernel;
  if (!isStrided) {
    // At stride 1 each pixel gets the sum over a window of shares: an average pool again, times the window's size.
    const [top, left, bottom, rightmost] = op.padding;
    const padding = [down - 1 - top, right - 1 - left, down - 1 - bottom, right - 1 - rightmost] as const;
    return ops.mul(pooled(ops, { ...op, padding, countPadding: true }, shares, [height, width]), down * right);
  }
  const planes = item(image.shape, 0) * item(image.shape, 1);
  const conv = { ...op, kind: "conv2d", outChannels: 1, groups: 1, dilation: [1, 1], bias: false } as const;
  const plane: Tensor = { name: image.name, shape: [planes, 1, height, width] };
  const filter = ops.filled(1, [1, 1, ...op.kernel]);
  return ops.reshape(
    convInputGradient(ops, conv, { x: plane, weight: filter, dy: ops.reshape(shares, [planes, 1, rows, columns]) }),
    image.shape,
  );
}

/** The same windows along one axis of [height, width] alone, one pixel wide along the other. */
function alongAxis(op: Pool, axis: 0 | 1): Pool {
  const only = <T extends Pair>(pair: T, other: number): Pair => (axis === 0 ? [pair[0], other] : [other, pair[1]]);
  const [top, left, bottom, right] = op.padding;
  const padding = axis === 0 ? ([top, 0, bottom, 0] as const) : ([0, left, 0, right] as const);
  return { ...op, kernel: only(op.kernel, 1), stride: only(op.stride, 1), padding };
}

/** Largest numbers of the windows' columns, from which the windows' largest are taken. */
const columnMaxima = (ops: TensorOps, op: Pool, x: Tensor, rows: number) => pooled(ops, alongAxis(op, 0), x, [rows, item(x.shape, 3)]);

/** Max pooling. Windows that overlap are done one axis after the other, as their gradient is. */
export function poolForward(ops: TensorOps, op: Pool, x: Tensor, shape: Shape): Tensor {
  const size = shape.slice(2);
  if (op.mode === "average" || isTiling(op)) return pooled(ops, op, x, size);
  return pooled(ops, alongAxis(op, 1), columnMaxima(ops, op, x, item(size, 0)), size);
}

/** What max pooling has read and given, and the gradient of what it gave. */
interface MaxPoolBackward {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly dy: Tensor;
}

/** Gradient of max pooling: equal largest numbers of a window share it; of overlapping windows, those of a column do first. */
export function maxPoolGradient(ops: TensorOps, op: Pool, { x, y, dy: gradient }: MaxPoolBackward): Tensor {
  const dy = inLayoutOf(ops, x, gradient);
  if (!isTiling(op)) {
    const columns = columnMaxima(ops, op, x, item(y.shape, 2));
    const dColumns = slidingMaxGradient(ops, alongAxis(op, 1), 1, { x: columns, y, dy });
    return slidingMaxGradient(ops, alongAxis(op, 0), 0, { x, y: columns, dy: dColumns });
  }
  // Comparing is several times faster than asking the operator for positions.
  const largest = ops.indicator(ops.compare("Equal", x, spreadOverWindows(ops, op, y, x)));
  const shareOfWindow = pooled(ops, { ...op, mode: "average" }, largest, y.shape.slice(2));
  const shares = ops.div(dy, ops.mul(shareOfWindow, op.kernel[0] * op.kernel[1]));
  return ops.mul(largest, spreadOverWindows(ops, op, shares, x));
}

/** An image as [planes, length of the axis, what lies beside it in memory], whatever its layout. */
function alongMemory({ block }: TensorOps, x: Tensor, axis: 0 | 1): readonly [number, number, number] {
  const [batch, channels, height, width] = x.shape as readonly [number, number, number, number];
  const [planes, inner] = x.channels === undefined ? [batch * channels, 1] : [(batch * channels) / block, block];
  return axis === 0 ? [planes, height, width * inner] : [planes * height, width, inner];
}

/**
 * Gradient of max pooling by windows that slide along one axis. Place by place of the window: the numbers that stand there, for all
 * windows at once, are compared with the windows' largest; those that equal it get their share.
 */
function slidingMaxGradient(ops: TensorOps, op: Pool, axis: 0 | 1, { x, y, dy }: MaxPoolBackward): Tensor {
  const [kernel, stride, before] = [op.kernel[axis], op.stride[axis], op.padding[axis]];
  const [outer, length, inner] = alongMemory(ops, x, axis);
  const windows = item(y.shape, axis + 2);
  // The axis as strides, each as long as a step of the window.
  const strides = Math.max(windows + Math.floor((kernel - 1) / stride), Math.ceil((before + length) / stride));
  const line = ops.reshape({ name: x.name, shape: x.shape }, [outer, length, inner]);
  const padded = ops.pad(line, [0, before, 0], [0, strides * stride - before - length, 0], lowest);
  const split = ops.reshape(padded, [outer, strides, stride, inner]);
  const perWindow = [outer, windows, 1, inner];
  const largest = ops.reshape({ name: y.name, shape: y.shape }, perWindow);
  const places = Array.from({ length: kernel }, (_, place) => ({ start: Math.floor(place / stride), phase: place % stride }));
  const isLargest = places.map(({ start, phase }) => {
    const here = ops.slice(split, [1, 2], [start, phase], [start + windows, phase + 1]);
    return isZero(ops, ops.sub(largest, here));
  });
  const count = isLargest.reduce((sum, one) => ops.add(sum, one));
  const share = ops.div(ops.reshape({ name: dy.name, shape: dy.shape }, perWindow), count);
  const phases = Array.from({ length: stride }, (_, phase) => {
    const parts = places.flatMap(({ start, phase: own }, place) =>
      own === phase ? [ops.pad(ops.mul(item(isLargest, place), share), [0, start, 0, 0], [0, strides - windows - start, 0, 0])] : [],
    );
    return parts.length === 0 ? ops.filled(0, [outer, strides, 1, inner]) : parts.reduce((sum, part) => ops.add(sum, part));
  });
  const whole = ops.reshape(ops.concat(phases, 2), [outer, strides * stride, inner]);
  const dx = ops.reshape(ops.slice(whole, [1], [before], [before + length]), x.shape);
  return x.channels === undefined ? dx : { ...dx, channels: x.channels };
}

/** Below every number that is compared. */
const lowest = -3.4e38;

/** 1 where a number that is never negative is 0, else 0: so steep a ramp is a step, and is faster than comparing. */
const isZero = (ops: TensorOps, x: Tensor) => ops.unary("HardSigmoid", x, { alpha: { float: -3e38 }, beta: { float: 1 } });

/** Whether an operator is the mean over height and width. */
export const isGlobalMean = (op: Operator) => op.kind === "reduce" && op.fn === "mean" && [...op.axes].sort().join() === "2,3";

/** The mean over height and width of a blocked image, in the plain layout. */
export function globalMean(ops: TensorOps, x: Tensor, shape: Shape): Tensor {
  const counted = ops.slice(blockedPlaneMeans(ops, x), [1], [0], [x.channels as number]);
  return ops.reshape(counted, shape);
}

/** Its gradient. */
export function globalMeanGradient(ops: TensorOps, x: Tensor, dy: Tensor): Tensor {
  const [batch, , height, width] = x.shape as readonly [number, number, number, number];
  const channels = x.channels as number;
  const shares = ops.mul(ops.reshape(toPlain(ops, dy), [batch, channels]), 1 / (height * width));
  const full = ops.reshape(padToBlocks(ops, shares, 1), [batch, item(x.shape, 1), 1, 1]);
  return repeatBlocked(ops, { ...full, channels }, [height, width]);
}
