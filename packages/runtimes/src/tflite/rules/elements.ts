/** Reads operators that work element by element. */
import {
  type ActivationFunction,
  type BinaryFunction,
  broadcastShapes,
  elementCount,
  isInteger,
  type Shape,
  ShapeError,
} from "@archwright/core/ir";
import type { Computed, OperatorReader, Value } from "../reader.ts";
import { optionSlots } from "../schema.ts";
import { activated } from "./activations.ts";

function broadcast(c: OperatorReader, ...inputs: readonly number[]): Shape {
  try {
    return inputs.map((i) => c.shape(i)).reduce(broadcastShapes);
  } catch (error) {
    if (error instanceof ShapeError) c.fail(error.message);
    throw error;
  }
}

function joined(c: OperatorReader, fn: BinaryFunction): Computed {
  const layout = c.layout(Math.max(c.shape(0).length, c.shape(1).length));
  return c.add({ kind: "binary", fn }, [c.operand(0, layout), c.operand(1, layout)], layout);
}

const arithmetic =
  (fn: BinaryFunction) =>
  (c: OperatorReader): Computed =>
    activated(c, joined(c, fn), optionSlots.activation.activation);

/** Maximum and minimum have no activation. */
const extreme =
  (fn: "max" | "min") =>
  (c: OperatorReader): Computed =>
    joined(c, fn);

const activation =
  (fn: ActivationFunction) =>
  (c: OperatorReader): Computed => {
    const layout = c.layout(c.shape(0).length);
    return c.add({ kind: "activation", fn }, [c.laid(0, layout)], layout);
  };

/**
 * An operator that the network knows by its cost.
 * @param operations for each element of its result
 * @param operands how many inputs are broadcast
 */
const counted =
  (name: string, operations: number, operands = 1) =>
  (c: OperatorReader): Computed => {
    const inputs = Array.from({ length: operands }, (_, i) => i);
    const shape = broadcast(c, ...inputs);
    return c.opaque(name, shape, { work: "elementwise", operations: operations * elementCount(shape), weights: inputs });
  };

function squared(c: OperatorReader): Computed {
  const layout = c.layout(c.shape(0).length);
  const x = c.laid(0, layout);
  return c.add({ kind: "binary", fn: "mul" }, [x, x], layout);
}

/** The sum of any number of tensors of one shape. */
function sum(c: OperatorReader): Value {
  if (c.inputCount === 0) c.fail("it reads nothing");
  if (c.inputCount === 1) return c.value(0);
  if (c.inputCount === 2) return joined(c, "add");
  const inputs = Array.from({ length: c.inputCount }, (_, i) => i);
  const shape = broadcast(c, ...inputs);
  return c.opaque("Sum", shape, { work: "elementwise", operations: (c.inputCount - 1) * elementCount(shape), weights: inputs });
}

/** Between formats. Integers of one size but other scales are computed anew, one rescaling for each element. */
function cast(c: OperatorReader): Value {
  const value = c.value(0);
  const format = c.format();
  const before = c.tensor(0).type;
  const shape = c.shape(0);
  const layout = c.layout(shape.length);
  const node = c.laid(0, layout);
  if (c.state.builder.type(node).format !== format) return c.add({ kind: "cast", format }, [node], layout);
  if (!isInteger(format) || before !== c.output().type) return value;
  return c.opaque("QuantizeLinear", shape, { work: "elementwise", operations: elementCount(shape) });
}

/** Chooses between two inputs; older files choose whole rows by a condition of one axis. */
function select(c: OperatorReader): Computed {
  const [condition, choice] = [c.shape(0), broadcast(c, 1, 2)];
  const rows = condition.length === 1 && choice.length > 1 && condition[0] === choice[0];
  const shape = rows ? choice : broadcast(c, 0, 1, 2);
  return c.opaque("Where", shape, { work: "elementwise", operations: elementCount(shape), weights: [0, 1, 2] });
}

const comparison = (name: string) => counted(name, 1, 2);

export const elementRules = {
  ADD: arithmetic("add"),
  SUB: arithmetic("sub"),
  MUL: arithmetic("mul"),
  DIV: arithmetic("div"),
  MAXIMUM: extreme("max"),
  MINIMUM: extreme("min"),
  ADD_N: sum,
  RELU: activation("relu"),
  RELU6: activation("relu6"),
  TANH: activation("tanh"),
  LOGISTIC: activation("sigmoid"),
  HARD_SWISH: activation("hard-swish"),
  GELU: activation("gelu"),
  RELU_N1_TO_1: counted("Clip", 2),
  RELU_0_TO_1: counted("Clip", 2),
  // A product and a comparison.
  LEAKY_RELU: counted("LeakyRelu", 2),
  PRELU: counted("PRelu", 2, 2),
  ELU: counted("Elu", 3),
  EXP: counted("Exp", 1),
  LOG: counted("Log", 1),
  SQRT: counted("Sqrt", 1),
  RSQRT: counted("Rsqrt", 2),
  SQUARE: squared,
  ABS: counted("Abs", 1),
  NEG: counted("Neg", 1),
  SIGN: counted("Sign", 1),
  SIN: counted("Sin", 1),
  COS: counted("Cos", 1),
  FLOOR: counted("Floor", 1),
  CEIL: counted("Ceil", 1),
  ROUND: counted("Round", 1),
  LOGICAL_NOT: counted("Not", 1),
  POW: counted("Pow", 1, 2),
  SQUARED_DIFFERENCE: counted("SquaredDifference", 2, 2),
  FLOOR_DIV: counted("FloorDiv", 2, 2),
  FLOOR_MOD: counted("Mod", 2, 2),
  ATAN2: counted("Atan2", 2, 2),
  BITWISE_XOR: counted("BitwiseXor", 1, 2),
  RIGHT_SHIFT: counted("BitShift", 1, 2),
  LESS: comparison("Less"),
  LESS_EQUAL: comparison("LessOrEqual"),
  GREATER: comparison("Greater"),
  GREATER_EQUAL: comparison("GreaterOrEqual"),
  EQUAL: comparison("Equal"),
  NOT_EQUAL: comparison("NotEqual"),
  LOGICAL_AND: comparison("And"),
  LOGICAL_OR: comparison("Or"),
  SELECT: select,
  SELECT_V2: select,
  CAST: cast,
  QUANTIZE: cast,
  DEQUANTIZE: cast,
  // Rounds to levels and back: two products, two comparisons, a rounding.
  FAKE_QUANT: counted("FakeQuant", 5),
};
