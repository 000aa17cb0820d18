/** The shape that every operator gives. */
import { item } from "../base/matrix.ts";
import { elementCount, type NumberFormat, type Shape, type TensorType } from "./format.ts";
import type { Operator, OperatorKind, OperatorOf, Padding, Pair } from "./operators.ts";

/** An operator that cannot take these inputs; `verifyNetwork` and the builder add the node's name. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

type ShapeRule<K extends OperatorKind> = (op: OperatorOf<K>, inputs: readonly Shape[]) => Shape;

function fail(message: string): never {
  throw new ShapeError(message);
}

const show = (shape: Shape) => `[${shape.join(", ")}]`;

function positive(value: number, what: string): void {
  if (!Number.isInteger(value) || value < 1) fail(`${what} must be a whole number of at least 1, not ${value}`);
}

function one(inputs: readonly Shape[]): Shape {
  if (inputs.length !== 1) fail(`takes 1 input, not ${inputs.length}`);
  return item(inputs, 0);
}

function two(inputs: readonly Shape[]): readonly [Shape, Shape] {
  if (inputs.length !== 2) fail(`takes 2 inputs, not ${inputs.length}`);
  return inputs as unknown as readonly [Shape, Shape];
}

function image(inputs: readonly Shape[]): readonly [number, number, number, number] {
  const shape = one(inputs);
  if (shape.length !== 4) fail(`takes an image [N, C, H, W], not ${show(shape)}`);
  return shape as unknown as readonly [number, number, number, number];
}

/** A fixed shape that a node states itself. */
function stated(shape: Shape, inputs: readonly Shape[]): Shape {
  if (inputs.length !== 0) fail(`takes no inputs, not ${inputs.length}`);
  for (const size of shape) positive(size, "every dimension");
  return shape;
}

/** A non-negative axis of a shape. */
function axisOf(axis: number, shape: Shape): number {
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) fail(`axis ${axis} does not exist in ${show(shape)}`);
  return axis;
}

/** Windows that slide over an image. */
interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
  readonly dilation: Pair;
}

function windowed(height: number, width: number, { kernel, stride, padding, dilation }: Window): [number, number] {
  for (const value of [...kernel, ...stride, ...dilation]) positive(value, "kernel, stride and dilation");
  for (const value of padding) if (!Number.isInteger(value) || value < 0) fail(`padding must be whole numbers of at least 0, not ${value}`);
  const [top, left, bottom, right] = padding;
  const side = (padded: number, i: 0 | 1) => Math.floor((padded - dilation[i] * (kernel[i] - 1) - 1) / stride[i]) + 1;
  const out: [number, number] = [side(height + top + bottom, 0), side(width + left + right, 1)];
  if (out[0] < 1 || out[1] < 1) fail(`a ${kernel.join("×")} window does not fit a ${height}×${width} image`);
  return out;
}

/** The shape of two shapes broadcast as in NumPy. @throws ShapeError */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) fail(`${show(a)} and ${show(b)} do not broadcast`);
    return left === 1 ? right : left;
  });
}

const sameShape = (_op: Operator, inputs: readonly Shape[]) => one(inputs);

function lastAxisNorm(_op: Operator, inputs: readonly Shape[]): Shape {
  const shape = one(inputs);
  if (shape.length < 1) fail("takes a tensor of at least one dimension");
  return shape;
}

