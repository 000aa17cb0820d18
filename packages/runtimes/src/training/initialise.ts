import type { Rng } from "@archwright/core/base";
import { item } from "@archwright/core/base";
import { type Network, type Node, type ParameterSpec, parameterLayout, parameterVectorLength } from "@archwright/core/ir";

/** Numbers that each output of a weight is summed from. */
function fanIn(node: Node, spec: ParameterSpec): number {
  if (node.op.kind === "conv2d") return spec.shape.slice(1).reduce((product, size) => product * size, 1);
  return item(spec.shape, 0);
}

function deviation(node: Node, spec: ParameterSpec, isLast: boolean): number {
  // Embeddings and learned tensors are added, not multiplied: small numbers, as in vision transformers (Dosovitskiy et al. 2021).
  if (node.op.kind === "embedding" || node.op.kind === "parameter") return 0.02;
  // He et al. 2015; without the factor for rectifiers where logits come out.
  return Math.sqrt((isLast ? 1 : 2) / fanIn(node, spec));
}

/**
 * Random weights to start training from, laid out as `parameterLayout` says: normal with a deviation by fan-in,
 * scales and variances 1, biases, shifts and means 0.
 */
export function initialWeights(network: Network, rng: Rng): Float32Array {
  const layout = parameterLayout(network);
  const weights = new Float32Array(parameterVectorLength(network));
  const lastWeighted = layout.findLast((slot) => slot.spec.role === "weight")?.node;
  for (const { node: index, spec, offset, size } of layout) {
    const node = item(network.nodes, index);
    if (spec.role === "weight") {
      const scale = deviation(node, spec, index === lastWeighted);
      for (let i = offset; i < offset + size; i++) weights[i] = rng.normal() * scale;
    } else if (spec.role === "scale" || spec.role === "variance") {
      weights.fill(1, offset, offset + size);
    }
  }
  return weights;
}
