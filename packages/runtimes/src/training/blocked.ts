/** Images in onnxruntime's blocked layout, and the operators that it has for them. */
import { item } from "@archwright/core/base";
import type { OperatorOf, Pair } from "@archwright/core/ir";
import { type AttributeValue, GraphBuilder } from "../onnx/graphBuilder.ts";
import { openEngine } from "../onnxruntime.ts";
import type { Tensor, TensorOps } from "./tensorOps.ts";

/**
 * onnxruntime's blocked image layout: channels in blocks of as many as fit a vector register, [N, C/block, H, W, block].
 * Its convolutions are many times faster there, depthwise ones above all, but onnxruntime itself uses them only for
 * constant filters. So the reordering is written out here, with the operators that onnxruntime puts into its own
 * optimised models. Tensors in this layout have `channels`; their shape is [N, C, H, W] with C filled up to whole blocks.
 */
const domain = "com.microsoft.nchwc";

async function probe(): Promise<number> {
  const engine = await openEngine();
  // WebAssembly takes the operators and has nothing to gain from them.
  if (engine.provider === "wasm") return 0;
  const graph = new GraphBuilder();
  graph.output(graph.op({ type: "ReorderInput", domain }, [graph.input("x", [1, 4, 1, 1])]), "y", [1, "channels", 1, 1]);
  try {
    const session = await engine.createSession(graph.encode({ name: "probe" }), 1);
    const { y } = await session.run({ x: new engine.Tensor("float32", new Float32Array(4), [1, 4, 1, 1]) });
    await session.release();
    return y?.dims[1] ?? 0;
  } catch {
    // This processor or build has no blocked layout; everything works without it.
    return 0;
  }
}

let known: Promise<number> | undefined;

/** Channels of a block on this machine (8 or 16); 0 where onnxruntime has no blocked layout. */
export function channelBlock(): Promise<number> {
  known ??= probe();
  return known;
}

const isBlocked = (x: Tensor): x is Tensor & { readonly channels: number } => x.channels !== undefined;

/** Channels filled up to whole blocks. */
export const filledUp = ({ block }: TensorOps, channels: number) => Math.ceil(channels / block) * block;

/** Zeros appended along an axis up to whole blocks. */
export function padToBlocks(ops: TensorOps, x: Tensor, axis: number): Tensor {
  const after = x.shape.map((size, i) => (i === axis ? filledUp(ops, size) - size : 0));
  return ops.pad(
    x,
    x.shape.map(() => 0),
    after,
  );
}

/** [N, C, H, W] in the blocked layout. */
export function toBlocked(ops: TensorOps, x: Tensor): Tensor {
  if (isBlocked(x)) return x;
  const [batch, channels, height, width] = x.shape as readonly [number, number, number, number];
  // The reordering operator takes multiples of 4 only.
  const source = channels % 4 === 0 ? x : padToBlocks(ops, x, 1);
  return { ...ops.raw({ type: "ReorderInput", domain }, [source], [batch, filledUp(ops, channels), height, width]), channels };
}

/** A tensor in the plain layout. */
export function toPlain(ops: TensorOps, x: Tensor): Tensor {
  if (!isBlocked(x)) return x;
  const { channels } = x;
  const taken = channels % 4 === 0 ? channels : item(x.shape, 1);
  const shape = [item(x.shape, 0), taken, ...x.shape.slice(2)];
  return ops.slice(ops.raw({ type: "ReorderOutput", domain }, [x], shape, { channels: taken }), [1], [0], [channels]);
}

/** A tensor in the layout of another. */
export const inLayoutOf = (ops: TensorOps, model: Tensor, x: Tensor) => (isBlocked(model) ? toBlocked(ops, x) : toPlain(ops, x));

/** A blocked image as a matrix of pixels, [N·H·W, C], with C filled up. */
export function channelsLast(ops: TensorOps, x: Tensor): Tensor {
  const [batch, full, height, width] = x.shape as readonly [number, number, number, number];
  const matrix = [batch * height * width, full];
  if (full === ops.block) return ops.reshape(x, matrix);
  const attributes = { channels: full, channels_last: 1 };
  return ops.reshape(ops.raw({ type: "ReorderOutput", domain }, [x], [batch, height, width, full], attributes), matrix);
}

