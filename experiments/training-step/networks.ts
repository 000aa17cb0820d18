/** The networks whose training steps are timed. */
import { readFileSync } from "node:fs";
import { createSpace, parseSpaceYaml, startingPoint, type Task } from "@archwright/core";
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
/** The space for microcontrollers, with hard-swish and overlapping windows besides. */
const spec = parseSpaceYaml(
  readFileSync(new URL(`../../configs/spaces/${file}`, import.meta.url), "utf8")
    .replace("activation: [relu, relu6]", "activation: [relu, relu6, hard-swish]")
    .replace("mode: max, kernel: 2", "mode: max, kernel: [2, 3]"),
  file,
);

/** A network with a name as a point of the space, after a change of its text. */
function named(name: string, change: (text: string) => string = (text) => text): Network {
  const space = createSpace(spec, task);
  return space.network(space.parse(change(startingPoint(spec, task, name))), task);
}

const plain = "plain-cnn";
const onFashionImages: Readonly<Record<string, Network>> = {
  "mobilenet-v1": named("mobilenet-v1"),
  "mobilenet-v2": named("mobilenet-v2"),
  "ds-cnn": named("ds-cnn"),
  "resnet-8": named("resnet-8"),
  "plain, strided": named(plain, (text) => text.replaceAll("pool-k2", "conv")),
  "plain, pooled": named(plain),
  "plain, hard-swish": named(plain, (text) => text.replace("relu", "hard-swish")),
  "plain, overlapping": named(plain, (text) => text.replaceAll("pool-k2", "pool-k3")),
};

export const benchmarkNetworks: readonly BenchmarkNetwork[] = [
  { name: "cnn32", network: smallCnn(), batch: 32 },
  { name: "mobile8", network: mobile(8), batch: 64 },
  { name: "mobile28", network: mobile(28), batch: 64 },
  ...Object.entries(onFashionImages).flatMap(([name, network]) => [32, 64].map((batch) => ({ name, network, batch }))),
];
