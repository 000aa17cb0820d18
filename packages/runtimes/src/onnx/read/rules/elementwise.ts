/** Reads operators that work element by element. */
import type { ActivationFunction, BinaryFunction, NodeIndex } from "@archwright/core/ir";
import type { NodeReader } from "../values/nodeReader.ts";
import type { Tensor } from "../values/state.ts";
import { each, type ReadRule, type ReadRules } from "./rule.ts";

const activation =
  (fn: ActivationFunction): ReadRule =>
  (c) =>
    c.add({ kind: "activation", fn }, c.data(0));

/** Before operator set 7 the second operand may begin at an axis of the first. */
function alongAxis(c: NodeReader, a: Tensor, b: Tensor): Tensor {
  if (!c.node.has("broadcast") || !c.node.has("axis")) return b;
  const [left, right] = [c.shapeOf(a), c.shapeOf(b)];
  const behind = left.length - c.axis(c.node.int("axis", 0), left.length) - right.length;
  return behind <= 0 ? b : c.add({ kind: "reshape", shape: [...right, ...Array<number>(behind).fill(1)] }, c.asNode(b));
}

/** Max, Min and Sum take any number of inputs. */
const binary =
  (fn: BinaryFunction): ReadRule =>
  (c) => {
    let result = c.value(0);
    for (let i = 1; i < c.inputCount; i++) {
      const next = alongAxis(c, result, c.value(i));
      result = c.add({ kind: "binary", fn }, c.asNode(result), c.asNode(next));
    }
    return result;
  };

function mean(c: NodeReader): NodeIndex {
  const sum = binary("add")(c) as Tensor;
  const count = c.add({ kind: "constant", shape: [], value: c.inputCount }, ...[]);
  return c.add({ kind: "binary", fn: "div" }, c.asNode(sum), count);
}

/** Bounds that are the largest float32 are how older exporters write that there is none. */
const open = (value: number) => Math.abs(value) > 3.4e38;

function clip(c: NodeReader): Tensor {
  const bound = (attribute: "min" | "max", input: number, none: number) => {
    if (c.node.has(attribute)) return c.node.float(attribute, 0);
    return c.has(input) ? c.maybeNumbers(input, attribute)?.[0] : none;
  };
  const [low, high] = [bound("min", 1, Number.NEGATIVE_INFINITY), bound("max", 2, Number.POSITIVE_INFINITY)];
  // Bounds that the network computes.
  if (low === undefined || high === undefined) return each(2)(c) as Tensor;
  return clipped(c, low, high);
}

/** A tensor cut to a range. */
export function clipped(c: NodeReader, low: number, high: number): NodeIndex {
  let x = c.data(0);
  if (low === 0 && (high === 6 || open(high))) return c.add({ kind: "activation", fn: open(high) ? "relu" : "relu6" }, x);
  const constant = (value: number) => c.add({ kind: "constant", shape: [], value });
  if (!open(low)) x = c.add({ kind: "binary", fn: "max" }, x, constant(low));
  if (!open(high)) x = c.add({ kind: "binary", fn: "min" }, x, constant(high));
  return x;
}

/** x² is a product; other powers are functions of an element. */
const power: ReadRule = (c) => {
  const exponents = c.maybeStored(1)?.uniform();
  if (exponents === 1) return c.value(0);
  return exponents === 2 ? c.add({ kind: "binary", fn: "mul" }, c.data(0), c.data(0)) : each(1)(c);
};

/** A slope for each channel, learned. */
const prelu: ReadRule = (c) => {
  const slope = c.maybeStored(1);
  const shape = c.shape(0);
  const operations = 2 * shape.reduce((product, size) => product * size, 1);
  // Before operator set 9 the slopes are those of the channels, without axes behind them.
  return slope
    ? c.opaque({ shape, work: "elementwise", operations, weights: [slope] }, c.data(0))
    : c.opaque({ shape, work: "elementwise", operations }, c.data(0), c.data(1));
};

/** Operations for each element, each of max, exp, addition, multiplication, … counting as one. */
const unary: Readonly<Record<string, number>> = {
  Abs: 1,
  Neg: 1,
  Exp: 1,
  Log: 1,
  Sqrt: 1,
  Reciprocal: 1,
  Floor: 1,
  Ceil: 1,
  Round: 1,
  Sign: 1,
  Erf: 1,
  Sin: 1,
  Cos: 1,
  Tan: 1,
  Asin: 1,
  Acos: 1,
  Atan: 1,
  Sinh: 1,
  Cosh: 1,
  Asinh: 1,
  Acosh: 1,
  Atanh: 1,
  // max(x, αx), or x where it is large enough.
  LeakyRelu: 2,
  ThresholdedRelu: 1,
  // α(exp(x) − 1) below 0, and what is like it; ln(1 + exp(x)); x / (1 + |x|); x · tanh(ln(1 + exp(x))).
  Elu: 3,
  Celu: 4,
  Selu: 4,
  Softplus: 3,
  Softsign: 3,
  Mish: 5,
  Shrink: 2,
  ScaledTanh: 3,
  ParametricSoftplus: 4,
  Affine: 2,
  BitwiseNot: 1,
};

const ofTruth = ["Not", "IsNaN", "IsInf", "And", "Or", "Xor", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"];
const ofTwo = ["Mod", "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor"];

const table = (types: readonly string[], rule: ReadRule): ReadRules => Object.fromEntries(types.map((type) => [type, rule]));

export const elementwiseRules: ReadRules = {
  ...Object.fromEntries(Object.entries(unary).map(([type, operations]) => [type, each(operations)])),
  ...table(ofTruth, each(1, "uint8")),
  ...table(ofTwo, each(1)),
  Add: binary("add"),
  Sum: binary("add"),
  Sub: binary("sub"),
  Mul: binary("mul"),
  Div: binary("div"),
  Max: binary("max"),
  Min: binary("min"),
  Mean: mean,
  Pow: power,
  Where: (c) => {
    const chosen = c.formatOf(c.value(1));
    return each(1, chosen)(c);
  },
  Relu: activation("relu"),
  Clip: clip,
  HardSwish: activation("hard-swish"),
  // Whatever its slope: 1/6 in newer models, 0.2 in older ones; it costs the same.
  HardSigmoid: activation("hard-sigmoid"),
  Sigmoid: activation("sigmoid"),
  Swish: activation("swish"),
  Gelu: activation("gelu"),
  Tanh: activation("tanh"),
  PRelu: prelu,
};
