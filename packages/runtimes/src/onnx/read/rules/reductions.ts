/** Reads operators that sum axes up, or search along them. */
import { elementCount, type NumberFormat, type ReduceFunction, type Shape } from "@archwright/core/ir";
import type { NodeReader } from "../values/nodeReader.ts";
import { nodesOf, type ReadRule, type ReadRules, shapeOr } from "./rule.ts";

/** All axes where none are named; undefined where the node then does nothing. */
function reducedAxes(c: NodeReader): readonly number[] | undefined {
  const rank = c.shape(0).length;
  const axes = c.axes("axes", 1, rank) ?? [];
  if (axes.length > 0) return axes;
  return c.node.int("noop_with_empty_axes", 0) !== 0 ? undefined : Array.from({ length: rank }, (_, axis) => axis);
}

const keepDims = (c: NodeReader) => c.node.int("keepdims", 1) !== 0;

function reducedShape(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  return keep ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) : shape.filter((_, axis) => !axes.includes(axis));
}

/** The network's own reductions; where their axes are computed, the shape may still be stated. */
const reduction =
  (fn: ReduceFunction): ReadRule =>
  (c) => {
    if (c.has(1) && c.maybeStored(1) === undefined) return counted(1)(c);
    const axes = reducedAxes(c);
    return axes === undefined || axes.length === 0 ? c.value(0) : c.add({ kind: "reduce", fn, axes, keepDims: keepDims(c) }, c.data(0));
  };

/** Other reductions. @param operations for each element that is read. */
const counted =
  (operations: number): ReadRule =>
  (c) => {
    const input = c.shape(0);
    const shape = shapeOr(c, () => {
      const axes = reducedAxes(c);
      return axes ? reducedShape(input, axes, keepDims(c)) : input;
    });
    return c.opaque({ shape, work: "move", operations: operations * elementCount(input) }, c.data(0));
  };

/** Where along an axis the largest or smallest element is. */
const position: ReadRule = (c) => {
  const input = c.shape(0);
  const axis = c.axis(c.node.int("axis", 0), input.length);
  const shape = reducedShape(input, [axis], keepDims(c));
  return c.opaque({ shape, work: "move", operations: elementCount(input), format: "int32" }, c.data(0));
};

/** Same shape, each element from those before it along an axis. */
const along =
  (operations: number, format?: NumberFormat): ReadRule =>
  (c) => {
    const shape = c.shape(0);
    return c.opaque({ shape, work: "move", operations: operations * elementCount(shape), ...(format && { format }) }, c.data(0));
  };

/** The k largest elements along an axis, and where they are; sorted with as many comparisons as a heap of k takes. */
const largest: ReadRule = (c) => {
  const input = c.shape(0);
  const axis = c.axis(c.node.int("axis", -1), input.length);
  const shape = shapeOr(c, () => {
    const k = c.node.has("k") ? c.node.int("k", 1) : (c.numbers(1, "k")[0] ?? 1);
    return input.map((size, i) => (i === axis ? k : size));
  });
  const operations = elementCount(input) * Math.ceil(Math.log2(Math.max(2, shape[axis] ?? 2)));
  const values = c.opaque({ shape, work: "move", operations }, c.data(0));
  return [values, c.beside(values, shape, "int32")];
};

/** Softmax and what is like it, along one axis; before operator set 13 along all axes from one on, which costs the same. */
const soft =
  (operations: number): ReadRule =>
  (c) => {
    const shape = c.shape(0);
    return c.opaque({ shape, work: "move", operations: operations * elementCount(shape) }, ...nodesOf(c, 0));
  };

function softmax(c: NodeReader) {
  const shape = c.shape(0);
  const axis = c.axis(c.node.int("axis", c.opset >= 13 ? -1 : 1), shape.length);
  // Before operator set 13 it works along all axes from this one on.
  if (c.opset >= 13 || elementCount(shape.slice(axis + 1)) === 1) return c.add({ kind: "softmax", axis }, c.data(0));
  const flat = c.add({ kind: "reshape", shape: [elementCount(shape.slice(0, axis)), elementCount(shape.slice(axis))] }, c.data(0));
  return c.add({ kind: "reshape", shape }, c.add({ kind: "softmax", axis: 1 }, flat));
}

export const reductionRules: ReadRules = {
  ReduceMean: reduction("mean"),
  ReduceSum: reduction("sum"),
  ReduceMax: reduction("max"),
  ReduceMin: counted(1),
  ReduceProd: counted(1),
  ReduceL1: counted(2),
  ReduceL2: counted(2),
  ReduceSumSquare: counted(2),
  ReduceLogSum: counted(1),
  // Maximum, subtraction, exponential, sum.
  ReduceLogSumExp: counted(4),
  ArgMax: position,
  ArgMin: position,
  CumSum: along(1),
  CumProd: along(1),
  TopK: largest,
  Softmax: softmax,
  LogSoftmax: soft(5),
  Hardmax: soft(2),
};
