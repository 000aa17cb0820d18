/** The small network that tells how fast the machine is just now. */
import { type Network, NetworkBuilder } from "@archwright/core/ir";

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
