/** Reads operators that look entries up, or write them at places. */
import { item } from "@archwright/core/base";
import { elementCount, type Shape } from "@archwright/core/ir";
import type { NodeReader } from "../../values/nodeReader.ts";
import { StoredTensor } from "../../values/tensors.ts";
import { nodesOf, type ReadRule, type ReadRules, shapeOr } from "../rule.ts";
import { moved } from "./movement.ts";

/** Looks up rows of a table, or places along an axis. */
const gather: ReadRule = (c) => {
  const [table, indices] = [c.value(0), c.value(1)];
  const [shape, places] = [c.shape(0), c.shape(1)];
  const axis = c.axis(c.node.int("axis", 0), shape.length);
  const out: Shape = [...shape.slice(0, axis), ...places, ...shape.slice(axis + 1)];
  if (typeof indices === "number") {
    if (typeof table === "number") return moved(c, out, nodesOf(c, 0, 1));
    if (shape.length !== 2 || axis !== 0) {
      return c.multipliedOut(c.opaque({ shape: out, work: "move", weights: [table], format: table.format }, indices), table);
    }
    const op = { kind: "embedding", vocabulary: item(shape, 0), features: item(shape, 1) } as const;
    return c.multipliedOut(c.addWith(op, [indices], { weight: table }), table);
  }
  const wanted = indices.values()?.map((entry) => (entry < 0 ? entry + item(shape, axis) : entry)) ?? [];
  const [start] = wanted;
  // A range is a slice; places here and there are a copy.
  if (start === undefined || wanted.some((entry, i) => entry !== start + i)) return moved(c, out, nodesOf(c, 0));
  const picked = c.add({ kind: "slice", axes: [axis], starts: [start], ends: [start + wanted.length] }, c.asNode(table));
  return places.length === 1 ? picked : c.add({ kind: "reshape", shape: out }, picked);
};

const gatherElements: ReadRule = (c) => moved(c, c.shape(1), nodesOf(c, 0, 1));

const gatherPlaces: ReadRule = (c) => {
  const [data, indices] = [c.shape(0), c.shape(1)];
  const depth = indices.at(-1) ?? 1;
  const batch = c.node.int("batch_dims", 0);
  return moved(c, [...indices.slice(0, -1), ...data.slice(batch + depth)], nodesOf(c, 0, 1));
};

/** A copy of the first input, some of its entries written anew. */
const scatter: ReadRule = (c) => moved(c, c.shape(0), nodesOf(c, 0, 1, 2));

const oneHot: ReadRule = (c) => {
  const indices = c.shape(0);
  const shape = shapeOr(c, () => {
    const depth = c.numbers(1, "depth")[0] ?? 1;
    const given = c.node.int("axis", -1);
    const axis = given < 0 ? given + indices.length + 1 : given;
    return [...indices.slice(0, axis), depth, ...indices.slice(axis)];
  });
  return c.opaque({ shape, work: "move", format: c.formatOf(c.value(2)) }, c.data(0));
};

/** How many entries are found depends on the numbers: the memory is that of the most there can be. */
function atMost(c: NodeReader, most: () => Shape, output = 0): Shape {
  const stated = c.declared(output);
  if (stated) return stated;
  c.state.notes.add(`how much ${c.node.type} finds depends on the data; it is counted as the most that it can find`);
  return most();
}

const nonZero: ReadRule = (c) => {
  const input = c.shape(0);
  const shape = atMost(c, () => [Math.max(1, input.length), elementCount(input)]);
  return c.opaque({ shape, work: "move", operations: elementCount(input), format: "int32" }, c.data(0));
};

const compress: ReadRule = (c) => {
  const input = c.shape(0);
  const condition = c.maybeStored(1)?.values();
  const flat = !c.node.has("axis");
  const axis = flat ? 0 : c.axis(c.node.int("axis", 0), input.length);
  const kept = condition?.filter((is) => is !== 0).length;
  const sized = (count: number) => (flat ? [count] : input.map((size, i) => (i === axis ? count : size)));
  const most = flat ? elementCount(input) : item(input, axis);
  const shape = kept === undefined ? atMost(c, () => sized(most)) : sized(kept);
  return moved(c, shape, nodesOf(c, 0));
};

