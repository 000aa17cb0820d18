/** Reads ONNX nodes that move numbers or compute shapes. */
import { item } from "@archwright/core/base";
import { elementCount, type NodeIndex, type Shape } from "@archwright/core/ir";
import type { NodeReader, Padded, Value } from "./nodes.ts";
import { StoredTensor } from "./tensors.ts";

/** Operators that move numbers without changing them, and those that exporters write to compute shapes. */

const show = (shape: Shape) => `[${shape.join(", ")}]`;

function reshapeTarget(c: NodeReader, input: Shape): Shape {
  const wanted = c.node.ints("shape") ?? c.numbers(1, "shape");
  const copies = c.node.int("allowzero", 0) === 0;
  const shape = wanted.map((size, axis) => (size === 0 && copies ? (input[axis] ?? 0) : size));
  const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
  return shape.map((size) => (size === -1 ? elementCount(input) / known : size));
}

/** Reshape and its relatives give this shape. */
function viewShape(c: NodeReader): Shape {
  const input = c.shape(0);
  const rank = input.length;
  switch (c.node.type) {
    case "Flatten": {
      const given = c.node.int("axis", 1);
      const axis = given < 0 ? given + rank : given;
      return [elementCount(input.slice(0, axis)), elementCount(input.slice(axis))];
    }
    case "Squeeze": {
      const axes = c.axes("axes", 1, rank) ?? input.flatMap((size, axis) => (size === 1 ? [axis] : []));
      return input.filter((_, axis) => !axes.includes(axis));
    }
    case "Unsqueeze": {
      const count = c.node.ints("axes")?.length ?? c.shape(1)[0] ?? 1;
      const axes = c.axes("axes", 1, rank + count) ?? [];
      let next = 0;
      return Array.from({ length: rank + count }, (_, axis) => (axes.includes(axis) ? 1 : (input[next++] ?? 0)));
    }
    default:
      return reshapeTarget(c, input);
  }
}

export function view(c: NodeReader): Value {
  const x = c.value(0);
  const shape = viewShape(c);
  if (typeof x === "number") return c.add({ kind: "reshape", shape }, x);
  if (elementCount(shape) !== elementCount(x.shape)) c.fail(`${show(x.shape)} cannot become ${show(shape)}`);
  return x.reshaped(shape);
}

export function transposition(c: NodeReader): Value {
  const x = c.value(0);
  const rank = c.shape(0).length;
  const permutation = c.node.ints("perm") ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  if (typeof x === "number") return c.add({ kind: "transpose", permutation }, x);
  if ([...permutation].sort((a, b) => a - b).some((axis, i) => axis !== i) || permutation.length !== rank)
    c.fail(`${show(permutation)} is not a permutation of ${rank} axes`);
  return x.transposed(permutation);
}

export function concatenation(c: NodeReader): Value {
  const values = Array.from({ length: c.inputCount }, (_, i) => c.value(i));
  const [first] = values;
  if (first === undefined) c.fail("it has no inputs");
  if (values.length === 1) return first;
  const axis = c.axis(c.node.int("axis", 1), c.shape(0).length);
  const lists = values.map((value) =>
    typeof value !== "number" && value.integer && value.shape.length === 1 ? value.values() : undefined,
  );
  if (lists.every((list) => list !== undefined)) {
    const all = lists.flat();
    return StoredTensor.of(c.node.label, [all.length], all, true);
  }
  return c.add({ kind: "concat", axis }, ...values.map((value) => c.asNode(value)));
}

/** A number of a range as ONNX counts: negative ones from the end, and cut to what there is. */
const clamped = (entry: number, size: number) => Math.min(size, Math.max(0, entry < 0 ? entry + size : entry));

export function slice(c: NodeReader): Value {
  const x = c.value(0);
  const input = c.shape(0);
  const starts = c.node.ints("starts") ?? c.numbers(1, "starts");
  const ends = c.node.ints("ends") ?? c.numbers(2, "ends");
  const axes = c.axes("axes", 3, input.length) ?? starts.map((_, i) => i);
  const steps = c.has(4) ? c.numbers(4, "steps") : starts.map(() => 1);
  if (steps.some((step) => step !== 1))
    c.fail(`it takes every ${steps.join("×")}th element`, "steps of 1, the only ones that networks have");
  const [from, to] = [starts, ends].map((list) => list.map((entry, i) => clamped(entry, input[item(axes, i)] ?? 0))) as [
    number[],
    number[],
  ];
  if (typeof x !== "number" && x.integer && input.length === 1) {
    const values = x.values()?.slice(from[0], to[0]);
    if (values) return StoredTensor.of(x.name, [values.length], values, true);
  }
  return c.add({ kind: "slice", axes, starts: from, ends: to }, c.asNode(x));
}

export function split(c: NodeReader): readonly Value[] {
  const input = c.shape(0);
  const axis = c.axis(c.node.int("axis", 0), input.length);
  const total = item(input, axis);
  const parts = c.node.outputs.length;
  const each = Math.ceil(total / parts);
  const sizes = c.node.ints("split") ?? (c.has(1) ? c.numbers(1, "sizes") : c.node.outputs.map((_, i) => Math.min(each, total - i * each)));
  if (sizes.length !== parts || sizes.reduce((sum, size) => sum + size, 0) !== total)
    c.fail(`parts of ${sizes.join(", ")} of an axis with ${total} entries`, `${parts} parts that add up to it`);
  const x = c.data(0);
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return c.add({ kind: "slice", axes: [axis], starts: [start - size], ends: [start] }, x);
  });
}

