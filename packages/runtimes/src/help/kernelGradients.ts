/** Gradients of TensorFlow.js kernels that can be differentiated again. */
import { item } from "@archwright/core/base";
import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "./tensorFlow.ts";

/** Gives the gradient for each input of a kernel, by the input's name, as a function that is called where it is needed. */
type GradientOf = (dy: Tensor, saved: Tensor[], attributes: NamedAttrMap) => Readonly<Record<string, () => Tensor>>;

interface Rule {
  readonly inputsToSave?: string[];
  readonly saveAllInputs?: boolean;
  readonly gradFunc: GradientOf;
}

/**
 * Registers the gradients of the kernels that `network.ts` uses, each written with such kernels again, so that TensorFlow.js
 * differentiates any number of times. Those of TensorFlow.js itself come only as ES modules that Node cannot load from
 * its package, and its gradient of a matrix product asks the WASM backend for products of transposed matrices, for which that
 * backend has slow loops only; here the factor is transposed first. Where another module has registered some already, they stay.
 */
export function registerGradients(tf: TensorFlow): void {
  for (const [kernelName, rule] of Object.entries(rules(tf))) {
    if (tf.getGradient(kernelName) === undefined) tf.registerGradient({ kernelName, ...rule, gradFunc: rule.gradFunc as never });
  }
}

function rules(tf: TensorFlow): Readonly<Record<string, Rule>> {
  /** Sums over the axes along which an input of this shape was broadcast. */
  const reduceTo = (shape: readonly number[], dy: Tensor): Tensor => {
    const axes = tf.broadcast_util.getReductionAxes([...shape], dy.shape);
    return axes.length > 0 ? tf.reshape(tf.sum(dy, axes), [...shape]) : dy;
  };
  const one = (of: (dy: Tensor, x: Tensor) => Tensor): Rule => ({
    inputsToSave: ["x"],
    gradFunc: (dy, [x]) => ({ x: () => of(dy, x as Tensor) }),
  });
  const two = (of: (dy: Tensor, a: Tensor, b: Tensor) => readonly [() => Tensor, () => Tensor]): Rule => ({
    inputsToSave: ["a", "b"],
    gradFunc: (dy, [a, b]) => {
      const [first, second] = of(dy, a as Tensor, b as Tensor);
      return { a: first, b: second };
    },
  });
  return {
    Add: two((dy, a, b) => [() => reduceTo(a.shape, dy), () => reduceTo(b.shape, dy)]),
    Sub: two((dy, a, b) => [() => reduceTo(a.shape, dy), () => reduceTo(b.shape, tf.neg(dy))]),
    Multiply: two((dy, a, b) => [() => reduceTo(a.shape, tf.mul(dy, b)), () => reduceTo(b.shape, tf.mul(dy, a))]),
    BatchMatMul: {
      inputsToSave: ["a", "b"],
      gradFunc: (dy, [a, b], { transposeA, transposeB }) => {
        if (transposeA === true || transposeB === true) throw new Error("the gradient of a product of transposed matrices is not written");
        return { a: () => tf.matMul(dy, tf.transpose(b as Tensor)), b: () => tf.matMul(tf.transpose(a as Tensor), dy) };
      },
    },
    Relu: one((dy, x) => tf.mul(dy, tf.step(x))),
    Step: one((dy) => tf.zerosLike(dy)),
    Square: one((dy, x) => tf.mul(dy, tf.mul(x, 2))),
    Neg: one((dy) => tf.neg(dy)),
    Log: one((dy, x) => tf.mul(dy, tf.reciprocal(x))),
    Reciprocal: one((dy, x) => tf.neg(tf.mul(dy, tf.square(tf.reciprocal(x))))),
    Softplus: one((dy, x) => tf.mul(dy, tf.sigmoid(x))),
    Sigmoid: one((dy, x) => tf.mul(dy, tf.mul(tf.sigmoid(x), tf.sub(1, tf.sigmoid(x))))),
    Identity: one((dy) => dy),
    Cast: one((dy) => dy),
    Reshape: one((dy, x) => tf.reshape(dy, x.shape)),
    Transpose: {
      gradFunc: (dy, _saved, { perm }) => ({ x: () => tf.transpose(dy, tf.backend_util.getUndoAxesPermutation(perm as number[])) }),
    },
    Sum: {
      inputsToSave: ["x"],
      gradFunc: (dy, [x], { axis }) => {
        const { shape } = x as Tensor;
        const axes = tf.util.parseAxisParam(axis as number[], shape);
        const kept = shape.map((size, i) => (axes.includes(i) ? 1 : size));
        return { x: () => tf.mul(tf.reshape(dy, kept), tf.ones(shape)) };
      },
    },
    Slice: {
      inputsToSave: ["x"],
      gradFunc: (dy, [x], { begin }) => ({
        x: () =>
          tf.pad(
            dy,
            (x as Tensor).shape.map((size, i): [number, number] => {
              const before = item(begin as number[], i);
              return [before, size - before - item(dy.shape, i)];
            }),
          ),
      }),
    },
    PadV2: {
      inputsToSave: ["x"],
      gradFunc: (dy, [x], { paddings }) => ({
        x: () =>
          tf.slice(
            dy,
            (paddings as [number, number][]).map(([before]) => before),
            (x as Tensor).shape,
          ),
      }),
    },
  };
}
