/** Reads products of matrices, reductions and normalisations. */
import { elementCount, type OperatorOf, type ReduceFunction, type Shape } from "@archwright/core/ir";
import { axisIn, fileAxes } from "../layout.ts";
import type { Computed, OperatorReader, Value } from "../reader.ts";
import { optionSlots } from "../schema.ts";
import { activated } from "./activations.ts";
import { biasOf } from "./windows.ts";

/** Weights [out, in]. Other axes than the last are one batch, unless the option says that they stay. */
function fullyConnected(c: OperatorReader): Computed {
  const slots = optionSlots.fullyConnected;
  const [input, weights] = [c.shape(0), c.shape(1)];
  const [outFeatures, features] = weights as readonly [number, number];
  if (weights.length !== 2 || elementCount(input) % features !== 0)
    c.fail(`weights [${weights.join(", ")}] do not fit an input [${input.join(", ")}]`, "weights [out, in]");
  const keeps = c.flag(slots.keepNumDims) && input.at(-1) === features;
  const flat = keeps ? input : [elementCount(input) / features, features];
  const shape = [...flat.slice(0, -1), outFeatures];
  const [weight, bias] = [c.stored(1), biasOf(c)];
  const operations = bias ? elementCount(shape) : 0;
  const macs = elementCount(shape) * features;
  const finish = (result: Computed) => activated(c, result, slots.activation);
  if (!weight || weight.count !== elementCount(weights))
    return finish(c.opaque("Gemm", shape, { work: "dense", macs, operations, weights: [1, 2] }));
  const stored = { weight, ...(bias ? { bias } : {}) };
  const layout = c.layout(shape.length);
  // On the channels of an image it is a convolution with a window of one.
  if (layout === "image") {
    const window = { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0] } as const;
    const op = { kind: "conv2d", outChannels: outFeatures, ...window, groups: 1, bias: bias !== undefined } as const;
    return finish(c.add(op, [c.image(0)], layout, stored));
  }
  const op: OperatorOf<"dense"> = { kind: "dense", outFeatures, bias: bias !== undefined };
  return finish(c.add(op, [c.reshaped(0, flat)], "file", stored));
}

function batchMatMul(c: OperatorReader): Computed {
  const slots = optionSlots.batchMatMul;
  const [transposeA, transposeB] = [c.flag(slots.adjointX), c.flag(slots.adjointY)];
  const weight = c.stored(1);
  if (weight && weight.shape.length === 2 && weight.count === elementCount(weight.shape) && !transposeA) {
    const [features, outFeatures] = (transposeB ? [...weight.shape].reverse() : weight.shape) as [number, number];
    if (c.shape(0).at(-1) !== features) c.fail(`weights [${weight.shape.join(", ")}] do not fit an input [${c.shape(0).join(", ")}]`);
    return c.add({ kind: "dense", outFeatures, bias: false }, [c.laid(0, "file")], "file", { weight });
  }
  return c.add({ kind: "matmul", transposeA, transposeB }, [c.laid(0, "file"), c.laid(1, "file")], "file");
}

/** The axes that a reduction goes over, in the file. */
function reducedAxes(c: OperatorReader): readonly number[] {
  const rank = c.shape(0).length;
  return [...new Set(c.numbers(1, "axes").map((axis) => c.axis(axis, rank)))].sort((a, b) => a - b);
}

function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  return keepDims ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) : shape.filter((_, axis) => !axes.includes(axis));
}

const reduction =
  (fn: ReduceFunction) =>
  (c: OperatorReader): Value => {
    const shape = c.shape(0);
    const axes = reducedAxes(c);
    if (axes.length === 0) return c.value(0);
    const keepDims = c.flag(optionSlots.reducer.keepDims);
    const layout = c.lies(0);
    const op: OperatorOf<"reduce"> = { kind: "reduce", fn, axes: axes.map((axis) => axisIn(layout, axis)), keepDims };
    const reduced = c.add(op, [c.laid(0, layout)], keepDims ? layout : "file");
    if (keepDims) return reduced;
    // What is left of an image may be in another order than in the file.
    const left = fileAxes(layout, shape.length).filter((axis) => !axes.includes(axis));
    const inOrder = left.every((axis, i) => i === 0 || axis > (left[i - 1] as number));
    return inOrder ? reduced : c.view({ ...reduced, layout: "file" }, reducedShape(shape, axes, false));
  };

/** A reduction that networks do not have: one operation for each element. */
const otherReduction =
  (name: string) =>
  (c: OperatorReader): Value => {
    const axes = reducedAxes(c);
    if (axes.length === 0) return c.value(0);
    const shape = reducedShape(c.shape(0), axes, c.flag(optionSlots.reducer.keepDims));
    return c.opaque(name, shape, { work: "move", operations: c.elements(0), weights: [0] });
  };

/** The place of the largest or smallest along one axis, which goes. */
const extremePlace =
  (name: string) =>
  (c: OperatorReader): Computed => {
    const shape = c.shape(0);
    const axis = c.axis(c.numbers(1, "axis")[0] ?? -1, shape.length);
    return c.opaque(name, reducedShape(shape, [axis], false), { work: "move", operations: c.elements(0) });
  };

/** The k largest along the last axis and their places: each element is put into a heap of k. */
function largest(c: OperatorReader): readonly Value[] {
  const [k] = c.numbers(1, "number of results");
  const shape = [...c.shape(0).slice(0, -1), k ?? 1];
  const operations = c.elements(0) * Math.ceil(Math.log2((k ?? 1) + 1));
  return [0, 1].slice(0, c.outputCount).map((o) => c.opaque("TopK", shape, { work: "move", operations: o === 0 ? operations : 0 }, o));
}

/** Over the last axis: the channels of an image. */
function softmax(c: OperatorReader): Computed {
  const shape = c.shape(0);
  const layout = c.layout(shape.length);
  const axis = axisIn(layout, c.axis(-1, shape.length));
  return c.add({ kind: "softmax", axis }, [c.laid(0, layout)], layout);
}

const perElement = (name: string, operations: number) => (c: OperatorReader) =>
  c.opaque(name, c.shape(0), { work: "move", operations: operations * c.elements(0) });

/** Each element divided by a power of the sum of squares of its neighbours along the channels. */
function responseNormalisation(c: OperatorReader): Computed {
  const neighbours = 2 * Math.max(0, c.int(optionSlots.responseNormalization.radius)) + 1;
  return c.opaque("LRN", c.imageShape(0), { work: "move", operations: (2 * neighbours + 4) * c.elements(0) });
}

export const matrixRules = {
  FULLY_CONNECTED: fullyConnected,
  BATCH_MATMUL: batchMatMul,
  MEAN: reduction("mean"),
  SUM: reduction("sum"),
  REDUCE_MAX: reduction("max"),
  REDUCE_MIN: otherReduction("ReduceMin"),
  REDUCE_PROD: otherReduction("ReduceProd"),
  REDUCE_ANY: otherReduction("ReduceMax"),
  REDUCE_ALL: otherReduction("ReduceMin"),
  ARG_MAX: extremePlace("ArgMax"),
  ARG_MIN: extremePlace("ArgMin"),
  TOPK_V2: largest,
  SOFTMAX: softmax,
  // Softmax, and a logarithm for each element instead of the division.
  LOG_SOFTMAX: perElement("LogSoftmax", 5),
  // Squares and their sum 2, division 1.
  L2_NORMALIZATION: perElement("LpNormalization", 3),
  LOCAL_RESPONSE_NORMALIZATION: responseNormalisation,
  CUMSUM: perElement("CumSum", 1),
};
