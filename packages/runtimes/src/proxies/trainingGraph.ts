/** The training pass of a network that is looked at untrained, as a graph whose weights are an input. */
import { type Network, parameterVectorLength } from "@archwright/core/ir";
import { onlyInput } from "../onnx/batchSize.ts";
import { GraphBuilder } from "../onnx/graphBuilder.ts";
import { trainingPass } from "../training/gradients/differentiate.ts";
import { type Tensor, TensorOps } from "../training/tensorOps.ts";

/** @returns `input` and `weights` are fed as `images` and `weights`; `tensors` are by node. */
export function trainingGraph(network: Network) {
  const graph = new GraphBuilder();
  const ops = new TensorOps(graph);
  const { shape } = onlyInput(network).output;
  const input: Tensor = { name: graph.input("images", shape), shape };
  const size = parameterVectorLength(network);
  const weights: Tensor = { name: graph.input("weights", [size]), shape: [size] };
  const { tensors } = trainingPass(ops, { network, weights, inputs: [input] });
  return { graph, ops, input, weights, tensors };
}
