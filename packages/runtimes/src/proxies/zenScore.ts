/** Zen-score: how expressive a network is that has never been trained. */
import { floatAt, item, type Rng } from "@archwright/core/base";
import { elementCount, type Network, type NodeIndex, parameterLayout, parameterVectorLength } from "@archwright/core/ir";
import { atBatch } from "../onnx/batchSize.ts";
import { batchStatistics } from "../training/gradients/normGradients.ts";
import { withoutShortcuts } from "./live.ts";
import { type Fed, runGraph } from "./runGraph.ts";
import { trainingGraph } from "./trainingGraph.ts";

export interface ZenOptions {
  /** Images of a draw; the authors' program has 16. */
  readonly batch?: number;
  /** Draws of weights and images that are averaged. */
  readonly repeats?: number;
  /** α, how far the second image is from the first. */
  readonly step?: number;
}

/** The node before pooling and classifier: the last one, from the output back, that is neither dense nor moves or pools all positions. */
function featuresOf(network: Network): NodeIndex {
  const behind = new Set(["dense", "reduce", "reshape", "softmax"]);
  let index = item(network.outputs, 0);
  while (behind.has(item(network.nodes, index).op.kind)) index = item(item(network.nodes, index).inputs, 0);
  return index;
}

/** Convolutions and dense layers normal with deviation 1, normalisations neutral, biases 0. */
function gaussianWeights(network: Network, rng: Rng): Float32Array {
  const weights = new Float32Array(parameterVectorLength(network));
  for (const { spec, offset, size } of parameterLayout(network)) {
    if (spec.role === "weight") for (let i = offset; i < offset + size; i++) weights[i] = rng.normal();
    else if (spec.role === "scale" || spec.role === "variance") weights.fill(1, offset, offset + size);
  }
  return weights;
}

/** Mean over the images of the length of the difference. */
function meanDistance(a: Float32Array, b: Float32Array, images: number): number {
  const size = a.length / images;
  let sum = 0;
  for (let image = 0; image < images; image++) {
    let squares = 0;
    for (let i = image * size; i < (image + 1) * size; i++) squares += (floatAt(a, i) - floatAt(b, i)) ** 2;
    sum += Math.sqrt(squares);
  }
  return sum / images;
}

/**
 * Lin et al., "Zen-NAS: a zero-shot NAS for high-performance image recognition", ICCV 2021, algorithm 1:
 * log E‖f(x) − f(x + αε)‖ + Σ log σ, with f the features before pooling of the network without residual links and with normal weights,
 * x and ε normal, and σ² the variance that a batch normalisation sees, averaged over its channels. More is better.
 *
 * Deviations: as residual links count identity shortcuts alone (see `withoutShortcuts`), because sums of branches are what cells are
 * made of; a normalisation of a constant is left out of the sum; few draws are averaged.
 * @returns −Infinity where the features do not depend on the image.
 */
export async function zenScore(source: Network, rng: Rng, { batch = 16, repeats = 4, step = 0.01 }: ZenOptions = {}): Promise<number> {
  const network = withoutShortcuts(atBatch(source, batch));
  const { graph, ops, input, weights, tensors } = trainingGraph(network);
  const features = item(tensors, featuresOf(network));
  const variances = network.nodes
    .filter(({ op }) => op.kind === "batchNorm")
    .map((node) => ops.mean(batchStatistics(ops, item(tensors, item(node.inputs, 0))).variance, [0], true));
  graph.output(features.name, "features", features.shape);
  graph.output(ops.concat([...variances, ops.filled(1, [1])], 0).name, "variances", [variances.length + 1]);

  const normal = (draw: Rng) => Float32Array.from({ length: elementCount(input.shape) }, () => draw.normal());
  const feeds: Record<string, Fed>[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const draw = rng.fork(`zen ${repeat}`);
    const drawn = { values: gaussianWeights(network, draw.fork("weights")), shape: weights.shape };
    const images = normal(draw.fork("images"));
    const steps = normal(draw.fork("steps"));
    const moved = images.map((value, i) => value + step * floatAt(steps, i));
    for (const values of [images, moved]) feeds.push({ images: { values, shape: input.shape }, weights: drawn });
  }
  const results = await runGraph(graph, feeds);
  let sum = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const [at, moved] = [item(results, 2 * repeat), item(results, 2 * repeat + 1)];
    sum += Math.log(meanDistance(at.features as Float32Array, moved.features as Float32Array, batch));
    for (const variance of at.variances as Float32Array) if (variance > 0) sum += Math.log(variance) / 2;
  }
  return sum / repeats;
}
