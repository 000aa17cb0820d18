/** What a runtime's file of a network lists: layers, tensors, channels. */
import { item } from "../../base/matrix.ts";
import { liveNodes, nodeAt, readerCounts } from "../graph.ts";
import type { Network, NodeIndex } from "../network.ts";
import type { OperatorKind } from "../operators.ts";
import { parametersOf } from "../parameters.ts";

/** Functions that clamp: an integer kernel does them by saturation, a float kernel before it stores. */
const clamps: ReadonlySet<string> = new Set(["relu", "relu6", "hard-sigmoid"]);
/** What can clamp its own results. */
const clampers: ReadonlySet<OperatorKind> = new Set<OperatorKind>(["conv2d", "dense", "matmul", "binary", "pool2d", "reduce"]);

/**
 * For each node 1 where it is an activation that the operator before it does itself, as TensorFlow Lite's fused activation functions and
 * CMSIS-NN's ranges do: it clamps, and nothing else reads that operator.
 */
export function clampedActivations(network: Network, live: readonly boolean[] = liveNodes(network)): Uint8Array {
  const counts = readerCounts(network, live);
  return Uint8Array.from(network.nodes, ({ op, inputs, output }, index) => {
    if (op.kind !== "activation" || !live[index] || !clamps.has(op.fn)) return 0;
    const input = item(inputs, 0);
    const source = nodeAt(network, input);
    return clampers.has(source.op.kind) && counts[input] === 1 && source.output.format === output.format ? 1 : 0;
  });
}

/** How much a file of a network has to list. Parameters that several nodes share are counted once for each of these. */
export interface LayerCounts {
  /** Operators, without the activations that others do themselves. */
  readonly layers: number;
  /** Tensors: inputs, results of layers, and parameters. */
  readonly tensors: number;
  /** Output channels of convolutions and dense layers. */
  readonly channels: number;
  /** Those of convolutions with int8 weights, of which each has a scale of its own (uint8 was quantised by tensor). */
  readonly scaledChannels: number;
}

export function layerCounts(network: Network): LayerCounts {
  const live = liveNodes(network);
  const clamped = clampedActivations(network, live);
  let [layers, tensors, channels, scaledChannels] = [0, 0, 0, 0];
  const count = (index: NodeIndex) => {
    const node = nodeAt(network, index);
    const { op } = node;
    const isStored = op.kind === "constant" || op.kind === "parameter";
    if (op.kind !== "input" && !isStored) layers++;
    tensors += 1 + (isStored ? 0 : parametersOf(network, node).length);
    if (op.kind !== "conv2d" && op.kind !== "dense") return;
    const own = op.kind === "conv2d" ? op.outChannels : op.outFeatures;
    channels += own;
    if (op.kind === "conv2d" && node.weightFormat === "int8") scaledChannels += own;
  };
  network.nodes.forEach((_, index) => {
    if (live[index] && !clamped[index]) count(index);
  });
  return { layers, tensors, channels, scaledChannels };
}
