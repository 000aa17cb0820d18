/** Building blocks that several spaces share. */
import { item } from "../base/matrix.ts";
import { type ActivationFunction, type Network, type NetworkBuilder, type NodeIndex, type PairLike, ShapeError } from "../ir/index.ts";
import { inputShapeOf, type Task, taskKindOf } from "../tasks/index.ts";

/** Building blocks that several spaces share. All take and give an image [1, C, H, W]; a stride s gives ⌈H / s⌉ × ⌈W / s⌉. */

const channelsOf = (b: NetworkBuilder, x: NodeIndex) => item(b.shape(x), 1);

/**
 * The image that a task gives, [1, C, H, W].
 * @param resolution the shorter side that the image is resized to before the network takes it, the longer in proportion; absent: as it is.
 */
export function imageInput(b: NetworkBuilder, task: Task, resolution?: number): NodeIndex {
  const shape = inputShapeOf(task);
  if (shape.length !== 4) throw new ShapeError(`a convolutional network cannot do the task ${task.kind}: its input is no image`);
  const [, channels, height, width] = shape as readonly [number, number, number, number];
  const scale = resolution === undefined ? 1 : resolution / Math.min(height, width);
  return b.input([1, channels, Math.round(height * scale), Math.round(width * scale)]);
}

/** Global average pooling, or all positions side by side where `flatten` says so, and a dense layer to the task's outputs; ends the network. */
export function classifier(b: NetworkBuilder, x: NodeIndex, task: Task, flatten = false): Network {
  const size = b.shape(x).reduce((a, c) => a * c, 1);
  const vector = flatten ? b.add({ kind: "reshape", shape: [1, size] }, [x]) : b.globalAveragePool(x);
  return b.build(b.dense(vector, taskKindOf(task).outputs(task)));
}

export interface ConvNormOptions {
  readonly channels: number;
  readonly kernel: PairLike;
  readonly stride?: number;
  readonly groups?: number;
  readonly activation?: ActivationFunction | undefined;
}

/** Convolution without bias, batch norm, and an activation where one is named. */
export function convNorm(b: NetworkBuilder, x: NodeIndex, { channels, kernel, activation, ...rest }: ConvNormOptions): NodeIndex {
  const y = b.batchNorm(b.conv2d(x, channels, kernel, rest));
  return activation === undefined ? y : b.activation(y, activation);
}

/** Padding that makes a window of this size and stride give ⌈size / stride⌉; the odd one goes to the end. */
function ceilPadding(size: number, kernel: number, stride: number): readonly [before: number, after: number] {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

export interface PoolOptions {
  readonly mode: "max" | "average";
  readonly kernel: number;
  readonly stride: number;
}

/** Pooling to ⌈H / stride⌉ × ⌈W / stride⌉; an average counts only what lies inside the image. */
export function pool(b: NetworkBuilder, x: NodeIndex, { mode, kernel, stride }: PoolOptions): NodeIndex {
  const [, , height, width] = b.shape(x) as readonly [number, number, number, number];
  const [top, bottom] = ceilPadding(height, kernel, stride);
  const [left, right] = ceilPadding(width, kernel, stride);
  return b.pool2d(mode, x, kernel, { stride, padding: [top, left, bottom, right] });
}

/** Identity where the shape stays; otherwise average pooling by the stride and, where the channels change, a 1×1 convolution. */
export function shortcut(b: NetworkBuilder, x: NodeIndex, channels: number, stride: number): NodeIndex {
  const pooled = stride === 1 ? x : pool(b, x, { mode: "average", kernel: stride, stride });
  return channelsOf(b, x) === channels ? pooled : convNorm(b, pooled, { channels, kernel: 1 });
}

/** Squeeze-and-excitation (Hu et al. 2018) with the hard sigmoid of MobileNetV3 (Howard et al. 2019). */
export function squeezeExcitation(b: NetworkBuilder, x: NodeIndex, squeezed: number): NodeIndex {
  const inner = b.activation(b.conv2d(b.globalAveragePool(x, true), squeezed, 1, { bias: true }), "relu");
  return b.binary("mul", x, b.activation(b.conv2d(inner, channelsOf(b, x), 1, { bias: true }), "hard-sigmoid"));
}

/** Interleaves the channels of the groups (Zhang et al. 2018): [1, C, H, W] as [1, groups, C / groups, H, W], transposed, and back. */
export function channelShuffle(b: NetworkBuilder, x: NodeIndex, groups: number): NodeIndex {
  const [n, c, h, w] = b.shape(x) as readonly [number, number, number, number];
  const split = b.add({ kind: "reshape", shape: [n, groups, c / groups, h, w] }, [x]);
  const swapped = b.add({ kind: "transpose", permutation: [0, 2, 1, 3, 4] }, [split]);
  return b.add({ kind: "reshape", shape: [n, c, h, w] }, [swapped]);
}

export interface InvertedResidualOptions {
  readonly channels: number;
  readonly kernel: number;
  /** Channels between the two 1×1 convolutions. */
  readonly inner: number;
  readonly stride: number;
  readonly activation: ActivationFunction;
  /** Whether the first 1×1 convolution stays where it would not widen (`inner` equal to the input's channels). */
  readonly keepExpansion?: boolean;
  /** Of the 1×1 convolutions; with more than one, channels are shuffled after the first. */
  readonly groups?: number;
  /** Channels of squeeze-and-excitation, after the depthwise convolution. */
  readonly squeezed?: number | undefined;
}

/** MobileNetV2's block (Sandler et al. 2018): 1×1, depthwise, linear 1×1; added to its input where the shape stays. */
export function invertedResidual(b: NetworkBuilder, x: NodeIndex, options: InvertedResidualOptions): NodeIndex {
  const { channels, kernel, inner, stride, activation, groups = 1, squeezed } = options;
  let y = x;
  if (inner !== channelsOf(b, x) || options.keepExpansion) y = convNorm(b, y, { channels: inner, kernel: 1, groups, activation });
  if (groups > 1) y = channelShuffle(b, y, groups);
  y = convNorm(b, y, { channels: inner, kernel, stride, groups: inner, activation });
  if (squeezed !== undefined) y = squeezeExcitation(b, y, squeezed);
  y = convNorm(b, y, { channels, kernel: 1, groups });
  return stride === 1 && channelsOf(b, x) === channels ? b.binary("add", x, y) : y;
}
