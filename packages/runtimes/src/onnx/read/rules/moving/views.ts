/** Reads ONNX nodes that give the same numbers another shape, order or type, and those that compute shapes. */
import { elementCount, type Shape } from "@archwright/core/ir";
import { dataTypes } from "../../../proto.ts";
import { fold } from "../../fold/fold.ts";
import { formatOf, isFloatFormat, isIntegerType } from "../../values/formats.ts";
import { type NodeReader, showShape } from "../../values/nodeReader.ts";
import type { Value } from "../../values/state.ts";
import { StoredTensor } from "../../values/tensors.ts";
import { type ReadRule, type ReadRules, shapeOr } from "../rule.ts";

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

const view: ReadRule = (c) => {
  const x = c.value(0);
  const shape = shapeOr(c, () => viewShape(c));
  if (typeof x === "number") return c.add({ kind: "reshape", shape }, x);
  if (elementCount(shape) !== elementCount(x.shape)) c.fail(`${showShape(x.shape)} cannot become ${showShape(shape)}`);
  return x.reshaped(shape);
};

const transposition: ReadRule = (c) => {
  const x = c.value(0);
  const rank = c.shape(0).length;
  const permutation = c.node.ints("perm") ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  if (typeof x === "number") return rank === 0 ? x : c.add({ kind: "transpose", permutation }, x);
  if ([...permutation].sort((a, b) => a - b).some((axis, i) => axis !== i) || permutation.length !== rank)
    c.fail(`${showShape(permutation)} is not a permutation of ${rank} axes`);
  return x.transposed(permutation);
};

const shapeOf: ReadRule = (c) => {
  const shape = c.shape(0);
  const entries = shape.slice(c.node.int("start", 0), c.node.has("end") ? c.node.int("end", 0) : undefined);
  return StoredTensor.of(c.node.label, [entries.length], entries, dataTypes.int64);
};

const sizeOf: ReadRule = (c) => StoredTensor.of(c.node.label, [], [elementCount(c.shape(0))], dataTypes.int64);

/** A tensor spread to a larger shape: by adding zeros of that shape, unless it has it already. */
const expansion: ReadRule = (c) => {
  const x = c.value(0);
  const input = c.shape(0);
  const shape = shapeOr(c, () => {
    const target = c.numbers(1, "shape");
    const rank = Math.max(target.length, input.length);
    const size = (one: Shape, i: number) => one[i - rank + one.length] ?? 1;
    return Array.from({ length: rank }, (_, i) => (size(input, i) === 1 ? size(target, i) : size(input, i)));
  });
  if (shape.length === input.length && shape.every((size, i) => size === input[i])) return x;
  if (typeof x !== "number") {
    const repeated = x.uniform();
    if (repeated !== undefined) return StoredTensor.filled(c.node.label, shape, repeated, x.dataType);
    const folded = fold(c);
    if (folded) return folded;
  }
  return c.opaque({ shape, work: "move" }, c.asNode(x));
};

const constant: ReadRule = (c) => {
  const { node } = c;
  const name = node.outputs[0] ?? node.label;
  const tensor = node.tensor("value");
  if (tensor) return StoredTensor.read(tensor, name, c.state.files);
  const [dataType, values] = node.has("value_int")
    ? [dataTypes.int64, [node.int("value_int", 0)]]
    : node.has("value_float")
      ? [dataTypes.float32, [node.float("value_float", 0)]]
      : node.has("value_ints")
        ? [dataTypes.int64, node.ints("value_ints")]
        : [dataTypes.float32, node.floats("value_floats")];
  if (!values) return c.fail("it has no numbers", "value, value_int, value_ints, value_float or value_floats");
  const single = node.has("value_int") || node.has("value_float");
  return StoredTensor.of(name, single ? [] : [values.length], values, dataType);
};

const constantOfShape: ReadRule = (c) => {
  const tensor = c.node.tensor("value");
  const value = tensor && StoredTensor.read(tensor);
  const shape = shapeOr(c, () => c.numbers(0, "shape"));
  return StoredTensor.filled(c.node.label, shape, value?.uniform() ?? 0, value?.dataType ?? dataTypes.float32);
};

/**
 * Numbers in another type. Casts to indices and truth values are left out, and so are those back to what the numbers are kept in:
 * such lists are short, or their reader counts them in its own format.
 */
function cast(c: NodeReader, dataType: number): Value {
  const x = c.value(0);
  if (x instanceof StoredTensor) return x.cast(dataType);
  const [own, format] = [c.formatOf(x), formatOf(dataType)];
  const index = isIntegerType(dataType) && format === "int32";
  if (own === format || index || dataType === dataTypes.bool) return x;
  return c.add({ kind: "cast", format }, x);
}

const castLike: ReadRule = (c) => {
  const like = c.value(1);
  if (like instanceof StoredTensor) return cast(c, like.dataType);
  const x = c.value(0);
  const format = c.formatOf(like);
  if (x instanceof StoredTensor) return x;
  return c.formatOf(x) === format || !isFloatFormat(format) ? x : c.add({ kind: "cast", format }, x);
};

const passed: ReadRule = (c) => c.any(0);

/** In training mode a Dropout has a second output, which keeps everything here. */
const dropout: ReadRule = (c) => {
  const x = c.value(0);
  return [x, StoredTensor.filled(`${c.node.label}.mask`, c.shapeOf(x), 1, dataTypes.bool)];
};

/** Rules that keep stored tensors stored. */
export const viewRules: ReadRules = {
  Reshape: view,
  Flatten: view,
  Squeeze: view,
  Unsqueeze: view,
  Transpose: transposition,
  Shape: shapeOf,
  Size: sizeOf,
  Expand: expansion,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Cast: (c) => cast(c, c.node.int("to", dataTypes.float32)),
  CastLike: castLike,
  BitCast: (c) => cast(c, c.node.int("to", dataTypes.float32)),
  Identity: passed,
  Dropout: dropout,
};
