/** How ONNX nodes become operators. */
import { item } from "@archwright/core/base";
import type { ActivationFunction, BinaryFunction, NodeIndex, OperatorKind, ReduceFunction } from "@archwright/core/ir";
import type { NodeReader, Padded, Value } from "./nodes.ts";
import { concatenation, expansion, gather, padding, shapeOf, slice, split, transposition, view } from "./shapes.ts";
import { StoredTensor } from "./tensors.ts";
import { convolution, pooling } from "./windows.ts";

/** What a node of this type becomes: its outputs in order, or only the first. */
type ReadRule = (c: NodeReader) => Value | Padded | readonly Value[];

const passed = (c: NodeReader) => c.value(0);
const activation =
  (fn: ActivationFunction): ReadRule =>
  (c) =>
    c.add({ kind: "activation", fn }, c.data(0));

const arithmetic: { readonly [F in BinaryFunction]: (a: number, b: number) => number } = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  max: Math.max,
  min: Math.min,
};

/** Two stored operands of which exporters make shapes and scales: whole numbers, or single ones. */
function computed(c: NodeReader, a: Value, b: Value, of: (a: number, b: number) => number): StoredTensor | undefined {
  if (typeof a === "number" || typeof b === "number") return undefined;
  const [left, right] = [a.values(), b.values()];
  const integer = a.integer && b.integer;
  if (!left || !right || !(integer || (left.length === 1 && right.length === 1))) return undefined;
  if (left.length !== right.length && left.length !== 1 && right.length !== 1) return undefined;
  const longer = left.length >= right.length ? a : b;
  const values = Array.from({ length: Math.max(left.length, right.length) }, (_, i) => {
    const value = of((left[i] ?? left[0]) as number, (right[i] ?? right[0]) as number);
    return integer ? Math.trunc(value) : value;
  });
  return StoredTensor.of(c.node.label, longer.shape, values, integer);
}

/** Max, Min and Sum take any number of inputs. */
const binary =
  (fn: BinaryFunction): ReadRule =>
  (c) => {
    if (c.node.has("broadcast") && c.node.has("axis"))
      c.fail("it broadcasts along an axis, as before operator set 7", "operator set 7 or later");
    let result = c.value(0);
    for (let i = 1; i < c.inputCount; i++) {
      const next = c.value(i);
      result = computed(c, result, next, arithmetic[fn]) ?? c.add({ kind: "binary", fn }, c.asNode(result), c.asNode(next));
    }
    return result;
  };

function clip(c: NodeReader): Value {
  const bound = (attribute: "min" | "max", input: number) =>
    c.node.has(attribute) ? c.node.float(attribute, 0) : c.optionalNumber(input, attribute);
  const [low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY] = [bound("min", 1), bound("max", 2)];
  // The largest float32 is how older exporters write that there is no bound.
  const open = (value: number) => Math.abs(value) > 3.4e38;
  if (low === 0 && (high === 6 || open(high))) return c.add({ kind: "activation", fn: open(high) ? "relu" : "relu6" }, c.data(0));
  let x = c.value(0);
  const constant = (value: number) => c.add({ kind: "constant", shape: [], value });
  if (!open(low)) x = c.add({ kind: "binary", fn: "max" }, c.asNode(x), constant(low));
  if (!open(high)) x = c.add({ kind: "binary", fn: "min" }, c.asNode(x), constant(high));
  return x;
}

/** y = x·W + b, with x as it is or transposed. */
function gemm(c: NodeReader): Value {
  const flipped = (i: number, attribute: string): Value =>
    c.node.int(attribute, 0) === 0 ? c.value(i) : c.add({ kind: "transpose", permutation: [1, 0] }, c.data(i));
  const weight = c.value(1);
  if (typeof weight === "number") {
    const product = c.add(
      { kind: "matmul", transposeA: c.node.int("transA", 0) !== 0, transposeB: c.node.int("transB", 0) !== 0 },
      c.data(0),
      weight,
    );
    return c.has(2) ? c.add({ kind: "binary", fn: "add" }, product, c.data(2)) : product;
  }
  const [k, n] = c.node.int("transB", 0) === 0 ? weight.shape : [...weight.shape].reverse();
  const bias = c.has(2) ? c.value(2) : undefined;
  return dense(c, c.asNode(flipped(0, "transA")), [k, n], bias);
}

