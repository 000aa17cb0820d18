/** Writes a network as an ONNX model. */
import { InputError, item } from "@archwright/core/base";
import { type Network, type Node, type NodeIndex, parameterLayout, parameterVectorLength } from "@archwright/core/ir";
import { assertAnyBatch, atBatch, carriesBatch } from "./batchSize.ts";
import { forward } from "./forward.ts";
import { GraphBuilder, type TensorName } from "./graphBuilder.ts";

/** How a network is written. */
export interface ExportOptions {
  /**
   * Embeds (x − mean) / deviation, one number a channel, so that the model takes the pixels as the dataset gives them
   * before normalisation: mean and deviation are in the pixels' own unit ([0, 1] throughout this project).
   */
  readonly preprocessing?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** Examples at once: a number, or `dynamic` (the default) for any. */
  readonly batch?: "dynamic" | number;
  /** Written into the model's metadata properties. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Appends a softmax over the last axis to every output: probabilities instead of logits. */
  readonly softmax?: boolean;
}

const inputName = (network: Network, node: Node) =>
  network.nodes.filter(({ op }) => op.kind === "input").length === 1 ? "input" : node.name;

function preprocessed(
  graph: GraphBuilder,
  x: TensorName,
  node: Node,
  { mean, std }: NonNullable<ExportOptions["preprocessing"]>,
): TensorName {
  const channels = node.output.shape[1];
  if (mean.length !== channels || std.length !== channels || std.some((value) => !(value > 0))) {
    throw new InputError(`preprocessing with ${mean.length} means and ${std.length} deviations for ${channels} channels`, {
      expected: "one mean and one positive deviation a channel",
    });
  }
  const shape = [1, channels, ...node.output.shape.slice(2).map(() => 1)];
  return graph.op("Div", [graph.op("Sub", [x, graph.floats(mean, shape)]), graph.floats(std, shape)]);
}

/**
 * A network with its weights as an ONNX model (opset 17), in float32 whatever the network's number formats.
 * A single input is called `input` and a single output `output`; several are called after their nodes.
 * Parameters are called as in `parameterLayout`.
 * @param weights laid out as `parameterLayout` says.
 * @throws InputError where the weights do not fit.
 * @throws NetworkError where the network mixes examples, so that it cannot be run at another batch size than its own.
 */
export function exportOnnx(source: Network, weights: Float32Array, options: ExportOptions = {}): Uint8Array {
  const { batch = "dynamic" } = options;
  const dynamicBatch = batch === "dynamic";
  if (dynamicBatch) assertAnyBatch(source);
  const network = dynamicBatch ? source : atBatch(source, batch);
  const layout = parameterLayout(network);
  const size = parameterVectorLength(network);
  if (weights.length !== size) throw new InputError(`${weights.length} weights for a network with ${size}`);

  const graph = new GraphBuilder();
  const carries = carriesBatch(network);
  const dimensions = (index: NodeIndex) => {
    const { shape } = item(network.nodes, index).output;
    const [, ...rest] = shape;
    return dynamicBatch && carries[index] ? ["batch", ...rest] : [...shape];
  };
  const parameters = new Map<NodeIndex, TensorName[]>();
  for (const slot of layout) {
    const values = weights.subarray(slot.offset, slot.offset + slot.size);
    const names = parameters.get(slot.node) ?? [];
    parameters.set(slot.node, [...names, graph.initializer(values, slot.spec.shape, "float32", slot.name)]);
  }
  const tensors: TensorName[] = [];
  for (const [index, node] of network.nodes.entries()) {
    if (node.op.kind === "input") {
      const name = graph.input(inputName(network, node), dimensions(index));
      tensors.push(options.preprocessing ? preprocessed(graph, name, node, options.preprocessing) : name);
      continue;
    }
    tensors.push(
      forward(node.op, {
        graph,
        inputs: node.inputs.map((input) => item(tensors, input)),
        inputShapes: node.inputs.map((input) => item(network.nodes, input).output.shape),
        parameters: parameters.get(index) ?? [],
        outputShape: node.output.shape,
        dynamicBatch: dynamicBatch && item(carries, index),
      }),
    );
  }
  for (const output of network.outputs) {
    const node = item(network.nodes, output);
    const tensor = item(tensors, output);
    const name = network.outputs.length === 1 ? "output" : node.name;
    // An output must not share its name with the node's own tensor, an input or a parameter.
    graph.output(options.softmax ? graph.op("Softmax", [tensor], { axis: -1 }) : tensor, name, dimensions(output));
  }
  return graph.encode({ name: "network", ...(options.metadata ? { metadata: options.metadata } : {}) });
}
