/** Convolutions in onnxruntime's blocked layout. */
import { item } from "@archwright/core/base";
import type { OperatorOf } from "@archwright/core/ir";
import { GraphBuilder } from "../onnx/graphBuilder.ts";
import { openEngine } from "../onnxruntime.ts";
import type { Tensor, TensorOps } from "./tensorOps.ts";

/**
 * onnxruntime's blocked image layout: channels in blocks of as many as fit a vector register, [N, C/block, H, W, block].
 * Its convolutions are many times faster there, depthwise ones above all, but onnxruntime itself uses them only for
 * constant filters. So the reordering is written out here, with the operators that onnxruntime puts into its own
 * optimised models. Tensors in this layout are described as [N, C, H, W] with C filled up to whole blocks.
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

const filledUp = (channels: number, block: number) => Math.ceil(channels / block) * block;

/** Zeros appended along an axis up to whole blocks. */
function padded(ops: TensorOps, x: Tensor, axis: number): Tensor {
  const after = x.shape.map((size, i) => (i === axis ? filledUp(size, ops.block) - size : 0));
  return ops.pad(
    x,
    x.shape.map(() => 0),
    after,
  );
}

/** [N, C, H, W] in the blocked layout. */
export function toBlocked(ops: TensorOps, x: Tensor): Tensor {
  const [batch, channels, height, width] = x.shape as readonly [number, number, number, number];
  // The reordering operator takes multiples of 4 only.
  const source = channels % 4 === 0 ? x : padded(ops, x, 1);
  return ops.raw({ type: "ReorderInput", domain }, [source], [batch, filledUp(channels, ops.block), height, width]);
}

/** The first channels of a blocked tensor in the plain layout. */
export function fromBlocked(ops: TensorOps, x: Tensor, channels: number): Tensor {
  const taken = channels % 4 === 0 ? channels : item(x.shape, 1);
  const shape = [item(x.shape, 0), taken, ...x.shape.slice(2)];
  return ops.slice(ops.raw({ type: "ReorderOutput", domain }, [x], shape, { channels: taken }), [1], [0], [channels]);
}

/** A filter [C, 1, h, w] of a depthwise convolution, as the blocked convolution wants it: [C/block, h, w, block]. */
export function blockDepthwiseFilter(ops: TensorOps, filter: Tensor): Tensor {
  const full = padded(ops, filter, 0);
  const [channels, , height, width] = full.shape as readonly [number, number, number, number];
  const split = ops.reshape(full, [channels / ops.block, ops.block, height, width]);
  return ops.reshape(ops.transpose(split, [0, 2, 3, 1]), full.shape);
}

/** A filter [O, I, h, w], both whole blocks, as the blocked convolution wants it: [O/block, I/block, h, w, block of I, block of O]. */
export function blockFilter(ops: TensorOps, filter: Tensor): Tensor {
  const { block } = ops;
  const [outputs, inputs, height, width] = filter.shape as readonly [number, number, number, number];
  const split = ops.reshape(filter, [outputs / block, block, inputs / block, block, height, width]);
  return ops.reshape(ops.transpose(split, [0, 2, 4, 5, 3, 1]), filter.shape);
}

type Window = Pick<OperatorOf<"conv2d">, "kernel" | "padding"> & Partial<Pick<OperatorOf<"conv2d">, "stride" | "dilation" | "groups">>;

interface BlockedConv {
  readonly x: Tensor;
  readonly filter: Tensor;
  readonly window: Window;
  /** Height and width of the result. */
  readonly size: readonly number[];
}

/** A convolution of blocked images by a blocked filter, to a blocked image of this height and width. */
export function blockedConv(ops: TensorOps, { x, filter, window, size }: BlockedConv): Tensor {
  const { kernel, padding, stride = [1, 1], dilation = [1, 1], groups = 1 } = window;
  return ops.raw({ type: "Conv", domain }, [x, filter], [item(x.shape, 0), item(filter.shape, 0), ...size], {
    kernel_shape: kernel,
    pads: padding,
    strides: stride,
    dilations: dilation,
    group: groups,
  });
}

/** A blocked image with `step − 1` zeros put in after each pixel, both ways. */
export function spreadBlocked(ops: TensorOps, x: Tensor, [down, right]: readonly [number, number]): Tensor {
  const { block } = ops;
  const [batch, channels, height, width] = x.shape as readonly [number, number, number, number];
  if (down === 1 && right === 1) return x;
  const pixels = ops.reshape(x, [(batch * channels) / block, height, 1, width, block]);
  const spread = ops.pad(pixels, [0, 0, 0, 0, 0], [0, 0, down - 1, 0, (right - 1) * block]);
  return ops.reshape(spread, [batch, channels, height * down, width * right]);
}