/** A filter [C, 1, h, w] of a depthwise convolution, as the blocked convolution wants it: [C/block, h, w, block]. */
export function blockDepthwiseFilter(ops: TensorOps, filter: Tensor): Tensor {
  const full = padToBlocks(ops, filter, 0);
  const [channels, , height, width] = full.shape as readonly [number, number, number, number];
  const split = ops.reshape(full, [channels / ops.block, ops.block, height, width]);
  return ops.reshape(ops.transpose(split, [0, 2, 3, 1]), full.shape);
}

/** A filter [O, I, h, w] as the blocked convolution wants it: [O/block, I/block, h, w, block of I, block of O]. */
export function blockFilter(ops: TensorOps, filter: Tensor): Tensor {
  const { block } = ops;
  const full = padToBlocks(ops, padToBlocks(ops, filter, 0), 1);
  const [outputs, inputs, height, width] = full.shape as readonly [number, number, number, number];
  const split = ops.reshape(full, [outputs / block, block, inputs / block, block, height, width]);
  return ops.reshape(ops.transpose(split, [0, 2, 4, 5, 3, 1]), full.shape);
}

/** A filter [O, I, h, w] for plain images of fewer channels than a block: [O/block, I, h, w, block of O]. */
export function blockFirstFilter(ops: TensorOps, filter: Tensor): Tensor {
  const { block } = ops;
  const full = padToBlocks(ops, filter, 0);
  const [outputs, inputs, height, width] = full.shape as readonly [number, number, number, number];
  const split = ops.reshape(full, [outputs / block, block, inputs, height, width]);
  return ops.reshape(ops.transpose(split, [0, 2, 3, 4, 1]), full.shape);
}

type Window = Pick<OperatorOf<"conv2d">, "kernel" | "padding"> & Partial<Pick<OperatorOf<"conv2d">, "stride" | "dilation" | "groups">>;

interface BlockedConv {
  /** Blocked, or plain where it has fewer channels than a block. */
  readonly x: Tensor;
  readonly filter: Tensor;
  readonly window: Window;
  /** Height and width of the result. */
  readonly size: readonly number[];
  /** Of the result, as far as they count. */
  readonly channels: number;
  /** One number a channel of the result, filled up. */
  readonly bias?: Tensor | undefined;
  /** A blocked image that is added. */
  readonly sum?: Tensor;
  readonly activation?: FusedActivation | undefined;
}

/** An activation that a convolution applies to its result in the same pass. */
export type FusedActivation = "relu" | "relu6";
const fusedActivations: { readonly [F in FusedActivation]: Readonly<Record<string, AttributeValue>> } = {
  relu: { activation: "Relu" },
  relu6: { activation: "Clip", activation_params: { floats: [0, 6] } },
};

/** A convolution of images by a blocked filter, to a blocked image of this height and width. */
export function blockedConv(ops: TensorOps, { x, filter, window, size, channels, bias, sum, activation }: BlockedConv): Tensor {
  const { kernel, padding, stride = [1, 1], dilation = [1, 1], groups = 1 } = window;
  const inputs = [x, filter, ...(bias ? [bias] : []), ...(sum ? [sum] : [])];
  if (sum && !bias) throw new Error("a convolution that adds an image needs a bias");
  const y = ops.raw({ type: "Conv", domain }, inputs, [item(x.shape, 0), item(filter.shape, 0), ...size], {
    kernel_shape: kernel,
    pads: padding,
    strides: stride,
    dilations: dilation,
    group: groups,
    ...(activation && fusedActivations[activation]),
  });
  return { ...y, channels };
}

interface Affine {
  /** One number a channel, filled up. */
  readonly factor: Tensor;
  readonly term: Tensor;
  readonly sum?: Tensor;
  readonly activation?: FusedActivation | undefined;
}

/** x·factor + term + sum of a blocked image and an activation of it, in one pass: a depthwise convolution by one pixel. */
export function blockedAffine(ops: TensorOps, x: Tensor, { factor, term, ...rest }: Affine): Tensor {
  const full = item(x.shape, 1);
  return blockedConv(ops, {
    x,
    filter: ops.reshape(factor, [full, 1, 1, 1]),
    window: { kernel: [1, 1], padding: [0, 0, 0, 0], groups: full },
    size: x.shape.slice(2),
    channels: x.channels as number,
    bias: term,
    ...rest,
  });
}

