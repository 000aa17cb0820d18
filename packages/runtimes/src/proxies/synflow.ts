/** SynFlow: how strongly the weights of an untrained network are connected from input to output. */
import { floatAt, InputError, item, type Rng } from "@archwright/core/base";
import { elementCount, type Network, type Node, type Operator, type OperatorKind, parameterLayout, type Shape } from "@archwright/core/ir";
import { atBatch, onlyInput } from "../onnx/batchSize.ts";
import { forward } from "../onnx/forward.ts";
import { GraphBuilder, type TensorName } from "../onnx/graphBuilder.ts";
import { initialWeights } from "../training/initialise.ts";
import { type Tensor, TensorOps } from "../training/tensorOps.ts";
import { liveOnly } from "./live.ts";
import { runGraph } from "./runGraph.ts";

/**
 * A value and its derivative by a common factor on all weights, both divided by e^`logScale`: what comes out of deep networks is larger
 * than any float32.
 */
interface Flow {
  readonly value: Tensor;
  readonly derivative: Tensor;
  readonly logScale: Tensor;
}

interface Context {
  readonly ops: TensorOps;
  readonly node: Node;
  readonly inputShapes: readonly Shape[];
  /** Absolute values of the weights alone: biases are 0 before training. */
  readonly parameters: readonly TensorName[];
}

/** An operator that is linear in its one input, applied to a tensor. */
function applied({ ops, node, inputShapes, parameters }: Context, x: Tensor): Tensor {
  const { op } = node;
  const without = (op.kind === "conv2d" || op.kind === "dense") && op.bias ? { ...op, bias: false } : op;
  const place = { graph: ops.graph, inputs: [x.name], inputShapes, parameters, outputShape: node.output.shape, dynamicBatch: false };
  return { name: forward(without, place), shape: node.output.shape };
}

type Rule = (context: Context, inputs: readonly Flow[]) => Flow;

const linear: Rule = (context, inputs) => {
  const { value, derivative, logScale } = item(inputs, 0);
  return { value: applied(context, value), derivative: applied(context, derivative), logScale };
};

/** W·x depends on the factor by W and by x. */
const weighted: Rule = (context, inputs) => {
  const { value, derivative, logScale } = item(inputs, 0);
  return { value: applied(context, value), derivative: applied(context, context.ops.add(value, derivative)), logScale };
};

const constant = ({ ops, node }: Context, value: number): Flow => ({
  value: ops.filled(value, node.output.shape),
  derivative: ops.filled(0, node.output.shape),
  logScale: ops.scalar(0),
});

/** The flows at a common scale, the largest of theirs. */
function atOneScale({ ops }: Context, inputs: readonly Flow[]): readonly Flow[] {
  const logScale = inputs.map((flow) => flow.logScale).reduce((a, b) => ops.raw("Max", [a, b], []));
  return inputs.map((flow) => {
    const factor = ops.unary("Exp", ops.sub(flow.logScale, logScale));
    return { value: ops.mul(flow.value, factor), derivative: ops.mul(flow.derivative, factor), logScale };
  });
}

const binary: Rule = (context, inputs) => {
  const { ops, node } = context;
  const fn = node.op.kind === "binary" ? node.op.fn : undefined;
  if (fn === "add") {
    const [a, b] = atOneScale(context, inputs) as readonly [Flow, Flow];
    return { value: ops.add(a.value, b.value), derivative: ops.add(a.derivative, b.derivative), logScale: a.logScale };
  }
  if (fn !== "mul") return refuse(context);
  const [a, b] = inputs as readonly [Flow, Flow];
  const derivative = ops.add(ops.mul(a.derivative, b.value), ops.mul(a.value, b.derivative));
  return { value: ops.mul(a.value, b.value), derivative, logScale: ops.add(a.logScale, b.logScale) };
};

const concatenated: Rule = (context, inputs) => {
  const { ops, node } = context;
  const flows = atOneScale(context, inputs);
  const axis = node.op.kind === "concat" ? node.op.axis : 0;
  const joined = (part: "value" | "derivative") =>
    ops.concat(
      flows.map((flow) => flow[part]),
      axis,
    );
  return { value: joined("value"), derivative: joined("derivative"), logScale: item(flows, 0).logScale };
};

/** The derivative is taken from where the largest value was found. */
const pooled: Rule = (context, inputs) => {
  const { ops, node } = context;
  const { op } = node;
  if (op.kind !== "pool2d" || op.mode === "average") return linear(context, inputs);
  const { value, derivative, logScale } = item(inputs, 0);
  const window = { kernel_shape: op.kernel, strides: op.stride, pads: op.padding };
  const [largest, places] = ops.graph.ops(2, "MaxPool", [value.name], window) as readonly [TensorName, TensorName];
  const flat = ops.reshape(derivative, [elementCount(derivative.shape)]);
  const shape = node.output.shape;
  return { value: { name: largest, shape }, derivative: { name: ops.graph.op("Gather", [flat.name, places]), shape }, logScale };
};

