/** ONNX operators with the shapes of what they give. */
import { item } from "@archwright/core/base";
import { broadcastShapes, elementCount, type Shape } from "@archwright/core/ir";
import type { AttributeValue, GraphBuilder, NodeType, TensorName } from "../onnx/graphBuilder.ts";
import { dataTypes } from "../onnx/proto.ts";

/** A tensor of a graph under construction, with its shape. */
export interface Tensor {
  readonly name: TensorName;
  readonly shape: Shape;
  /** Where it is an image in the blocked layout (`blocked.ts`): how many of its channels count; the others fill up the last block. */
  readonly channels?: number;
  /** What has been subtracted from every number of a channel, where the reader is a normalisation, which does not change by it. */
  readonly shift?: Tensor;
}

/** The layout of what an operator on each number gives. */
function layoutOf(...inputs: readonly Tensor[]): Pick<Tensor, "channels"> {
  const blocked = inputs.find((input) => input.channels !== undefined);
  if (!blocked) return {};
  if (inputs.some((input) => input.shape.length > 0 && input.channels !== blocked.channels))
    throw new Error("operands lie in different layouts");
  return { channels: blocked.channels as number };
}

const microsoft = "com.microsoft";
const reduced = (shape: Shape, axes: readonly number[], keepDims: boolean) =>
  keepDims ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) : shape.filter((_, axis) => !axes.includes(axis));

/** Adds ONNX operators to a graph and keeps account of shapes, which differentiation needs at every turn. */
export class TensorOps {
  readonly graph: GraphBuilder;
  /** Channels of a block of onnxruntime's blocked layout, see `channelBlock`; 0 to do without. */
  readonly block: number;

  constructor(graph: GraphBuilder, block = 0) {
    this.graph = graph;
    this.block = block;
  }

  /** Any operator whose output shape the caller knows. */
  raw(type: NodeType, inputs: readonly Tensor[], shape: Shape, attributes: Readonly<Record<string, AttributeValue>> = {}): Tensor {
    const names = inputs.map((input) => input.name);
    return { name: this.graph.op(type, names, attributes), shape };
  }

  scalar(value: number): Tensor {
    return { name: this.graph.scalar(value), shape: [] };
  }

  floats(values: readonly number[], shape: Shape = [values.length]): Tensor {
    return { name: this.graph.floats(values, shape), shape };
  }

  filled(value: number, shape: Shape): Tensor {
    return { name: this.graph.filled(value, shape), shape };
  }

  /** An operator on each number. */
  unary(type: string, x: Tensor, attributes: Readonly<Record<string, AttributeValue>> = {}): Tensor {
    return { ...this.raw(type, [x], x.shape, attributes), ...layoutOf(x) };
  }

