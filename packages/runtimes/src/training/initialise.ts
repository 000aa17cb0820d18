/** Random weights to start training from. */
import { item, type Rng } from "@archwright/core/base";
import { elementCount, type Network, type OperatorKind, parameterLayout, parameterVectorLength, type Shape } from "@archwright/core/ir";

/** Standard deviation of initial weights, from their shape. @param gain of variance: 2 where a rectifier may follow, 1 where logits come out. */
type DeviationRule = (shape: Shape, gain: number) => number;

/** He et al. 2015: the variance of what comes out is that of what goes in. `fanIn`: numbers that each output is summed from. */
const byFanIn =
  (fanIn: (shape: Shape) => number): DeviationRule =>
  (shape, gain) =>
    Math.sqrt(gain / fanIn(shape));

/** Embeddings and learned tensors are added, not multiplied: small numbers, as in vision transformers (Dosovitskiy et al. 2021). */
const small: DeviationRule = () => 0.02;

/** Null where an operator has no parameter of the role `weight`. */
const deviations: Readonly<Record<OperatorKind, DeviationRule | null>> = {
  input: null,
  constant: null,
  parameter: small,
  // [out, in / groups, h, w]
  conv2d: byFanIn((shape) => elementCount(shape.slice(1))),
  // [in, out]
  dense: byFanIn((shape) => item(shape, 0)),
  matmul: null,
  binary: null,
  activation: null,
  concat: null,
  pool2d: null,
  reduce: null,
  batchNorm: null,
  layerNorm: null,
  rmsNorm: null,
  groupNorm: null,
  softmax: null,
  embedding: small,
  reshape: null,
  transpose: null,
  slice: null,
  cast: null,
  pad: null,
  opaque: null,
};

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
      const deviation = deviations[node.op.kind];
      if (!deviation) throw new Error(`initialWeights: ${node.op.kind} has a weight and no rule for it`);
      const scale = deviation(spec.shape, index === lastWeighted ? 1 : 2);
      for (let i = offset; i < offset + size; i++) weights[i] = rng.normal() * scale;
    } else if (spec.role === "scale" || spec.role === "variance") {
      weights.fill(1, offset, offset + size);
    }
  }
  return weights;
}
