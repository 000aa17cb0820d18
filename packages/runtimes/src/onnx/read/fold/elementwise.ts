/** Element-wise operators on stored numbers. */
import { broadcastShapes, elementCount, type Shape } from "@archwright/core/ir";
import { dataTypes } from "../../proto.ts";

/** Stored numbers. */
export interface Numbers {
  readonly shape: Shape;
  readonly values: readonly number[];
  readonly dataType: number;
}

type Function_ = (...values: number[]) => number;

const truth = (is: boolean) => Number(is);
const roundToEven = (x: number) => {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
};

/** Operators whose result is of the type of their (last) operand. */
const numeric: Readonly<Record<string, Function_>> = {
  Abs: Math.abs,
  Neg: (x) => -x,
  Sqrt: Math.sqrt,
  Reciprocal: (x) => 1 / x,
  Exp: Math.exp,
  Log: Math.log,
  Floor: Math.floor,
  Ceil: Math.ceil,
  Round: roundToEven,
  Sign: Math.sign,
  Sin: Math.sin,
  Cos: Math.cos,
  Tanh: Math.tanh,
  Relu: (x) => Math.max(x, 0),
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Pow: (a, b) => a ** b,
  Max: Math.max,
  Min: Math.min,
  Sum: (...all) => all.reduce((sum, x) => sum + x, 0),
  Mean: (...all) => all.reduce((sum, x) => sum + x, 0) / all.length,
  Where: (condition, yes, no) => (condition ? yes : no),
};

/** Operators that give truth values. */
const logical: Readonly<Record<string, Function_>> = {
  Equal: (a, b) => truth(a === b),
  Less: (a, b) => truth(a < b),
  LessOrEqual: (a, b) => truth(a <= b),
  Greater: (a, b) => truth(a > b),
  GreaterOrEqual: (a, b) => truth(a >= b),
  And: (a, b) => truth(a !== 0 && b !== 0),
  Or: (a, b) => truth(a !== 0 || b !== 0),
  Xor: (a, b) => truth((a !== 0) !== (b !== 0)),
  Not: (a) => truth(a === 0),
  IsNaN: (x) => truth(Number.isNaN(x)),
};

export const isElementwise = (type: string) => Object.hasOwn(numeric, type) || Object.hasOwn(logical, type);

/** Reads a tensor as if it had another, larger shape. */
export function broadcastValues({ shape, values }: Pick<Numbers, "shape" | "values">, to: Shape): (i: number) => number {
  if (values.length === 1) return () => values[0] as number;
  if (shape.length === to.length && shape.every((size, axis) => size === to[axis])) return (i) => values[i] as number;
  const steps = to.map((_, axis) => {
    const own = axis - to.length + shape.length;
    return own < 0 || shape[own] === 1 ? 0 : elementCount(shape.slice(own + 1));
  });
  return (i) => {
    let [rest, at] = [i, 0];
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const size = to[axis] as number;
      at += (rest % size) * (steps[axis] as number);
      rest = Math.floor(rest / size);
    }
    return values[at] as number;
  };
}

/**
 * The result of an element-wise operator; undefined where it is none, or the result would hold more than `most` numbers.
 * @param integer whether its numbers are whole.
 * @throws ShapeError where the operands do not broadcast.
 */
export function elementwise(type: string, inputs: readonly Numbers[], integer: boolean, most: number): Numbers | undefined {
  const fn = (Object.hasOwn(numeric, type) ? numeric[type] : undefined) ?? (Object.hasOwn(logical, type) ? logical[type] : undefined);
  const last = inputs.at(type === "Pow" ? 0 : -1);
  if (!fn || !last) return undefined;
  const shape = inputs.map((input) => input.shape).reduce((a, b) => broadcastShapes(a, b));
  const count = elementCount(shape);
  if (count > most) return undefined;
  const reads = inputs.map((input) => broadcastValues(input, shape));
  const isLogical = Object.hasOwn(logical, type);
  const values = Array.from({ length: count }, (_, i) => {
    const value = fn(...reads.map((read) => read(i)));
    return integer && !isLogical ? Math.trunc(value) : value;
  });
  return { shape, values, dataType: isLogical ? dataTypes.bool : last.dataType };
}