/** Means over height and width of a blocked image, [N, C] with C filled up. */
export function blockedPlaneMeans(ops: TensorOps, x: Tensor): Tensor {
  const planes = x.shape.slice(0, 2);
  return ops.reshape(ops.raw({ type: "GlobalAveragePool", domain }, [x], [...planes, 1, 1]), planes);
}

/** Means over the batch, height and width of a blocked image, one a channel, filled up. */
export const blockedMeans = (ops: TensorOps, x: Tensor) => ops.mean(blockedPlaneMeans(ops, x), [0]);

/**
 * Correlation of each plane (an example's channel) of an image with the same plane of another, to [N, C, …size], blocked.
 * A blocked image already lies as the blocked convolution wants its filters.
 */
export function planeCorrelation(
  ops: TensorOps,
  image: Tensor,
  filter: Tensor,
  window: Window & { readonly size: readonly number[] },
): Tensor {
  const [batch, full, ...imageSize] = image.shape as readonly [number, number, number, number];
  const planes = batch * full;
  const each = blockedConv(ops, {
    x: ops.reshape(image, [1, planes, ...imageSize]),
    filter: ops.reshape(filter, [planes, 1, ...filter.shape.slice(2)]),
    window: { ...window, groups: planes },
    size: window.size,
    channels: planes,
  });
  return { ...ops.reshape(each, [batch, full, ...window.size]), channels: image.channels as number };
}

/** Sums of the products of two blocked images over the batch, height and width, one a channel, filled up. */
export function blockedDot(ops: TensorOps, a: Tensor, b: Tensor): Tensor {
  const kernel = a.shape.slice(2) as unknown as Pair;
  const sums = planeCorrelation(ops, a, b, { kernel, padding: [0, 0, 0, 0], size: [1, 1] });
  return ops.sum(ops.reshape(sums, a.shape.slice(0, 2)), [0]);
}

/** A blocked image with `step − 1` zeros put in after each pixel, both ways. */
export function spreadBlocked(ops: TensorOps, x: Tensor, [down, right]: readonly [number, number]): Tensor {
  const { block } = ops;
  const [batch, channels, height, width] = x.shape as readonly [number, number, number, number];
  if (down === 1 && right === 1) return x;
  const pixels = ops.reshape(x, [(batch * channels) / block, height, 1, width, block]);
  const spread = ops.pad(pixels, [0, 0, 0, 0, 0], [0, 0, down - 1, 0, (right - 1) * block]);
  return { ...ops.reshape(spread, [batch, channels, height * down, width * right]), channels: x.channels as number };
}

/** Pooling of a blocked image to this height and width. */
export function blockedPool(ops: TensorOps, op: OperatorOf<"pool2d">, x: Tensor, size: readonly number[]): Tensor {
  const type = op.mode === "max" ? "MaxPool" : "AveragePool";
  const y = ops.raw({ type, domain }, [x], [...x.shape.slice(0, 2), ...size], {
    kernel_shape: op.kernel,
    strides: op.stride,
    pads: op.padding,
    ...(op.mode === "average" && { count_include_pad: op.countPadding ? 1 : 0 }),
  });
  return { ...y, channels: x.channels as number };
}

/** Every pixel of a blocked image repeated over a window. */
export function repeatBlocked(ops: TensorOps, x: Tensor, [down, right]: readonly [number, number]): Tensor {
  const [batch, full, height, width] = x.shape as readonly [number, number, number, number];
  const y = ops.raw({ type: "Upsample", domain }, [x], [batch, full, height * down, width * right], {
    scales: [1, 1, down, right],
    mode: "nearest",
  });
  return { ...y, channels: x.channels as number };
}

/** Zeros below and beside a blocked image. */
export function padBlocked(ops: TensorOps, x: Tensor, [below, beside]: readonly [number, number]): Tensor {
  const [batch, full, height, width] = x.shape as readonly [number, number, number, number];
  if (below === 0 && beside === 0) return x;
  const planes = ops.reshape(x, [(batch * full) / ops.block, height, width * ops.block]);
  const padded = ops.pad(planes, [0, 0, 0], [0, below, beside * ops.block]);
  return { ...ops.reshape(padded, [batch, full, height + below, width + beside]), channels: x.channels as number };
}