function dense(c: NodeReader, x: NodeIndex, [k, n]: readonly (number | undefined)[], bias?: Value): Value {
  const features = c.shapeOf(x).at(-1);
  if (features !== k || n === undefined) c.fail(`weights [${k}, ${n}] do not fit ${features} features`, "weights [features, outputs]");
  const stored = bias !== undefined && typeof bias !== "number";
  const product = c.add({ kind: "dense", outFeatures: n, bias: stored }, x);
  return bias === undefined || stored ? product : c.add({ kind: "binary", fn: "add" }, product, bias);
}

/** @param bias what an Add behind it adds, where the two are read together. */
export function matmul(c: NodeReader, bias?: Value): Value {
  const weight = c.value(1);
  if (typeof weight !== "number" && weight.shape.length === 2) return dense(c, c.data(0), weight.shape, bias);
  return c.add({ kind: "matmul", transposeA: false, transposeB: false }, c.data(0), c.data(1));
}

const reduction =
  (fn: ReduceFunction): ReadRule =>
  (c) => {
    const rank = c.shape(0).length;
    const axes = c.axes("axes", 1, rank) ?? [];
    if (axes.length === 0 && c.node.int("noop_with_empty_axes", 0) !== 0) return c.value(0);
    const all = axes.length > 0 ? axes : Array.from({ length: rank }, (_, axis) => axis);
    return c.add({ kind: "reduce", fn, axes: all, keepDims: c.node.int("keepdims", 1) !== 0 }, c.data(0));
  };

const globalPooling =
  (fn: "mean" | "max"): ReadRule =>
  (c) =>
    c.add({ kind: "reduce", fn, axes: c.shape(0).flatMap((_, axis) => (axis < 2 ? [] : [axis])), keepDims: true }, c.data(0));

function softmax(c: NodeReader): Value {
  const shape = c.shape(0);
  const axis = c.axis(c.node.int("axis", c.state.opset >= 13 ? -1 : 1), shape.length);
  const size = (part: readonly number[]) => part.reduce((product, count) => product * count, 1);
  // Before operator set 13 it works along all axes from this one on.
  if (c.state.opset >= 13 || size(shape.slice(axis + 1)) === 1) return c.add({ kind: "softmax", axis }, c.data(0));
  const flat = c.add({ kind: "reshape", shape: [size(shape.slice(0, axis)), size(shape.slice(axis))] }, c.data(0));
  return c.add({ kind: "reshape", shape }, c.add({ kind: "softmax", axis: 1 }, flat));
}

function lastAxisOnly(c: NodeReader): void {
  const rank = c.shape(0).length;
  if (c.axis(c.node.int("axis", -1), rank) !== rank - 1) c.fail("it normalises several axes", "the last axis alone");
}

const epsilon = (c: NodeReader) => c.node.float("epsilon", 1e-5);

function power(c: NodeReader): Value {
  const exponent = c.optionalNumber(1, "exponent");
  if (exponent === 1) return c.value(0);
  if (exponent !== 2) c.fail(`its exponent is ${exponent}`, "2, or an operator that networks have");
  return c.add({ kind: "binary", fn: "mul" }, c.data(0), c.data(0));
}

function constant(c: NodeReader): Value {
  const { node } = c;
  const tensor = node.tensor("value");
  if (tensor) return StoredTensor.read(tensor, node.outputs[0] ?? node.label);
  const [integer, values] = node.has("value_int")
    ? [true, [node.int("value_int", 0)]]
    : node.has("value_float")
      ? [false, [node.float("value_float", 0)]]
      : [node.has("value_ints"), node.ints("value_ints") ?? node.floats("value_floats")];
  if (!values) c.fail("it has no numbers", "value, value_int, value_ints, value_float or value_floats");
  const single = node.has("value_int") || node.has("value_float");
  return StoredTensor.of(node.outputs[0] ?? node.label, single ? [] : [values.length], values, integer);
}

function constantOfShape(c: NodeReader): Value {
  const tensor = c.node.tensor("value");
  const value = tensor && StoredTensor.read(tensor);
  return StoredTensor.filled(c.node.label, c.numbers(0, "shape"), value?.uniform() ?? 0, value?.integer ?? false);
}

/** Square roots of single stored numbers: scales of attention. */
function squareRoot(c: NodeReader): Value {
  const x = c.value(0);
  const value = typeof x === "number" ? undefined : x.values();
  if (value?.length !== 1)
    c.fail("it is not part of a normalisation that networks have", "batch, layer, group or root-mean-square normalisation");
  return StoredTensor.of(c.node.label, c.shape(0), [Math.sqrt(item(value, 0))], false);
}