/** Looks up rows of a stored table, an entry of a shape, or one place along an axis. */
export function gather(c: NodeReader): Value {
  const [table, indices] = [c.value(0), c.value(1)];
  const shape = c.shape(0);
  const axis = c.axis(c.node.int("axis", 0), shape.length);
  if (typeof indices === "number") {
    if (typeof table === "number" || shape.length !== 2 || axis !== 0)
      c.fail("its indices are computed", "computed indices only into the rows of a stored table [rows, features]");
    return c.add({ kind: "embedding", vocabulary: item(shape, 0), features: item(shape, 1) }, indices);
  }
  const wanted = c.numbers(1, "indices").map((entry) => (entry < 0 ? entry + item(shape, axis) : entry));
  const entries = typeof table === "number" || !table.integer || shape.length !== 1 ? undefined : table.values();
  if (entries) {
    const found = wanted.map((entry) => entries[entry] ?? c.fail(`entry ${entry} of ${entries.length}`));
    return StoredTensor.of(c.node.label, indices.shape, found, true);
  }
  const [entry] = wanted;
  if (entry === undefined || wanted.length > 1)
    c.fail(`it picks ${wanted.length} places`, "one place along an axis", "use Slice or Split for a range");
  const picked = c.add({ kind: "slice", axes: [axis], starts: [entry], ends: [entry + 1] }, c.asNode(table));
  return indices.shape.length > 0 ? picked : c.add({ kind: "reshape", shape: shape.filter((_, i) => i !== axis) }, picked);
}

export function shapeOf(c: NodeReader): Value {
  const shape = c.shape(0);
  const entries = shape.slice(c.node.int("start", 0), c.has(0) && c.node.has("end") ? c.node.int("end", 0) : undefined);
  return StoredTensor.of(c.node.label, [entries.length], entries, true);
}

/** Zeros around an image wait for the convolution or pooling that takes them in. */
export function padding(c: NodeReader): Value | Padded {
  const x = c.data(0);
  const rank = c.shape(0).length;
  const pads = padsOf(c, rank);
  if (pads.length !== 2 * rank || pads.some((pad) => pad < 0)) c.fail(`its pads are ${show(pads)}`, `${2 * rank} numbers of at least 0`);
  const value = padValue(c);
  const spatial = rank === 4 && [0, 1, 4, 5].every((i) => pads[i] === 0);
  if (!spatial) return joined(c, x, pads);
  const padding = [2, 3, 6, 7].map((i) => pads[i]) as unknown as Padded["padding"];
  const join = () => c.add({ kind: "pad", padding, value }, x);
  return value === 0 ? { x, padding, join } : join();
}

/** Padding as constants that are joined on, axis by axis. */
function joined(c: NodeReader, image: NodeIndex, pads: readonly number[]): NodeIndex {
  let x = image;
  for (let axis = 0; axis < pads.length / 2; axis++) {
    const ends = [item(pads, axis), item(pads, axis + pads.length / 2)].map((count) => {
      const shape = c.shapeOf(x).map((size, i) => (i === axis ? count : size));
      return count === 0 ? [] : [c.add({ kind: "constant", shape, value: padValue(c) })];
    }) as [number[], number[]];
    if (ends[0].length + ends[1].length > 0) x = c.add({ kind: "concat", axis }, ...ends[0], x, ...ends[1]);
  }
  return x;
}

function padsOf(c: NodeReader, rank: number): readonly number[] {
  const mode = c.node.text("mode", "constant");
  if (mode !== "constant") c.fail(`its mode is '${mode}'`, "constant, the only one that networks have");
  const given = c.node.ints("pads") ?? c.numbers(1, "pads");
  const axes = c.axes("axes", 3, rank);
  if (!axes) return given;
  const all = new Array<number>(2 * rank).fill(0);
  axes.forEach((axis, i) => {
    all[axis] = given[i] ?? 0;
    all[axis + rank] = given[i + axes.length] ?? 0;
  });
  return all;
}

const padValue = (c: NodeReader) => (c.node.has("value") ? c.node.float("value", 0) : (c.optionalNumber(2, "value") ?? 0));

/** A tensor spread to a larger shape: by adding zeros of that shape, unless it has it already. */
export function expansion(c: NodeReader): Value {
  const x = c.value(0);
  const input = c.shape(0);
  const target = c.numbers(1, "shape");
  const rank = Math.max(target.length, input.length);
  const shape = Array.from({ length: rank }, (_, i) =>
    Math.max(target[i - rank + target.length] ?? 1, input[i - rank + input.length] ?? 1),
  );
  if (shape.length === input.length && shape.every((size, i) => size === input[i])) return x;
  if (typeof x !== "number") {
    const repeated = x.uniform();
    if (repeated !== undefined) return StoredTensor.filled(c.node.label, shape, repeated, x.integer);
  }
  return c.add({ kind: "binary", fn: "add" }, c.asNode(x), c.add({ kind: "constant", shape, value: 0 }));
}