/** Nothing but positive numbers flow, so a rectifier changes nothing; a gate is wide open. */
const activation: Rule = (context, inputs) => {
  const { op } = context.node;
  const isGate = op.kind === "activation" && ["sigmoid", "hard-sigmoid", "tanh"].includes(op.fn);
  return isGate ? constant(context, 1) : item(inputs, 0);
};

const unchanged: Rule = (_context, inputs) => item(inputs, 0);

function refuse({ node }: Context): never {
  const what = "fn" in node.op ? `${node.op.kind} ${node.op.fn}` : node.op.kind;
  throw new InputError(`SynFlow is not defined for the operator ${node.name} (${what})`, {
    expected: "convolutions, dense layers, pooling, sums, products and activations",
  });
}

const refused: Rule = (context) => refuse(context);
const ones: Rule = (context) => constant(context, 1);
const reduced: Rule = (context, inputs) => {
  const { op } = context.node;
  return op.kind === "reduce" && op.fn === "max" ? refuse(context) : linear(context, inputs);
};

const rules: Readonly<Record<OperatorKind, Rule>> = {
  input: ones,
  constant: (context) => constant(context, Math.abs((context.node.op as Extract<Operator, { kind: "constant" }>).value)),
  parameter: refused,
  conv2d: weighted,
  dense: weighted,
  matmul: refused,
  binary,
  activation,
  concat: concatenated,
  pool2d: pooled,
  reduce: reduced,
  batchNorm: unchanged,
  layerNorm: unchanged,
  rmsNorm: unchanged,
  groupNorm: unchanged,
  softmax: unchanged,
  embedding: refused,
  reshape: linear,
  transpose: linear,
  slice: linear,
  cast: unchanged,
  pad: linear,
  opaque: refused,
};

/** Divides value and derivative by the largest value. */
function rescaled(ops: TensorOps, { value, derivative, logScale }: Flow): Flow {
  const largest = ops.raw("ReduceMax", [value], [], { keepdims: 0 });
  // What is 0 throughout stays 0.
  const by = ops.where(ops.compare("Greater", largest, 0), largest, 1);
  return { value: ops.div(value, by), derivative: ops.div(derivative, by), logScale: ops.add(logScale, ops.unary("Log", by)) };
}

/**
 * The logarithm of Σ |θ · ∂R/∂θ| over the weights θ of convolutions and dense layers, with R the sum of the outputs for an image of ones
 * and with every weight replaced by its absolute value (Tanaka, Kunin, Yamins and Ganguli, "Pruning neural networks without any data
 * by iteratively conserving synaptic flow", NeurIPS 2020, equation 2; summed as a score of networks by Abdelfattah et al., "Zero-cost
 * proxies for lightweight NAS", ICLR 2021). More is better.
 *
 * The sum is R's derivative by a common factor on all weights, since none of its terms is negative: one pass forward computes both.
 * As in the paper's R, and in the authors' program for ReLU, activations and normalisations change nothing. Deviations: that holds for
 * ReLU6, swish and GELU too; sigmoids, which numbers so large would open wide, are 1; initial weights are ours (He et al. 2015), biases 0.
 * @throws InputError for a network with operators that it is not defined for.
 * @returns −Infinity where no path leads from input to output.
 */
export async function logSynflow(source: Network, rng: Rng): Promise<number> {
  const network = liveOnly(atBatch(source, 1));
  return logSynflowOf(network, initialWeights(network, rng.fork("weights")));
}

/** The same for given weights, laid out as `parameterLayout` says. @param network of batch size 1. */
export async function logSynflowOf(network: Network, weights: Float32Array): Promise<number> {
  onlyInput(network);
  const graph = new GraphBuilder();
  const ops = new TensorOps(graph);
  const parameters: TensorName[][] = network.nodes.map(() => []);
  for (const { node, spec, offset, size } of parameterLayout(network)) {
    if (spec.role !== "weight") continue;
    parameters[node]?.push(graph.initializer(weights.slice(offset, offset + size).map(Math.abs), spec.shape, "float32"));
  }
  const flows: Flow[] = [];
  for (const [index, node] of network.nodes.entries()) {
    const inputShapes = node.inputs.map((input) => item(network.nodes, input).output.shape);
    const context = { ops, node, inputShapes, parameters: item(parameters, index) };
    const flow = rules[node.op.kind](
      context,
      node.inputs.map((input) => item(flows, input)),
    );
    flows.push(node.op.kind === "conv2d" || node.op.kind === "dense" || node.op.kind === "binary" ? rescaled(ops, flow) : flow);
  }
  const { derivative, logScale } = item(flows, item(network.outputs, 0));
  const axes = derivative.shape.map((_, axis) => axis);
  graph.output(ops.sum(derivative, axes).name, "sum", []);
  graph.output(logScale.name, "logScale", []);
  const [found] = await runGraph(graph, [{}]);
  return Math.log(floatAt(found?.sum as Float32Array, 0)) + floatAt(found?.logScale as Float32Array, 0);
}
