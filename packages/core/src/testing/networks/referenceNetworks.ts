/** Published networks, with the numbers published of them. */
import { type Network, NetworkBuilder, type NodeIndex } from "../../ir/index.ts";

/**
 * Published networks, built from their papers' tables, batch 1, float32. Convolutions before a batch normalisation have
 * no bias; classifiers end in logits. Counts of parameters and MACs are golden numbers in the tests of `ir`.
 */

/** The next multiple of 8, at least 8 and never more than a tenth below (the rule of the MobileNet authors' code). */
function roundChannels(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}

interface ConvolutionOptions {
  readonly channels: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly fn?: "relu" | "relu6";
}

function convNormRelu(b: NetworkBuilder, x: NodeIndex, { channels, kernel, stride = 1, fn = "relu" }: ConvolutionOptions): NodeIndex {
  return b.activation(b.batchNorm(b.conv2d(x, channels, kernel, { stride })), fn);
}

/**
 * MobileNetV1 (Howard et al. 2017, table 1) for any width multiplier and square resolution. Channels are multiplied by
 * `width` without rounding to multiples of 8. Width 0.25 at 96 with 2 classes is the shape of MLPerf Tiny's visual wake words.
 */
export function mobilenetV1(width = 1, resolution = 224, classes = 1000): Network {
  const b = new NetworkBuilder();
  let x = convNormRelu(b, b.input([1, 3, resolution, resolution]), { channels: 32 * width, kernel: 3, stride: 2 });
  const blocks = [
    [64, 1],
    [128, 2],
    [128, 1],
    [256, 2],
    [256, 1],
    [512, 2],
    [512, 1],
    [512, 1],
    [512, 1],
    [512, 1],
    [512, 1],
    [1024, 2],
    [1024, 1],
  ] as const;
  for (const [channels, stride] of blocks) {
    x = b.activation(b.batchNorm(b.depthwise(x, 3, { stride })), "relu");
    x = convNormRelu(b, x, { channels: channels * width, kernel: 1 });
  }
  return b.build(b.dense(b.globalAveragePool(x), classes));
}

/** MobileNetV2 (Sandler et al. 2018, table 2); the last convolution is not narrowed below 1280 channels. */
export function mobilenetV2(width = 1, resolution = 224, classes = 1000): Network {
  const b = new NetworkBuilder();
  let channels = roundChannels(32 * width);
  let x = convNormRelu(b, b.input([1, 3, resolution, resolution]), { channels, kernel: 3, stride: 2, fn: "relu6" });
  // Expansion, channels, repetitions, stride of the first.
  const stages = [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ] as const;
  for (const [expansion, base, repeats, firstStride] of stages) {
    const outChannels = roundChannels(base * width);
    for (let i = 0; i < repeats; i++) {
      const stride = i === 0 ? firstStride : 1;
      const expanded = expansion === 1 ? x : convNormRelu(b, x, { channels: channels * expansion, kernel: 1, fn: "relu6" });
      const filtered = b.activation(b.batchNorm(b.depthwise(expanded, 3, { stride })), "relu6");
      const projected = b.batchNorm(b.conv2d(filtered, outChannels, 1));
      x = stride === 1 && outChannels === channels ? b.binary("add", x, projected) : projected;
      channels = outChannels;
    }
  }
  x = convNormRelu(b, x, { channels: roundChannels(1280 * Math.max(1, width)), kernel: 1, fn: "relu6" });
  return b.build(b.dense(b.globalAveragePool(x), classes));
}