  #binary(type: string, a: Tensor, b: Tensor | number): Tensor {
    const right = typeof b === "number" ? this.scalar(b) : b;
    return { ...this.raw(type, [a, right], broadcastShapes(a.shape, right.shape)), ...layoutOf(a, right) };
  }

  add(a: Tensor, b: Tensor | number): Tensor {
    return this.#binary("Add", a, b);
  }

  sub(a: Tensor, b: Tensor | number): Tensor {
    return this.#binary("Sub", a, b);
  }

  mul(a: Tensor, b: Tensor | number): Tensor {
    return this.#binary("Mul", a, b);
  }

  div(a: Tensor, b: Tensor | number): Tensor {
    return this.#binary("Div", a, b);
  }

  neg(x: Tensor): Tensor {
    return this.unary("Neg", x);
  }

  /** Truth values, to be used by `where` only. */
  compare(type: "Greater" | "Less" | "Equal" | "GreaterOrEqual", a: Tensor, b: Tensor | number): Tensor {
    return this.#binary(type, a, b);
  }

  where(condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor {
    const [left, right] = [a, b].map((x) => (typeof x === "number" ? this.scalar(x) : x)) as [Tensor, Tensor];
    const shape = broadcastShapes(condition.shape, broadcastShapes(left.shape, right.shape));
    return { ...this.raw("Where", [condition, left, right], shape), ...layoutOf(condition, left, right) };
  }

  /** 1 where true, 0 elsewhere. */
  indicator(condition: Tensor): Tensor {
    return this.unary("Cast", condition, { to: dataTypes.float32 });
  }

  reshape(x: Tensor, shape: Shape): Tensor {
    if (elementCount(shape) !== elementCount(x.shape)) throw new Error(`[${x.shape.join(", ")}] cannot become [${shape.join(", ")}]`);
    if (shape.join() === x.shape.join()) return x;
    return { name: this.graph.op("Reshape", [x.name, this.graph.int64s(shape)]), shape };
  }

  transpose(x: Tensor, permutation: readonly number[]): Tensor {
    const shape = permutation.map((axis) => item(x.shape, axis));
    // A permutation that only moves axes of size 1 leaves the numbers where they are.
    const order = permutation.filter((axis) => x.shape[axis] !== 1);
    if (order.every((axis, i) => i === 0 || axis > item(order, i - 1))) return this.reshape(x, shape);
    return this.raw("Transpose", [x], shape, { perm: [...permutation] });
  }

  expand(x: Tensor, shape: Shape): Tensor {
    if (shape.join() === x.shape.join()) return x;
    return { name: this.graph.op("Expand", [x.name, this.graph.int64s(shape)]), shape };
  }

  sum(x: Tensor, axes: readonly number[], keepDims = false): Tensor {
    const shape = reduced(x.shape, axes, keepDims);
    return { name: this.graph.op("ReduceSum", [x.name, this.graph.int64s(axes)], { keepdims: keepDims ? 1 : 0 }), shape };
  }

  mean(x: Tensor, axes: readonly number[], keepDims = false): Tensor {
    return this.raw("ReduceMean", [x], reduced(x.shape, axes, keepDims), { axes: [...axes], keepdims: keepDims ? 1 : 0 });
  }

  sumOfSquares(x: Tensor, axes: readonly number[], keepDims = false): Tensor {
    return this.raw("ReduceSumSquare", [x], reduced(x.shape, axes, keepDims), { axes: [...axes], keepdims: keepDims ? 1 : 0 });
  }

  /** Sums over the dimensions along which a tensor of `shape` was broadcast to the shape of `x`. */
  sumTo(x: Tensor, shape: Shape): Tensor {
    const extra = x.shape.length - shape.length;
    const axes = x.shape.flatMap((size, axis) => (axis < extra || (shape[axis - extra] === 1 && size !== 1) ? [axis] : []));
    return this.reshape(axes.length === 0 ? x : this.sum(x, axes, true), shape);
  }

  /** Matrix product over the last two dimensions; leading ones broadcast. */
  matmul(a: Tensor, b: Tensor, { transposeA = false, transposeB = false } = {}): Tensor {
    const m = a.shape.at(transposeA ? -1 : -2) as number;
    const n = b.shape.at(transposeB ? -2 : -1) as number;
    const shape = [...broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)), m, n];
    const attributes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
    if (a.shape.length === 2 && b.shape.length === 2) return this.raw("Gemm", [a, b], shape, attributes);
    if (!transposeA && !transposeB) return this.raw("MatMul", [a, b], shape);
    return this.raw({ type: "FusedMatMul", domain: microsoft }, [a, b], shape, attributes);
  }

  slice(x: Tensor, axes: readonly number[], starts: readonly number[], ends: readonly number[]): Tensor {
    const shape = [...x.shape];
    axes.forEach((axis, i) => {
      shape[axis] = item(ends, i) - item(starts, i);
    });
    if (shape.join() === x.shape.join()) return x;
    const { graph } = this;
    return { name: graph.op("Slice", [x.name, graph.int64s(starts), graph.int64s(ends), graph.int64s(axes)]), shape };
  }

  /** Every `steps[i]`-th entry along `axes[i]`, from `starts[i]`. */
  every(x: Tensor, axes: readonly number[], starts: readonly number[], steps: readonly number[]): Tensor {
    if (steps.every((step) => step === 1) && starts.every((start) => start === 0)) return x;
    const { graph } = this;
    const ends = axes.map((axis) => item(x.shape, axis));
    const shape = [...x.shape];
    axes.forEach((axis, i) => {
      shape[axis] = Math.ceil((item(ends, i) - item(starts, i)) / item(steps, i));
    });
    return { name: graph.op("Slice", [x.name, graph.int64s(starts), graph.int64s(ends), graph.int64s(axes), graph.int64s(steps)]), shape };
  }

  /** [N, C, H, W] → [N, size²·C, H / size, W / size]: the image of every remainder of row and column, one after another. */
  spaceToDepth(x: Tensor, size: number): Tensor {
    const [batch, channels, height, width] = x.shape as readonly [number, number, number, number];
    return this.raw("SpaceToDepth", [x], [batch, size * size * channels, height / size, width / size], { blocksize: size });
  }

  /** The tensor with these axes reversed. */
  flip(x: Tensor, axes: readonly number[]): Tensor {
    const turned = axes.filter((axis) => x.shape[axis] !== 1);
    if (turned.length === 0) return x;
    const { graph } = this;
    const all = (value: number) => graph.int64s(turned.map(() => value));
    return { name: graph.op("Slice", [x.name, all(-1), all(-(2 ** 31)), graph.int64s(turned), all(-1)]), shape: x.shape };
  }

  /** Adds a number, usually 0, before and after, for each axis. */
  pad(x: Tensor, before: readonly number[], after: readonly number[], value = 0): Tensor {
    const shape = x.shape.map((size, axis) => size + item(before, axis) + item(after, axis));
    if (shape.join() === x.shape.join()) return x;
    const { graph } = this;
    const filler = value === 0 ? [] : [graph.scalar(value)];
    return { name: graph.op("Pad", [x.name, graph.int64s([...before, ...after]), ...filler]), shape };
  }

  concat(inputs: readonly Tensor[], axis: number): Tensor {
    const [first] = inputs as readonly [Tensor, ...Tensor[]];
    if (inputs.length === 1) return first;
    const size = inputs.reduce((sum, input) => sum + item(input.shape, axis), 0);
    return this.raw(
      "Concat",
      inputs,
      first.shape.map((length, i) => (i === axis ? size : length)),
      { axis },
    );
  }

  /** Cuts a tensor along an axis into pieces of these sizes. */
  split(x: Tensor, sizes: readonly number[], axis = 0): readonly Tensor[] {
    if (sizes.length === 1) return [x];
    const names = this.graph.ops(sizes.length, "Split", [x.name, this.graph.int64s(sizes)], { axis });
    return names.map((name, i) => ({ name, shape: x.shape.map((size, d) => (d === axis ? item(sizes, i) : size)) }));
  }
}
