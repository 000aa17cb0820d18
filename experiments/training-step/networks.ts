/** The networks whose training steps are timed. */
import { type Network, NetworkBuilder, type NodeIndex } from "@archwright/core/ir";

/** A network to be timed; `pytorch.py` builds the same under the same name. */
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

export const benchmarkNetworks: readonly BenchmarkNetwork[] = [
  { name: "cnn32", network: smallCnn(), batch: 32 },
  { name: "mobile8", network: mobile(8), batch: 64 },
  { name: "mobile28", network: mobile(28), batch: 64 },
];
