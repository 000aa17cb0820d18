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

type Stages = Extract<Parameters<typeof resolveSpaceSpec>[0], { name: "custom" }>["stages"];

/** The one network of a space of stages. */
function only(stages: Stages, activation: "relu" | "hard-swish" = "relu"): Network {
  const spec = resolveSpaceSpec({ name: "custom", activation, stem: { channels: 16 }, stages }, task);
  const space = createSpace(spec, task);
  const [genotype] = space.enumerate();
  if (!genotype || space.size !== 1n) throw new Error("a space of one network was expected");
  return space.network(genotype, task);
}

/** The plain CNN of that space, with something of one's choice where it halves the image. */
const plain = (halving: Stages[number]["blocks"][number]): Stages => [
  { channels: 16, stride: 2, blocks: [halving] },
  { channels: 32, blocks: [{ type: "conv" }] },
  { channels: 32, stride: 2, blocks: [halving] },
  { channels: 64, blocks: [{ type: "conv" }] },
];

/** MobileNetV1's plan with squeeze-and-excitation. */
const squeezed: Stages = [
  [32, 1, 1],
  [64, 2, 2],
  [128, 3, 2],
].map(([channels = 0, depth, stride]) => ({
  channels,
  depth,
  stride,
  blocks: [{ type: "depthwise-separable", squeeze_excitation: true }],
}));

const onFashionImages: Readonly<Record<string, Network>> = {
  "mobilenet-v1": named("mobilenet-v1"),
  "mobilenet-v2": named("mobilenet-v2"),
  "ds-cnn": named("ds-cnn"),
  "resnet-8": named("resnet-8"),
  "v1, squeezed": only(squeezed),
  "plain, strided": only(plain({ type: "conv" })),
  "plain, pooled": only(plain({ type: "pool", kernel: 2 })),
  "plain, hard-swish": only(plain({ type: "pool", kernel: 2 }), "hard-swish"),
  "plain, overlapping": only(plain({ type: "pool", kernel: 3 })),
};

export const benchmarkNetworks: readonly BenchmarkNetwork[] = [
  { name: "cnn32", network: smallCnn(), batch: 32 },
  { name: "mobile8", network: mobile(8), batch: 64 },
  { name: "mobile28", network: mobile(28), batch: 64 },
  ...Object.entries(onFashionImages).flatMap(([name, network]) => [32, 64].map((batch) => ({ name, network, batch }))),
];