/** ResNet-50 (He et al. 2015, table 1) with the stride in the 3×3 convolution, as torchvision and most later work have it. */
export function resnet50(resolution = 224, classes = 1000): Network {
  const b = new NetworkBuilder();
  let x = convNormRelu(b, b.input([1, 3, resolution, resolution]), { channels: 64, kernel: 7, stride: 2 });
  x = b.pool2d("max", x, 3, { stride: 2, padding: 1 });
  const stages = [
    [64, 3, 1],
    [128, 4, 2],
    [256, 6, 2],
    [512, 3, 2],
  ] as const;
  for (const [width, repeats, firstStride] of stages) {
    for (let i = 0; i < repeats; i++) {
      const stride = i === 0 ? firstStride : 1;
      const reduced = convNormRelu(b, x, { channels: width, kernel: 1 });
      const filtered = convNormRelu(b, reduced, { channels: width, kernel: 3, stride });
      const expanded = b.batchNorm(b.conv2d(filtered, 4 * width, 1));
      const shortcut = i === 0 ? b.batchNorm(b.conv2d(x, 4 * width, 1, { stride })) : x;
      x = b.activation(b.binary("add", expanded, shortcut), "relu");
    }
  }
  return b.build(b.dense(b.globalAveragePool(x), classes));
}

/** Sizes of a vision transformer. */
export interface TransformerOptions {
  readonly resolution: number;
  /** Side of a square patch. */
  readonly patch: number;
  readonly features: number;
  readonly heads: number;
  /** Features inside the feed-forward part. */
  readonly hidden: number;
  readonly depth: number;
  readonly classes: number;
}

/** The sizes of ViT-Tiny (Touvron et al. 2021, table 1: 192 features, 3 heads, 12 layers). */
export const vitTiny: TransformerOptions = { resolution: 224, patch: 16, features: 192, heads: 3, hidden: 768, depth: 12, classes: 1000 };

/**
 * A vision transformer's encoder (Dosovitskiy et al. 2021), normalised before each part: patches, position embedding,
 * `depth` blocks of multi-head attention and GELU feed-forward, normalisation, classifier. Deviation from the paper: the
 * classifier reads the mean of all tokens instead of a class token, so that every tensor keeps the batch as first axis.
 */
export function transformerEncoder(options: TransformerOptions = vitTiny): Network {
  const { resolution, patch, features, heads, hidden, depth, classes } = options;
  const b = new NetworkBuilder();
  const side = resolution / patch;
  const [tokens, perHead] = [side * side, features / heads];
  const norm = (x: NodeIndex) => b.add({ kind: "layerNorm", epsilon: 1e-6 }, [x]);
  const reshape = (x: NodeIndex, ...shape: number[]) => b.add({ kind: "reshape", shape }, [x]);
  const transpose = (x: NodeIndex, ...permutation: number[]) => b.add({ kind: "transpose", permutation }, [x]);
  const matmul = (x: NodeIndex, y: NodeIndex, transposeB: boolean) => b.add({ kind: "matmul", transposeA: false, transposeB }, [x, y]);
  // [1, tokens, features] → [1, heads, tokens, features / heads]
  const split = (x: NodeIndex) => transpose(reshape(x, -1, tokens, heads, perHead), 0, 2, 1, 3);

  const patches = b.conv2d(b.input([1, 3, resolution, resolution]), features, patch, { stride: patch, padding: 0, bias: true });
  let x = transpose(reshape(patches, -1, features, tokens), 0, 2, 1);
  x = b.binary("add", x, b.add({ kind: "parameter", shape: [1, tokens, features] }, [], "positions"));
  for (let layer = 0; layer < depth; layer++) {
    const before = norm(x);
    const [query, key, value] = [b.dense(before, features), b.dense(before, features), b.dense(before, features)].map(split) as [
      NodeIndex,
      NodeIndex,
      NodeIndex,
    ];
    const scores = b.binary("mul", matmul(query, key, true), b.constant([], 1 / Math.sqrt(perHead)));
    const mixed = matmul(b.add({ kind: "softmax", axis: 3 }, [scores]), value, false);
    x = b.binary("add", x, b.dense(reshape(transpose(mixed, 0, 2, 1, 3), -1, tokens, features), features));
    x = b.binary("add", x, b.dense(b.activation(b.dense(norm(x), hidden), "gelu"), features));
  }
  const pooled = b.add({ kind: "reduce", fn: "mean", axes: [1], keepDims: false }, [norm(x)]);
  return b.build(b.dense(pooled, classes));
}
