/** What a network costs to compute: multiplications, operations, bytes. */
import { item } from "../base/matrix.ts";
import { elementCount, type Shape, tensorBytes } from "./format.ts";
import { nodeAt } from "./graph.ts";
import type { Network, Node } from "./network.ts";
import type { ActivationFunction, Operator, OperatorKind, OperatorOf } from "./operators.ts";
import { isTrainable, parameterFormat, parametersOf, storedParameters } from "./parameters.ts";

/** What one node costs to run once on the network's batch. */
export interface NodeCosts {
  /**
   * Multiply-accumulates of conv2d, dense and matmul, and those that an opaque operator states; 0 for every other operator. Products with padding are counted,
   * as published counters do: conv2d N·C'·H'·W'·(C / groups)·kh·kw, dense and matmul (output elements)·k.
   */
  readonly macs: number;
  /** Floating-point (or integer) operations: 2·macs plus the element operations that `elementOperations` lists. */
  readonly flops: number;
  /** Learned numbers. Running means and variances are not counted (as published parameter counts do), though they have bytes. */
  readonly parameters: number;
  /** Bytes of all that is stored for the node, running statistics included. */
  readonly weightBytes: number;
  /** Bytes of the tensors it takes, each once. */
  readonly inputBytes: number;
  /** Bytes of the tensor it produces. */
  readonly outputBytes: number;
  /**
   * Bytes read and written if every tensor passes through memory once: inputs + weights + output. But: input,
   * constant and parameter nodes move nothing (their readers do); reshape is a view and moves nothing; slice reads
   * only what it keeps; embedding reads its indices and only the rows it looks up; an opaque operator that moves elements
   * reads no more than it writes.
   */
  readonly bytesMoved: number;
  /** Arithmetic intensity, flops / bytesMoved; 0 where nothing moves. */
  readonly intensity: number;
}

/**
 * Totals of a network: the sums over all of its nodes, dead ones included (see `deploy` for removing them). Parameters that
 * several nodes share (`Node.stored`) count once in `parameters` and `weightBytes`; each execution moves them.
 */
export interface NetworkCosts extends NodeCosts {
  /** Bytes of the network's own inputs. */
  readonly inputBytes: number;
  /** Bytes of the network's own outputs. */
  readonly outputBytes: number;
}

/** Operations for each element; each of max, exp, erf, tanh, addition, multiplication, division counts as one. */
const activationOperations: Readonly<Record<ActivationFunction, number>> = {
  relu: 1,
  relu6: 2, // min(max(x, 0), 6)
  "hard-sigmoid": 4, // min(max(x / 6 + 1/2, 0), 1)
  "hard-swish": 5, // x · hard-sigmoid(x)
  sigmoid: 4, // 1 / (1 + exp(−x))
  swish: 5, // x · sigmoid(x)
  gelu: 5, // x / 2 · (1 + erf(x / √2))
  tanh: 1,
};

interface Shaped<K extends OperatorKind> {
  readonly op: OperatorOf<K>;
  readonly inputs: readonly Shape[];
  /** Elements of the output. */
  readonly size: number;
}

/** Any row of a table, called with a node whose kind is known to be the row's. */
type Rule = (node: Shaped<OperatorKind>) => number;

const nothing = () => 0;
const inputSize = ({ inputs }: { readonly inputs: readonly Shape[] }) => elementCount(item(inputs, 0));

/** Multiply-accumulates; see {@link NodeCosts.macs}. */
const macsOf: { readonly [K in OperatorKind]: (node: Shaped<K>) => number } = {
  input: nothing,
  constant: nothing,
  parameter: nothing,
  conv2d: ({ op, inputs, size }) => (size * (inputs[0]?.[1] as number) * op.kernel[0] * op.kernel[1]) / op.groups,
  dense: ({ inputs, size }) => size * (inputs[0]?.at(-1) as number),
  matmul: ({ op, inputs, size }) => size * (inputs[0]?.at(op.transposeA ? -2 : -1) as number),
  binary: nothing,
  activation: nothing,
  concat: nothing,
  pool2d: nothing,
  reduce: nothing,
  batchNorm: nothing,
  layerNorm: nothing,
  rmsNorm: nothing,
  groupNorm: nothing,
  softmax: nothing,
  embedding: nothing,
  reshape: nothing,
  transpose: nothing,
  slice: nothing,
  cast: nothing,
  pad: nothing,
  opaque: ({ op }) => op.macs,
};

