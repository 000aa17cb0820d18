/** Gradients of activation functions. */
import type { ActivationFunction } from "@archwright/core/ir";
import type { Tensor, TensorOps } from "../tensorOps.ts";

/** What an activation has read and given, and the gradient of what it gave. */
interface Applied {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly dy: Tensor;
}

type Rule = (ops: TensorOps, applied: Applied) => Tensor;

/** 1 where low < x < high, 0 elsewhere. */
const within = (ops: TensorOps, x: Tensor, limit: number) => ops.indicator(ops.compare("Less", ops.unary("Abs", x), limit));

/** 1 where x > 0, 0 elsewhere: so steep a ramp is a step, and is faster than comparing. */
const isPositive = (ops: TensorOps, x: Tensor) => ops.unary("HardSigmoid", x, { alpha: { float: 3e38 }, beta: { float: 0 } });

/** Gradients of y = f(x), from x, y and the gradient of y. Those of ReLU and ReLU6 do without x, see `fusedActivation`. */
const rules: { readonly [F in ActivationFunction]: Rule } = {
  relu: (ops, { y, dy }) => ops.mul(dy, isPositive(ops, y)),
  // Where y is neither 0 nor 6.
  relu6: (ops, { y, dy }) => ops.mul(dy, isPositive(ops, ops.mul(y, ops.sub(ops.scalar(6), y)))),
  // Between −3 and 3: (2x + 3)/6; below 0, above 1.
  "hard-swish": (ops, { x, dy }) => {
    const gate = ops.unary("HardSigmoid", x, { alpha: { float: 1 / 6 }, beta: { float: 0.5 } });
    return ops.mul(dy, ops.add(gate, ops.mul(ops.mul(x, within(ops, x, 3)), 1 / 6)));
  },
  "hard-sigmoid": (ops, { x, dy }) => ops.mul(dy, ops.mul(within(ops, x, 3), 1 / 6)),
  sigmoid: (ops, { y, dy }) => ops.mul(dy, ops.mul(y, ops.sub(ops.scalar(1), y))),
  swish: (ops, { x, y, dy }) => {
    const gate = ops.unary("Sigmoid", x);
    return ops.mul(dy, ops.add(gate, ops.mul(y, ops.sub(ops.scalar(1), gate))));
  },
  // Φ(x) + x·φ(x).
  gelu: (ops, { x, dy }) => {
    const cumulative = ops.mul(ops.add(ops.unary("Erf", ops.div(x, Math.SQRT2)), 1), 0.5);
    const density = ops.mul(ops.unary("Exp", ops.mul(ops.mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return ops.mul(dy, ops.add(cumulative, ops.mul(x, density)));
  },
  tanh: (ops, { y, dy }) => ops.mul(dy, ops.sub(ops.scalar(1), ops.mul(y, y))),
};

/** Gradient of an activation's input. */
export function activationGradient(ops: TensorOps, fn: ActivationFunction, applied: Applied): Tensor {
  return rules[fn](ops, applied);
}
