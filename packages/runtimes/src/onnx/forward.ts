/** The ONNX nodes of every operator. */
import { InputError, item } from "@archwright/core/base";
import type { ActivationFunction, BinaryFunction, Operator, OperatorKind, OperatorOf, Shape } from "@archwright/core/ir";
import type { GraphBuilder, TensorName } from "./graphBuilder.ts";
import { dataTypes } from "./proto.ts";

/** What an operator is applied to. */
export interface ForwardContext {
  readonly graph: GraphBuilder;
  readonly inputs: readonly TensorName[];
  readonly inputShapes: readonly Shape[];
  /** In `parametersOf`'s order. */
  readonly parameters: readonly TensorName[];
  readonly outputShape: Shape;
  /** Whether the output's first dimension is known only when the model runs; shapes then hold the network's own batch size there. */
  readonly dynamicBatch: boolean;
}

type ForwardRule<K extends OperatorKind> = (op: OperatorOf<K>, context: ForwardContext) => TensorName;

const first = (context: ForwardContext) => item(context.inputs, 0);
const parameter = (context: ForwardContext, index: number) => item(context.parameters, index);
/** GELU is the exact one, x·Φ(x). */
const activations: { readonly [F in ActivationFunction]: (graph: GraphBuilder, x: TensorName) => TensorName } = {
  relu: (graph, x) => graph.op("Relu", [x]),
  relu6: (graph, x) => graph.op("Clip", [x, graph.scalar(0), graph.scalar(6)]),
  "hard-swish": (graph, x) => graph.op("HardSwish", [x]),
  "hard-sigmoid": (graph, x) => graph.op("HardSigmoid", [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
  sigmoid: (graph, x) => graph.op("Sigmoid", [x]),
  swish: (graph, x) => graph.op("Mul", [x, graph.op("Sigmoid", [x])]),
  gelu: (graph, x) => {
    const erf = graph.op("Erf", [graph.op("Div", [x, graph.scalar(Math.SQRT2)])]);
    return graph.op("Mul", [graph.op("Mul", [x, graph.op("Add", [erf, graph.scalar(1)])]), graph.scalar(0.5)]);
  },
  tanh: (graph, x) => graph.op("Tanh", [x]),
};

/** ONNX's names of the element-wise operators. */
export const binaryOperators: { readonly [F in BinaryFunction]: string } = {
  add: "Add",
  sub: "Sub",
  mul: "Mul",
  div: "Div",
  max: "Max",
  min: "Min",
};

/** The matrix with its last two axes exchanged. */
function swapped(graph: GraphBuilder, x: TensorName, rank: number): TensorName {
  const perm = Array.from({ length: rank }, (_, axis) => axis);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return graph.op("Transpose", [x], { perm });
}

function reshaped(context: ForwardContext): TensorName {
  const { graph, outputShape } = context;
  const [batch, ...rest] = outputShape;
  // 0 keeps the input's dimension, −1 is what remains.
  const leading = !context.dynamicBatch ? (batch as number) : batch === context.inputShapes[0]?.[0] ? 0 : -1;
  return graph.op("Reshape", [first(context), graph.int64s(batch === undefined ? [] : [leading, ...rest])]);
}

/** (x / √(mean(x²) + ε)) over the last axis. */
function rmsNormalised(graph: GraphBuilder, x: TensorName, epsilon: number): TensorName {
  const meanSquare = graph.op("ReduceMean", [graph.op("Mul", [x, x])], { axes: [-1], keepdims: 1 });
  return graph.op("Div", [x, graph.op("Sqrt", [graph.op("Add", [meanSquare, graph.scalar(epsilon)])])]);
}

function groupNormalised(op: OperatorOf<"groupNorm">, context: ForwardContext): TensorName {
  const { graph, outputShape } = context;
  const [batch, ...rest] = outputShape;
  const leading = context.dynamicBatch ? 0 : (batch as number);
  const grouped = graph.op("Reshape", [first(context), graph.int64s([leading, op.groups, -1])]);
  const ones = graph.floats(Array<number>(op.groups).fill(1));
  const zeros = graph.floats(Array<number>(op.groups).fill(0));
  const normalised = graph.op("InstanceNormalization", [grouped, ones, zeros], { epsilon: { float: op.epsilon } });
  const restored = graph.op("Reshape", [normalised, graph.int64s([leading, ...rest])]);
  const channelShape = graph.int64s([1, item(rest, 0), 1, 1]);
  const scale = graph.op("Reshape", [parameter(context, 0), channelShape]);
  const shift = graph.op("Reshape", [parameter(context, 1), channelShape]);
  return graph.op("Add", [graph.op("Mul", [restored, scale]), shift]);
}

/** Every operator as ONNX operators of opset 17, as in inference. All numbers are float32. */
const forwardRules: { readonly [K in OperatorKind]: ForwardRule<K> } = {
  input: () => {
    throw new Error("inputs are declared by the graph");
  },
  constant: (op, { graph }) => graph.filled(op.value, op.shape),
  parameter: (_op, context) => parameter(context, 0),
  conv2d: (op, context) =>
    context.graph.op("Conv", [first(context), ...context.parameters], {
      kernel_shape: op.kernel,
      strides: op.stride,
      dilations: op.dilation,
      pads: op.padding,
      group: op.groups,
    }),
  dense: (op, context) => {
    const { graph } = context;
    if (context.outputShape.length === 2) return graph.op("Gemm", [first(context), ...context.parameters]);
    const product = graph.op("MatMul", [first(context), parameter(context, 0)]);
    return op.bias ? graph.op("Add", [product, parameter(context, 1)]) : product;
  },
  matmul: (op, context) => {
    const [a, b] = context.inputs as readonly [TensorName, TensorName];
    const [aRank, bRank] = context.inputShapes.map((shape) => shape.length) as [number, number];
    const left = op.transposeA ? swapped(context.graph, a, aRank) : a;
    const right = op.transposeB ? swapped(context.graph, b, bRank) : b;
    return context.graph.op("MatMul", [left, right]);
  },
  binary: (op, context) => context.graph.op(binaryOperators[op.fn], context.inputs),
  activation: (op, context) => activations[op.fn](context.graph, first(context)),
  concat: (op, { graph, inputs }) => graph.op("Concat", inputs, { axis: op.axis }),
  pool2d: (op, context) => {
    const window = { kernel_shape: op.kernel, strides: op.stride, pads: op.padding };
    if (op.mode === "max") return context.graph.op("MaxPool", context.inputs, window);
    return context.graph.op("AveragePool", context.inputs, { ...window, count_include_pad: op.countPadding ? 1 : 0 });
  },
  reduce: (op, { graph, inputs, inputShapes }) => {
    const axes = [...op.axes].sort((a, b) => a - b);
    const keepdims = op.keepDims ? 1 : 0;
    if (op.fn === "sum") return graph.op("ReduceSum", [...inputs, graph.int64s(axes)], { keepdims });
    const global = op.keepDims && inputShapes[0]?.length === 4 && axes.join() === "2,3";
    if (global) return graph.op(op.fn === "mean" ? "GlobalAveragePool" : "GlobalMaxPool", inputs);
    return graph.op(op.fn === "mean" ? "ReduceMean" : "ReduceMax", inputs, { axes, keepdims });
  },
  batchNorm: (op, context) =>
    context.graph.op("BatchNormalization", [first(context), ...context.parameters], { epsilon: { float: op.epsilon } }),
  layerNorm: (op, context) =>
    context.graph.op("LayerNormalization", [first(context), ...context.parameters], { axis: -1, epsilon: { float: op.epsilon } }),
  rmsNorm: (op, context) => context.graph.op("Mul", [rmsNormalised(context.graph, first(context), op.epsilon), parameter(context, 0)]),
  groupNorm: groupNormalised,
  softmax: (op, context) => context.graph.op("Softmax", context.inputs, { axis: op.axis }),
  embedding: (_op, { graph, inputs, parameters }) =>
    graph.op("Gather", [item(parameters, 0), graph.op("Cast", inputs, { to: dataTypes.int64 })], { axis: 0 }),
  reshape: (_op, context) => reshaped(context),
  transpose: (op, context) => context.graph.op("Transpose", context.inputs, { perm: op.permutation }),
  slice: (op, { graph, inputs }) => graph.op("Slice", [...inputs, graph.int64s(op.starts), graph.int64s(op.ends), graph.int64s(op.axes)]),
  // Everything is float32 here; other formats only count in costs.
  cast: (_op, context) => first(context),
  pad: (op, { graph, inputs }) => {
    const [top, left, bottom, right] = op.padding;
    return graph.op("Pad", [...inputs, graph.int64s([0, 0, top, left, 0, 0, bottom, right]), graph.scalar(op.value)]);
  },
  opaque: ({ name }) => {
    throw new InputError(`of the operator ${name} only the cost is known`, { expected: "a network whose operators are all known" });
  },
};

/** Adds an operator to a graph, as in inference. */
export function forward(op: Operator, context: ForwardContext): TensorName {
  const rule = forwardRules[op.kind] as (op: Operator, context: ForwardContext) => TensorName;
  return rule(op, context);
}