const shapeRules: { readonly [K in OperatorKind]: ShapeRule<K> } = {
  input: (op, inputs) => stated(op.shape, inputs),
  constant: (op, inputs) => stated(op.shape, inputs),
  parameter: (op, inputs) => stated(op.shape, inputs),
  conv2d: (op, inputs) => {
    const [n, c, h, w] = image(inputs);
    positive(op.groups, "groups");
    positive(op.outChannels, "outChannels");
    if (c % op.groups !== 0 || op.outChannels % op.groups !== 0) {
      fail(`${c} input and ${op.outChannels} output channels do not divide into ${op.groups} groups`);
    }
    return [n, op.outChannels, ...windowed(h, w, op)];
  },
  dense: (op, inputs) => {
    const shape = one(inputs);
    if (shape.length < 1) fail("takes a tensor of at least one dimension");
    positive(op.outFeatures, "outFeatures");
    return [...shape.slice(0, -1), op.outFeatures];
  },
  matmul: (op, inputs) => {
    const [a, b] = two(inputs);
    if (a.length < 2 || b.length < 2) fail(`takes matrices, not ${show(a)} and ${show(b)}`);
    const [m, k] = op.transposeA ? [a.at(-1), a.at(-2)] : [a.at(-2), a.at(-1)];
    const [k2, n] = op.transposeB ? [b.at(-1), b.at(-2)] : [b.at(-2), b.at(-1)];
    if (k !== k2) fail(`inner dimensions of ${show(a)} and ${show(b)} differ`);
    return [...broadcastShapes(a.slice(0, -2), b.slice(0, -2)), m as number, n as number];
  },
  binary: (_op, inputs) => broadcastShapes(...two(inputs)),
  activation: sameShape,
  concat: (op, inputs) => {
    if (inputs.length < 2) fail(`takes at least 2 inputs, not ${inputs.length}`);
    const first = item(inputs, 0);
    const axis = axisOf(op.axis, first);
    for (const shape of inputs) {
      if (shape.length !== first.length || shape.some((size, i) => i !== axis && size !== first[i])) {
        fail(`${show(first)} and ${show(shape)} differ in more than axis ${axis}`);
      }
    }
    return first.map((size, i) => (i === axis ? inputs.reduce((sum, shape) => sum + item(shape, axis), 0) : size));
  },
  pool2d: (op, inputs) => {
    const [n, c, h, w] = image(inputs);
    if (op.padding[0] >= op.kernel[0] || op.padding[2] >= op.kernel[0] || op.padding[1] >= op.kernel[1] || op.padding[3] >= op.kernel[1]) {
      fail(`padding ${op.padding.join(",")} is not smaller than the ${op.kernel.join("×")} window`);
    }
    return [n, c, ...windowed(h, w, { ...op, dilation: [1, 1] })];
  },
  reduce: (op, inputs) => {
    const shape = one(inputs);
    const axes = new Set(op.axes.map((axis) => axisOf(axis, shape)));
    if (axes.size === 0 || axes.size !== op.axes.length) fail(`axes [${op.axes.join(", ")}] must be different and at least one`);
    return op.keepDims ? shape.map((size, i) => (axes.has(i) ? 1 : size)) : shape.filter((_, i) => !axes.has(i));
  },
  batchNorm: (_op, inputs) => {
    const shape = one(inputs);
    if (shape.length < 2) fail(`takes [N, C, ...], not ${show(shape)}`);
    return shape;
  },
  layerNorm: lastAxisNorm,
  rmsNorm: lastAxisNorm,
  groupNorm: (op, inputs) => {
    const [, c] = image(inputs);
    positive(op.groups, "groups");
    if (c % op.groups !== 0) fail(`${c} channels do not divide into ${op.groups} groups`);
    return one(inputs);
  },
  softmax: (op, inputs) => {
    axisOf(op.axis, one(inputs));
    return one(inputs);
  },
  embedding: (op, inputs) => {
    positive(op.vocabulary, "vocabulary");
    positive(op.features, "features");
    return [...one(inputs), op.features];
  },
  reshape: (op, inputs) => {
    const count = elementCount(one(inputs));
    const known = op.shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
    const unknowns = op.shape.filter((size) => size === -1).length;
    const shape = unknowns === 1 ? op.shape.map((size) => (size === -1 ? count / known : size)) : op.shape;
    for (const size of shape) if (!Number.isInteger(size) || size < 1) fail(`${show(one(inputs))} cannot become ${show(op.shape)}`);
    if (elementCount(shape) !== count) fail(`${show(one(inputs))} cannot become ${show(op.shape)}`);
    return shape;
  },
  transpose: (op, inputs) => {
    const shape = one(inputs);
    const sorted = [...op.permutation].sort((a, b) => a - b);
    if (sorted.length !== shape.length || sorted.some((axis, i) => axis !== i)) {
      fail(`[${op.permutation.join(", ")}] is not a permutation of the axes of ${show(shape)}`);
    }
    return op.permutation.map((axis) => item(shape, axis));
  },
  slice: (op, inputs) => {
    const shape = [...one(inputs)];
    if (op.axes.length !== op.starts.length || op.axes.length !== op.ends.length) fail("axes, starts and ends differ in length");
    if (new Set(op.axes).size !== op.axes.length) fail("axes must be different");
    op.axes.forEach((axis, i) => {
      const [start, end] = [item(op.starts, i), item(op.ends, i)];
      const size = item(shape, axisOf(axis, shape));
      if (!Number.isInteger(start) || !Number.isInteger(end) || !(0 <= start && start < end && end <= size)) {
        fail(`${start}…${end} is not a range of axis ${axis} with ${size} entries`);
      }
      shape[axis] = end - start;
    });
    return shape;
  },
  cast: sameShape,
  pad: (op, inputs) => {
    const [n, c, h, w] = image(inputs);
    for (const side of op.padding)
      if (!Number.isInteger(side) || side < 0) fail(`padding must be whole numbers of at least 0, not ${side}`);
    const [top, left, bottom, right] = op.padding;
    return [n, c, h + top + bottom, w + left + right];
  },
  opaque: (op) => {
    for (const size of op.shape) positive(size, "every dimension");
    for (const what of ["macs", "operations", "parameters"] as const) {
      if (!Number.isFinite(op[what]) || op[what] < 0) fail(`${what} must be a number of at least 0, not ${op[what]}`);
    }
    return op.shape;
  },
};

/**
 * What an operator produces from inputs of these types. The output's format is the first input's, unless the
 * operator states another (`cast`, and `embedding` whose rows are kept in `weightFormat`).
 * @throws ShapeError where the operator cannot take them.
 */
export function inferType(op: Operator, inputs: readonly TensorType[], weightFormat: NumberFormat): TensorType {
  const rule = shapeRules[op.kind] as (op: Operator, inputs: readonly Shape[]) => Shape;
  const shape = rule(
    op,
    inputs.map((input) => input.shape),
  );
  const format = op.kind === "cast" ? op.format : op.kind === "embedding" ? weightFormat : (inputs[0]?.format ?? weightFormat);
  return { shape, format };
}
