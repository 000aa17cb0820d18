/** Forward pass and gradient of a whole network. */
import { item } from "@archwright/core/base";
import { type Network, type Node, type NodeIndex, parameterLayout } from "@archwright/core/ir";
import { forward } from "../../onnx/forward.ts";
import type { Tensor, TensorOps } from "../tensorOps.ts";
import { convForward } from "./convGradients.ts";
import { gradients } from "./gradients.ts";
import { batchNormForward } from "./normGradients.ts";
import { maxPoolForward } from "./poolGradients.ts";

/** What a loss makes of the network's output: the loss, a scalar, and its gradient, of the output's shape. */
export type Loss = (ops: TensorOps, output: Tensor) => { readonly loss: Tensor; readonly gradient: Tensor };

interface NodeTensors {
  readonly inputs: readonly Tensor[];
  readonly parameters: readonly Tensor[];
}

/** The forward pass as in training: batch normalisation uses the batch, max pooling also tells where it found the largest. */
function trainingForward(ops: TensorOps, network: Network, node: Node, { inputs, parameters }: NodeTensors): Tensor {
  const { op } = node;
  const shape = node.output.shape;
  const { graph } = ops;
  if (op.kind === "batchNorm") return batchNormForward(ops, item(inputs, 0), parameters, op.epsilon);
  if (op.kind === "conv2d") return convForward(ops, op, { x: item(inputs, 0), weight: item(parameters, 0), bias: parameters[1], shape });
  if (op.kind === "pool2d" && op.mode === "max") return maxPoolForward(ops, op, item(inputs, 0), shape);
  const name = forward(op, {
    graph,
    inputs: inputs.map((input) => input.name),
    inputShapes: node.inputs.map((index) => item(network.nodes, index).output.shape),
    parameters: parameters.map((parameter) => parameter.name),
    outputShape: shape,
    dynamicBatch: false,
  });
  return { name, shape };
}

/** A network with the tensors that it is applied to. */
interface Application {
  readonly network: Network;
  /** Flat vector laid out as `parameterLayout` says. */
  readonly weights: Tensor;
  /** One tensor an input node, in order. */
  readonly inputs: readonly Tensor[];
}

interface Differentiation extends Application {
  readonly lossOf: Loss;
}

/** Adds the forward pass as in training to a graph. @returns by node: the tensor that it gives, and its parameters. */
export function trainingPass(
  ops: TensorOps,
  { network, weights, inputs }: Application,
): { readonly tensors: readonly Tensor[]; readonly parameters: readonly (readonly Tensor[])[] } {
  const layout = parameterLayout(network);
  const parameters: Tensor[][] = network.nodes.map(() => []);
  const sizes = layout.map((slot) => slot.size);
  const pieces = layout.length === 0 ? [] : ops.split(weights, sizes);
  for (const [i, slot] of layout.entries()) parameters[slot.node]?.push(ops.reshape(item(pieces, i), slot.spec.shape));
  const tensors: Tensor[] = [];
  let nextInput = 0;
  for (const [index, node] of network.nodes.entries()) {
    const own = { inputs: node.inputs.map((input) => item(tensors, input)), parameters: item(parameters, index) };
    tensors.push(node.op.kind === "input" ? item(inputs, nextInput++) : trainingForward(ops, network, node, own));
  }
  return { tensors, parameters };
}

/**
 * Adds the forward pass and the reverse pass of a network to a graph.
 * @returns the loss, and its gradient in the weights' layout. In the places of running statistics stands the distance of
 * the running from the batch's statistics, so that `statistic − momentum·gradient` updates them.
 */
export function differentiate(
  ops: TensorOps,
  { network, weights, inputs, lossOf }: Differentiation,
): { readonly loss: Tensor; readonly gradient: Tensor } {
  const layout = parameterLayout(network);
  const { tensors, parameters } = trainingPass(ops, { network, weights, inputs });
  // A gradient is wanted where a parameter lies before.
  const wanted: boolean[] = [];
  for (const [index, node] of network.nodes.entries()) {
    wanted.push(item(parameters, index).length > 0 || node.inputs.some((input) => item(wanted, input)));
  }

  const output = item(network.outputs, 0);
  const { loss, gradient } = lossOf(ops, item(tensors, output));
  const incoming = new Map<NodeIndex, Tensor>([[output, gradient]]);
  const parameterGradients: Tensor[][] = network.nodes.map(() => []);
  for (let index = network.nodes.length - 1; index >= 0; index--) {
    const dy = incoming.get(index);
    const node = item(network.nodes, index);
    if (!dy || !wanted[index]) continue;
    const result = gradients(
      ops,
      node.op,
      {
        inputs: node.inputs.map((input) => item(tensors, input)),
        parameters: item(parameters, index),
        output: item(tensors, index),
        wanted: node.inputs.map((input) => item(wanted, input)),
      },
      dy,
    );
    parameterGradients[index] = [...result.parameters];
    for (const [i, input] of node.inputs.entries()) {
      const dx = result.inputs[i];
      if (!dx || !wanted[input]) continue;
      const before = incoming.get(input);
      incoming.set(input, before ? ops.add(before, dx) : dx);
    }
  }
  const flat = layout.map((slot) => {
    const own = item(parameterGradients, slot.node);
    const piece = own.shift();
    // A parameter that the output does not depend on.
    return piece ? ops.reshape(piece, [slot.size]) : ops.filled(0, [slot.size]);
  });
  return { loss, gradient: flat.length === 0 ? ops.filled(0, [1]) : ops.concat(flat, 0) };
}
