import { createRng } from "@archwright/core/base";
import { type Network, NetworkBuilder, parameterLayout } from "@archwright/core/ir";

/**
 * The small fixed network that tells how fast the machine is just now: 3×32×32 images, three convolutions,
 * 3,981,312 multiply-accumulates in them. Changing it makes the drift of older measurements incomparable.
 */
export function referenceNetwork(): Network {
  const builder = new NetworkBuilder();
  let x = builder.input([1, 3, 32, 32]);
  x = builder.activation(builder.conv2d(x, 16, 3, { bias: true }), "relu");
  x = builder.activation(builder.conv2d(x, 32, 3, { stride: 2, bias: true }), "relu");
  x = builder.activation(builder.conv2d(x, 32, 3, { bias: true }), "relu");
  return builder.build(builder.dense(builder.globalAveragePool(x), 10));
}

/**
 * Weights to measure with where a network has none: normal with He's variance, so that no activation becomes
 * denormal or infinite (which would change the latency); scales and variances 1, everything else 0.
 */
export function randomWeights(network: Network, seed: string): Float32Array {
  const rng = createRng(seed);
  const layout = parameterLayout(network);
  const weights = new Float32Array(layout.reduce((size, slot) => size + slot.size, 0));
  for (const { spec, offset, size } of layout) {
    if (spec.role === "scale" || spec.role === "variance") weights.fill(1, offset, offset + size);
    if (spec.role !== "weight") continue;
    const [first = 1, ...rest] = spec.shape;
    const fanIn = spec.shape.length === 4 ? rest.reduce((product, side) => product * side, 1) : first;
    const deviation = Math.sqrt(2 / fanIn);
    for (let i = offset; i < offset + size; i++) weights[i] = rng.normal() * deviation;
  }
  return weights;
}
