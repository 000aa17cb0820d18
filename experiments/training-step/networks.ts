/** The networks whose training steps are timed. */
import { readFileSync } from "node:fs";
import { createSpace, parseSpaceYaml, resolveSpaceSpec, startingPoint, type Task } from "@archwright/core";
import { type Network, NetworkBuilder, type NodeIndex } from "@archwright/core/ir";

/** A network to be timed. */
export interface BenchmarkNetwork {
  readonly name: string;
  readonly network: Network;
  readonly batch: number;
}

/** Convolutions of 16, 32 and, separable, 64 channels on 3×32×32. */
function smallCnn(): Network {
  const b = new NetworkBuilder();
  const block = (x: NodeIndex) => b.activation(b.batchNorm(x), "relu");
  let x = block(b.conv2d(b.input([1, 3, 32, 32]), 16, 3));
  x = block(b.conv2d(x, 32, 3, { stride: 2 }));
  x = block(b.conv2d(b.depthwise(x, 3), 64, 1));
  return b.build(b.dense(b.globalAveragePool(x), 10));
}

/** Inverted residuals (Sandler et al. 2018) on one-channel images. */
function mobile(size: number): Network {
  const b = new NetworkBuilder();
  const normalised = (x: NodeIndex) => b.activation(b.batchNorm(x), "relu6");
  const inverted = (x: NodeIndex, out: number, expansion: number, kernel: number, stride: number) => {
    const channels = b.shape(x)[1] as number;
    let y = normalised(b.conv2d(x, channels * expansion, 1));
    y = normalised(b.depthwise(y, kernel, { stride }));
    y = b.batchNorm(b.conv2d(y, out, 1));
    return stride === 1 && channels === out ? b.binary("add", x, y) : y;
  };
  let x = normalised(b.conv2d(b.input([1, 1, size, size]), 16, 3, { stride: size > 8 ? 2 : 1 }));
  for (const [out, expansion, kernel, stride] of [
    [16, 3, 3, 1],
    [24, 4, 3, 2],
    [24, 4, 5, 1],
    [40, 4, 3, 2],
    [40, 3, 5, 1],
  ] as const) {
    x = inverted(x, out, expansion, kernel, stride);
  }
  x = normalised(b.conv2d(x, 96, 1));
  return b.build(b.dense(b.globalAveragePool(x), 10));
}

const task: Task = { kind: "image-classification", channels: 1, height: 28, width: 28, classes: 10 };
const file = "microcontroller.yaml";
const microcontroller = parseSpaceYaml(readFileSync(new URL(`../../configs/spaces/${file}`, import.meta.url), "utf8"), file);

/** A hand-made network that the space for microcontrollers knows by name. */
function named(name: string): Network {
  const space = createSpace(microcontroller, task);
  return space.network(space.parse(startingPoint(microcontroller, task, name)), task);
}

type Block = { readonly type: "conv" } | { readonly type: "pool"; readonly kernel: number };

/** The plain CNN of that space with another activation, or with something else where it halves the image. */
function plain(activation: "relu" | "hard-swish", halving: Block): Network {
  const stage = (channels: number, stride: number, block: Block) => ({ channels, stride, blocks: [block] });
  const convolution = { type: "conv" } as const;
  const stages = [stage(16, 2, halving), stage(32, 1, convolution), stage(32, 2, halving), stage(64, 1, convolution)];
  const space = createSpace(resolveSpaceSpec({ name: "custom", activation, stem: { channels: 16 }, stages }, task), task);
  const [only] = space.enumerate();
  if (!only) throw new Error("the space of the plain network is empty");
  return space.network(only, task);
}

const onFashionImages: Readonly<Record<string, Network>> = {
  "mobilenet-v1": named("mobilenet-v1"),
  "mobilenet-v2": named("mobilenet-v2"),
  "ds-cnn": named("ds-cnn"),
  "resnet-8": named("resnet-8"),
  "plain, strided": plain("relu", { type: "conv" }),
  "plain, pooled": plain("relu", { type: "pool", kernel: 2 }),
  "plain, hard-swish": plain("hard-swish", { type: "pool", kernel: 2 }),
  "plain, overlapping": plain("relu", { type: "pool", kernel: 3 }),
};

export const benchmarkNetworks: readonly BenchmarkNetwork[] = [
  { name: "cnn32", network: smallCnn(), batch: 32 },
  { name: "mobile8", network: mobile(8), batch: 64 },
  { name: "mobile28", network: mobile(28), batch: 64 },
  ...Object.entries(onFashionImages).flatMap(([name, network]) => [32, 64].map((batch) => ({ name, network, batch }))),
];
