/** Compiles a training step to one ONNX model. */
import { InputError, item } from "@archwright/core/base";
import { type Network, parameterVectorLength, type Shape } from "@archwright/core/ir";
import { atBatch, onlyInput, onlyOutput } from "../onnx/batchSize.ts";
import { GraphBuilder } from "../onnx/graphBuilder.ts";
import { differentiate, type Loss } from "./gradients/differentiate.ts";
import { momentCounts, type OptimiserSettings, optimise, type StepRates } from "./optimisers.ts";
import { type Tensor, TensorOps } from "./tensorOps.ts";

/** A training step as an ONNX model, and what it is to be fed with. */
export interface CompiledStep {
  readonly model: Uint8Array;
  /** Shape of the input `images`. */
  readonly imageShape: Shape;
  /** Shape of the input `targets`: [batch, classes], a probability for each class. */
  readonly targetShape: Shape;
  /** Length of `weights` and of each moment. */
  readonly size: number;
  /** Names of the state vectors; the model gives each back with `.next` appended. */
  readonly state: readonly string[];
}

/** Names of the scalar inputs. */
export const rateNames = ["learningRate", "keep", "correction1", "correction2"] as const satisfies readonly (keyof StepRates)[];

/** Mean over the batch of −Σ target·log softmax(output). */
export function crossEntropy(targets: Tensor): Loss {
  return (ops, output) => {
    const [batch] = output.shape as readonly [number, number];
    const logarithms = ops.unary("LogSoftmax", output, { axis: 1 });
    const loss = ops.mul(ops.sum(ops.mul(logarithms, targets), [0, 1]), -1 / batch);
    return { loss, gradient: ops.mul(ops.sub(ops.unary("Exp", logarithms), targets), 1 / batch) };
  };
}

/** Without a softmax at the end, if there is one: the loss takes logits. */
function withoutSoftmax(network: Network): Network {
  const last = onlyOutput(network);
  return last.op.kind === "softmax" ? { nodes: network.nodes, outputs: [item(last.inputs, 0)] } : network;
}

/**
 * Compiles forward pass, loss, reverse pass and optimiser of a classifier into one ONNX model.
 * Inputs: `images`, `targets`, the state vectors (`weights`, `moment1`, …) and the scalars of `rateNames`.
 * Outputs: `loss` and the next state vectors.
 * @param block what `channelBlock` says of the machine that is to run the model; the portable 0 is slower.
 * @throws InputError where the network is no classifier [N, …] → [N, classes].
 * @throws NetworkError where it mixes the examples of a batch.
 */
export function compileStep(source: Network, batch: number, settings: OptimiserSettings, block = 0): CompiledStep {
  const network = withoutSoftmax(atBatch(source, batch));
  const imageShape = onlyInput(network).output.shape;
  const targetShape = onlyOutput(network).output.shape;
  if (targetShape.length !== 2 || targetShape[0] !== batch) {
    throw new InputError(`the network gives [${targetShape.join(", ")}]`, { expected: `logits of the shape [${batch}, classes]` });
  }
  const size = parameterVectorLength(network);
  if (size === 0) throw new InputError("the network has nothing to learn");

  const graph = new GraphBuilder();
  const ops = new TensorOps(graph, block);
  const input = (name: string, shape: Shape): Tensor => ({ name: graph.input(name, shape), shape });
  const images = input("images", imageShape);
  const targets = input("targets", targetShape);
  const momentNames = Array.from({ length: momentCounts[settings.optimiser] }, (_, i) => `moment${i + 1}`);
  const state = ["weights", ...momentNames];
  const [weights, ...moments] = state.map((name) => input(name, [size])) as [Tensor, ...Tensor[]];
  const rates = Object.fromEntries(rateNames.map((name) => [name, input(name, [])])) as { [R in keyof StepRates]: Tensor };

  const { loss, gradient } = differentiate(ops, { network, weights, inputs: [images], lossOf: crossEntropy(targets) });
  const next = optimise(ops, { network, settings, state: { weights, moments }, gradient, rates });
  graph.output(loss.name, "loss", []);
  for (const [i, tensor] of [next.weights, ...next.moments].entries()) graph.output(tensor.name, `${state[i]}.next`, [size]);
  return { model: graph.encode({ name: "training-step" }), imageShape, targetShape, size, state };
}