/** Sorted, equal neighbours joined. */
const unique: ReadRule = (c) => {
  const input = c.shape(0);
  const flat = !c.node.has("axis");
  const count = flat ? elementCount(input) : item(input, c.axis(c.node.int("axis", 0), input.length));
  const shape = atMost(c, () => (flat ? [count] : input));
  const operations = elementCount(input) * Math.ceil(Math.log2(Math.max(2, count)));
  const values = c.opaque({ shape, work: "move", operations }, c.data(0));
  const more = c.node.outputs.slice(1).map((_, i) =>
    c.beside(
      values,
      atMost(c, () => [count], i + 1),
      "int32",
    ),
  );
  return [values, ...more];
};

/** Boxes of each class sorted by their score, each compared with those that were kept. */
const suppression: ReadRule = (c) => {
  const [batch = 1, boxes = 1] = c.shape(0);
  const classes = c.shape(1)[1] ?? 1;
  const kept = Math.min(boxes, Math.max(1, c.maybeStored(2)?.values()?.[0] ?? boxes));
  const shape = atMost(c, () => [batch * classes * kept, 3]);
  // An intersection over a union takes some 13 operations.
  const operations = batch * classes * (boxes * Math.ceil(Math.log2(Math.max(2, boxes))) + 13 * boxes * Math.min(kept, boxes));
  return c.opaque({ shape, work: "move", operations, format: "int32" }, ...nodesOf(c, 0, 1));
};

/** Numbers made on the spot: of this shape, from nothing. */
const made =
  (operations: number, shapeOf: (c: NodeReader) => Shape): ReadRule =>
  (c) => {
    const shape = shapeOr(c, () => shapeOf(c));
    return c.opaque({ shape, work: "move", operations: operations * elementCount(shape) });
  };

const range: ReadRule = (c) => {
  const stated = c.declared(0);
  if (stated) return moved(c, stated, nodesOf(c, 0), 2);
  const [start, limit, delta] = [c.numbers(0, "start"), c.numbers(1, "limit"), c.numbers(2, "step")].map(([value]) => value ?? 0);
  const count = Math.max(0, Math.ceil(((limit ?? 0) - (start ?? 0)) / (delta || 1)));
  return StoredTensor.unknown(c.node.label, [count], c.maybeStored(0)?.format ?? "int32", c.maybeStored(0)?.dataType ?? 7);
};

const shapeAttribute = (c: NodeReader) => c.node.ints("shape") ?? [];

export const indexingRules: ReadRules = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherPlaces,
  Scatter: scatter,
  ScatterElements: scatter,
  ScatterND: scatter,
  TensorScatter: scatter,
  OneHot: oneHot,
  NonZero: nonZero,
  Compress: compress,
  Unique: unique,
  NonMaxSuppression: suppression,
  Range: range,
  EyeLike: (c) => c.opaque({ shape: c.shape(0), work: "move" }),
  RandomNormal: made(10, shapeAttribute),
  RandomUniform: made(3, shapeAttribute),
  RandomNormalLike: made(10, (c) => c.shape(0)),
  RandomUniformLike: made(3, (c) => c.shape(0)),
  Bernoulli: (c) => moved(c, c.shape(0), nodesOf(c, 0), 4),
  Multinomial: (c) => {
    const [batch = 1, classes = 1] = c.shape(0);
    const count = c.node.int("sample_size", 1);
    return c.opaque(
      {
        shape: [batch, count],
        work: "move",
        operations: batch * (2 * classes + count * Math.ceil(Math.log2(classes + 1))),
        format: "int32",
      },
      c.data(0),
    );
  },
};
