/** What a rule for reading ONNX nodes is, and what most of them need. */
import { broadcastShapes, elementCount, type NodeIndex, type NumberFormat, type Shape, ShapeError } from "@archwright/core/ir";
import { type NodeReader, Unreadable } from "../values/nodeReader.ts";
import type { Tensor, Value } from "../values/state.ts";

/** What a node of this type becomes: its outputs in order, or only the first. */
export type ReadRule = (c: NodeReader) => Value | readonly Value[];

/** Rules by the types of nodes. */
export type ReadRules = Readonly<Record<string, ReadRule>>;

/** Shapes broadcast as in NumPy. */
export function broadcast(c: NodeReader, shapes: readonly Shape[]): Shape {
  try {
    return shapes.reduce((a, b) => broadcastShapes(a, b), []);
  } catch (error) {
    if (error instanceof ShapeError) c.fail(error.message);
    throw error;
  }
}

/** Every input that is there. */
export function present(c: NodeReader): readonly number[] {
  return Array.from({ length: c.inputCount }, (_, i) => i).filter((i) => c.has(i));
}

/**
 * A shape that depends on numbers which may be unknown before the model runs; then the file may state it.
 * @throws Unreadable where it does not.
 */
export function shapeOr(c: NodeReader, compute: () => Shape, output = 0): Shape {
  try {
    return compute();
  } catch (error) {
    const stated = error instanceof Unreadable ? c.declared(output) : undefined;
    if (stated) return stated;
    throw error;
  }
}

/** Inputs as nodes. Small stored lists that say how to move things are no inputs of the network. */
export function nodesOf(c: NodeReader, ...inputs: readonly number[]): readonly NodeIndex[] {
  return inputs.filter((i) => c.has(i)).map((i) => c.data(i));
}

/** Reshapes a tensor, unless it has the shape already. */
export function reshaped(c: NodeReader, x: NodeIndex, shape: Shape): NodeIndex {
  const own = c.shapeOf(x);
  const same = own.length === shape.length && own.every((size, axis) => size === shape[axis]);
  return same ? x : c.add({ kind: "reshape", shape }, x);
}

/** An operator that works on every element of its broadcast inputs by itself. @param operations for an element. */
export const each =
  (operations: number, format?: NumberFormat): ReadRule =>
  (c) => {
    const inputs = present(c);
    const shape = broadcast(
      c,
      inputs.map((i) => c.shape(i)),
    );
    return c.opaque(
      { shape, work: "elementwise", operations: operations * elementCount(shape), ...(format && { format }) },
      ...nodesOf(c, ...inputs),
    );
  };

/** The size of a tensor. */
export const sizeOf = (c: NodeReader, value: Tensor) => elementCount(c.shapeOf(value));