/** Exporters choose between shapes that they have computed. */
function where(c: NodeReader): Value {
  const [condition, yes, no] = [c.numbers(0, "condition"), c.numbers(1, "first choice"), c.numbers(2, "second choice")];
  return StoredTensor.of(
    c.node.label,
    c.shape(0),
    condition.map((is, i) => (is ? (yes[i] ?? yes[0]) : (no[i] ?? no[0])) as number),
    true,
  );
}

function equal(c: NodeReader): Value {
  const same = computed(c, c.value(0), c.value(1), (a, b) => (a === b ? 1 : 0));
  return same ?? c.fail("it compares what the network computes", "comparisons of shapes only");
}

const normalisation =
  (kind: "layerNorm" | "rmsNorm"): ReadRule =>
  (c) => {
    lastAxisOnly(c);
    return c.add({ kind, epsilon: epsilon(c) }, c.data(0));
  };

type ReadRules = Readonly<Record<string, ReadRule>>;

/** For each operator the types of ONNX nodes that become it; several nodes that stand for one operator are found first, by `fusionsOf`. */
const rulesOfOperators: Readonly<Record<OperatorKind, ReadRules>> = {
  // Inputs and stored tensors are the graph's own, not nodes.
  input: {},
  parameter: {},
  conv2d: { Conv: convolution },
  dense: { Gemm: gemm },
  matmul: { MatMul: (c) => matmul(c) },
  binary: {
    Add: binary("add"),
    Sum: binary("add"),
    Sub: binary("sub"),
    Mul: binary("mul"),
    Div: binary("div"),
    Max: binary("max"),
    Min: binary("min"),
    Pow: power,
  },
  activation: {
    Relu: activation("relu"),
    Clip: clip,
    HardSwish: activation("hard-swish"),
    // Whatever its slope: 1/6 in newer models, 0.2 in older ones; it costs the same.
    HardSigmoid: activation("hard-sigmoid"),
    Sigmoid: activation("sigmoid"),
    Swish: activation("swish"),
    Gelu: activation("gelu"),
    Tanh: activation("tanh"),
  },
  pool2d: { MaxPool: (c) => pooling(c, "max"), AveragePool: (c) => pooling(c, "average") },
  reduce: {
    GlobalAveragePool: globalPooling("mean"),
    GlobalMaxPool: globalPooling("max"),
    ReduceMean: reduction("mean"),
    ReduceSum: reduction("sum"),
    ReduceMax: reduction("max"),
  },
  batchNorm: { BatchNormalization: (c) => c.add({ kind: "batchNorm", epsilon: epsilon(c) }, c.data(0)) },
  groupNorm: {
    InstanceNormalization: (c) => c.add({ kind: "groupNorm", groups: c.shape(0)[1] ?? 1, epsilon: epsilon(c) }, c.data(0)),
    GroupNormalization: (c) => c.add({ kind: "groupNorm", groups: c.node.int("num_groups", 1), epsilon: epsilon(c) }, c.data(0)),
  },
  layerNorm: { LayerNormalization: normalisation("layerNorm") },
  rmsNorm: { RMSNormalization: normalisation("rmsNorm") },
  softmax: { Softmax: softmax },
  reshape: { Reshape: view, Flatten: view, Squeeze: view, Unsqueeze: view },
  transpose: { Transpose: transposition },
  concat: { Concat: concatenation },
  slice: { Slice: slice, Split: split },
  embedding: { Gather: gather },
  constant: { Constant: constant, ConstantOfShape: constantOfShape },
  // Numbers are read in one format, that of the graph's input.
  cast: { Cast: passed },
  // A Pad is part of the convolution or pooling that reads it; see `otherRules`.
  pad: {},
  opaque: {},
};

/** Nodes that become no operator, or several. */
const otherRules: ReadRules = {
  Sqrt: squareRoot,
  Pad: padding,
  Expand: expansion,
  Shape: shapeOf,
  Equal: equal,
  Where: where,
  Identity: passed,
  Dropout: passed,
};

/** How each type of ONNX node is read. */
export const readRules: ReadonlyMap<string, ReadRule> = new Map(
  [...Object.values(rulesOfOperators), otherRules].flatMap((rules) => Object.entries(rules)),
);

/** What to do about types that are met often and cannot be read. */
export function advice(type: string): string {
  if (/quantize|QLinear|Integer$/i.test(type))
    return "take the float32 model; the device's number format is applied when its cost is estimated";
  if (/^(If|Loop|Scan)$/.test(type)) return "export the model without control flow, for example by tracing it";
  if (type === "LogSoftmax") return "export the model up to its logits";
  if (/^(NonMaxSuppression|TopK|ArgMax|NonZero)$/.test(type)) return "export the model without post-processing";
  return "export the model up to the nodes before it, or with this operator replaced";
}
