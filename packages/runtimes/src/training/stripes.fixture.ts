/** A small learning task, a network for it and a way to train it, for tests. */
import { createRng, intAt, item } from "@archwright/core/base";
import { type Network, NetworkBuilder } from "@archwright/core/ir";
import type { ImageSet } from "../datasets/dataset.ts";
import type { TrainingOptions } from "./trainer.ts";

/** Stripes across, stripes down, a checkerboard or nothing, in noise. */
export function stripes(count: number, seed: number): ImageSet {
  const rng = createRng(seed);
  const images = new Float32Array(count * 64);
  const labels = Int32Array.from({ length: count }, () => rng.int(4));
  for (let i = 0; i < images.length; i++) {
    const [row, column] = [(i % 64) >> 3, i % 8];
    const patterns = [row & 1, column & 1, (row + column) & 1, 0];
    images[i] = 0.5 * rng.normal() + item(patterns, intAt(labels, i >> 6));
  }
  const copyImage: ImageSet["copyImage"] = (index, target, start) => target.set(images.subarray(64 * index, 64 * (index + 1)), start);
  return { copyImage, labels, count, channels: 1, height: 8, width: 8, classes: 4 };
}

export function smallNetwork(classes = 4): Network {
  const b = new NetworkBuilder();
  let x = b.activation(b.batchNorm(b.conv2d(b.input([1, 1, 8, 8]), 8, 3)), "relu");
  x = b.binary("add", x, b.activation(b.batchNorm(b.depthwise(x, 3)), "hard-swish"));
  x = b.pool2d("max", b.conv2d(x, 16, 1), 2);
  return b.build(b.dense(b.globalAveragePool(x), classes));
}

export const options: TrainingOptions = {
  epochs: 5,
  batchSize: 32,
  optimiser: "adam",
  learningRate: 0.01,
  weightDecay: 1e-3,
  labelSmoothing: 0.05,
  warmupEpochs: 1,
  augmentation: { shift: 2, flip: true },
};
