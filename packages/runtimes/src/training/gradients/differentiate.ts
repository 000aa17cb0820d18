/** Forward pass and gradient of a whole network. */
import { item } from "@archwright/core/base";
import { type Network, type Node, type NodeIndex, type Operator, type OperatorOf, parameterLayout, type Shape } from "@archwright/core/ir";
import { forward } from "../../onnx/forward.ts";
import { type FusedActivation, inLayoutOf, toBlocked, toPlain } from "../blocked.ts";
import type { Tensor, TensorOps } from "../tensorOps.ts";
import { blockedNormForward } from "./blockedNorm.ts";
import { channelGate, isChannelGate } from "./channelGate.ts";
import { blockedForm, convForward } from "./convGradients.ts";
import { gradients } from "./gradients.ts";
import { batchNormForward } from "./normGradients.ts";
import { globalMean, isGlobalMean, poolForward } from "./poolGradients.ts";

/** What a loss makes of the network's output: the loss, a scalar, and its gradient, of the output's shape. */
export type Loss = (ops: TensorOps, output: Tensor) => { readonly loss: Tensor; readonly gradient: Tensor };

interface NodeTensors {
  readonly inputs: readonly Tensor[];
  readonly parameters: readonly Tensor[];
  /** The only operator that reads the result, and its parameters. */
  readonly reader: { readonly op: Operator; readonly parameters: readonly Tensor[] } | undefined;
}

/** Inputs in the layout in which an operator is done: the blocked one if an input has it and the operator works on each number. */
function inOneLayout(ops: TensorOps, { op, output }: Node, inputs: readonly Tensor[]): readonly Tensor[] {
  const same = inputs.every(({ channels, shape }) => (channels ?? shape[1]) === output.shape[1] && shape[0] === output.shape[0]);
  // Where channels fill up the last block, 0 would be divided by 0.
  const each = op.kind === "activation" || (op.kind === "binary" && op.fn !== "div" && inputs.every(({ shape }) => shape.length === 4));
  const sizes = inputs.every(({ shape }) => shape.slice(2).join() === output.shape.slice(2).join());
  const blocked = each && same && sizes && inputs.some(({ channels }) => channels !== undefined);
  return inputs.map((input) => (blocked ? toBlocked : toPlain)(ops, input));
}

/** An activation that is done together with a normalisation before it. */
function fusedActivation(op: Operator | undefined): FusedActivation | undefined {
  return op?.kind === "activation" && (op.fn === "relu" || op.fn === "relu6") ? op.fn : undefined;
}

/** A convolution; without the running mean of a normalisation that follows, which then has a mean near 0 (see `blockedNorm.ts`). */
function convolved(ops: TensorOps, op: OperatorOf<"conv2d">, shape: Shape, { inputs, parameters, reader }: NodeTensors): Tensor {
  const [x, weight, bias] = [item(inputs, 0), item(parameters, 0), parameters[1]];
  const isShifted = !bias && reader?.op.kind === "batchNorm" && blockedForm(ops, op, x) !== undefined;
  if (!isShifted) return convForward(ops, op, { x, weight, bias, shape });
  const shift = item(reader.parameters, 2);
  return { ...convForward(ops, op, { x, weight, bias: ops.neg(shift), shape }), shift };
}

/** The forward pass as in training: batch normalisation uses the batch. */
function trainingForward(ops: TensorOps, network: Network, node: Node, own: NodeTensors): Tensor {
  const { op } = node;
  const shape = node.output.shape;
  const { inputs, parameters } = own;
  const x = inputs[0];
  if (op.kind === "batchNorm") {
    if (x?.channels === undefined) return batchNormForward(ops, item(inputs, 0), parameters, op.epsilon);
    return blockedNormForward(ops, x, parameters, { epsilon: op.epsilon, activation: fusedActivation(own.reader?.op) });
  }
  if (op.kind === "conv2d") return convolved(ops, op, shape, own);
  if (op.kind === "pool2d") return poolForward(ops, op, item(inputs, 0), shape);
  if (isGlobalMean(op) && x?.channels !== undefined) return globalMean(ops, x, shape);
  if (isChannelGate(op, inputs)) return channelGate(ops, item(inputs, 0), item(inputs, 1));
  const operands = inOneLayout(ops, node, inputs);
  const name = forward(op, {
    graph: ops.graph,
    inputs: operands.map((input) => input.name),
    inputShapes: node.inputs.map((index) => item(network.nodes, index).output.shape),
    parameters: parameters.map((parameter) => parameter.name),
    outputShape: shape,
    dynamicBatch: false,
  });
  return operands[0]?.channels === undefined ? { name, shape } : { ...operands[0], name };
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

/** By node: the only reader of its tensor, if there is but one. */
function onlyReaders({ nodes, outputs }: Network): readonly (NodeIndex | undefined)[] {
  const readers: NodeIndex[][] = nodes.map(() => []);
  for (const [index, { inputs }] of nodes.entries()) for (const input of new Set(inputs)) readers[input]?.push(index);
  return readers.map((own, index) => (own.length === 1 && !outputs.includes(index) ? own[0] : undefined));
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
  const readers = onlyReaders(network);
  for (const [index, node] of network.nodes.entries()) {
    if (node.op.kind === "input") {
      tensors.push(item(inputs, nextInput++));
      continue;
    }
    const operands = node.inputs.map((input) => item(tensors, input));
    const [first = -1] = node.inputs;
    // Done together with the normalisation.
    const isDone =
      fusedActivation(node.op) && readers[first] === index && network.nodes[first]?.op.kind === "batchNorm" && operands[0]?.channels;
    const next = readers[index];
    const reader = next === undefined ? undefined : { op: item(network.nodes, next).op, parameters: item(parameters, next) };
    const own = { inputs: operands, parameters: item(parameters, index), reader };
    tensors.push(isDone ? item(operands, 0) : trainingForward(ops, network, node, own));
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
  const { loss, gradient } = lossOf(ops, toPlain(ops, item(tensors, output)));
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
      incoming.set(input, before ? ops.add(before, inLayoutOf(ops, before, dx)) : dx);
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