/** Operations that are not part of a multiply-accumulate. */
const elementOperations: { readonly [K in OperatorKind]: (node: Shaped<K>) => number } = {
  input: nothing,
  constant: nothing,
  parameter: nothing,
  // Biases: one addition for each output element.
  conv2d: ({ op, size }) => (op.bias ? size : 0),
  dense: ({ op, size }) => (op.bias ? size : 0),
  matmul: nothing,
  binary: ({ size }) => size,
  activation: ({ op, size }) => size * activationOperations[op.fn],
  concat: nothing,
  // One addition or comparison for each position of the window, padding included; the average's division is not counted.
  pool2d: ({ op, size }) => size * op.kernel[0] * op.kernel[1],
  // One for each input element; a mean's division one more for each output element.
  reduce: (node) => inputSize(node) + (node.op.fn === "mean" ? node.size : 0),
  // With running statistics: one multiplication and one addition.
  batchNorm: ({ size }) => 2 * size,
  // Mean 1, centring 1, squares and their sum 2, division 1, scale 1, shift 1; what is done once a row is not counted.
  layerNorm: ({ size }) => 7 * size,
  // Squares and their sum 2, division 1, scale 1.
  rmsNorm: ({ size }) => 4 * size,
  groupNorm: ({ size }) => 7 * size,
  // Maximum, subtraction, exponential, sum, division.
  softmax: ({ size }) => 5 * size,
  embedding: nothing,
  reshape: nothing,
  transpose: nothing,
  slice: nothing,
  // One rounding or rescaling for each element.
  cast: ({ size }) => size,
  pad: nothing,
  opaque: ({ op }) => op.operations,
};

interface Bytes {
  readonly inputs: number;
  readonly weights: number;
  readonly output: number;
}

type Traffic = (bytes: Bytes, op: Operator) => number;

const all = ({ inputs, weights, output }: Bytes) => inputs + weights + output;

/** Bytes that pass through memory; see {@link NodeCosts.bytesMoved}. */
const traffic: { readonly [K in OperatorKind]: Traffic } = {
  input: nothing,
  constant: nothing,
  parameter: nothing,
  conv2d: all,
  dense: all,
  matmul: all,
  binary: all,
  activation: all,
  concat: all,
  pool2d: all,
  reduce: all,
  batchNorm: all,
  layerNorm: all,
  rmsNorm: all,
  groupNorm: all,
  softmax: all,
  embedding: ({ inputs, output }) => inputs + 2 * output,
  reshape: nothing,
  transpose: all,
  slice: ({ output }) => 2 * output,
  cast: all,
  pad: all,
  opaque: (bytes, op) =>
    op.kind === "opaque" && op.work === "move" ? Math.min(bytes.inputs, bytes.output) + bytes.weights + bytes.output : all(bytes),
};

function costsOf(network: Network, node: Node): NodeCosts {
  const { kind } = node.op;
  const inputs: Shape[] = [];
  let inputBytes = 0;
  node.inputs.forEach((index, position) => {
    const { output } = nodeAt(network, index);
    inputs.push(output.shape);
    if (node.inputs.indexOf(index) === position) inputBytes += tensorBytes(output);
  });
  let parameters = 0;
  let weightBytes = 0;
  for (const parameter of parametersOf(network, node)) {
    if (isTrainable(parameter)) parameters += elementCount(parameter.shape);
    weightBytes += tensorBytes({ shape: parameter.shape, format: parameterFormat(node, parameter) });
  }
  const shaped: Shaped<OperatorKind> = { op: node.op, inputs, size: elementCount(node.output.shape) };
  const macs = (macsOf[kind] as Rule)(shaped);
  const flops = 2 * macs + (elementOperations[kind] as Rule)(shaped);
  const outputBytes = tensorBytes(node.output);
  const bytesMoved = traffic[kind]({ inputs: inputBytes, weights: weightBytes, output: outputBytes }, node.op);
  const intensity = bytesMoved === 0 ? 0 : flops / bytesMoved;
  return { macs, flops, parameters, weightBytes, inputBytes, outputBytes, bytesMoved, intensity };
}

/** What each node costs, in the order of `network.nodes`. Needs a network that passes `verifyNetwork`. */
export function nodeCosts(network: Network): readonly NodeCosts[] {
  return network.nodes.map((node) => costsOf(network, node));
}

/** What the whole network costs: see {@link NetworkCosts}. */
export function networkCosts(network: Network): NetworkCosts {
  let [macs, flops, parameters, weightBytes, bytesMoved, inputBytes, outputBytes] = [0, 0, 0, 0, 0, 0, 0];
  nodeCosts(network).forEach((costs, index) => {
    macs += costs.macs;
    flops += costs.flops;
    bytesMoved += costs.bytesMoved;
    if (nodeAt(network, index).op.kind === "input") inputBytes += costs.outputBytes;
  });
  for (const { spec, format } of storedParameters(network)) {
    if (isTrainable(spec)) parameters += elementCount(spec.shape);
    weightBytes += tensorBytes({ shape: spec.shape, format });
  }
  for (const output of network.outputs) outputBytes += tensorBytes(nodeAt(network, output).output);
  const intensity = bytesMoved === 0 ? 0 : flops / bytesMoved;
  return { macs, flops, parameters, weightBytes, inputBytes, outputBytes, bytesMoved, intensity };
}
