/** The gradient of every operator. */
import { item } from "@archwright/core/base";
import { elementCount, type Operator, type OperatorKind, type OperatorOf } from "@archwright/core/ir";
import { dataTypes } from "../../onnx/proto.ts";
import { inLayoutOf, toPlain } from "../blocked.ts";
import type { Tensor, TensorOps } from "../tensorOps.ts";
import { activationGradient } from "./activationGradients.ts";
import { blockedNormGradient } from "./blockedNorm.ts";
import { channelGateGradients, isChannelGate } from "./channelGate.ts";
import { channelSum, convInputGradient } from "./convGradients.ts";
import { convFilterGradient } from "./filterGradients.ts";
import { batchNormGradient, groupNormGradient, lastAxisNormGradient } from "./normGradients.ts";
import { averagePoolGradient, globalMeanGradient, isGlobalMean, maxPoolGradient } from "./poolGradients.ts";

/** An operator as it was applied in the forward pass. */
export interface Applied {
  readonly inputs: readonly Tensor[];
  /** In `parametersOf`'s order. */
  readonly parameters: readonly Tensor[];
  readonly output: Tensor;
  /** Which inputs' gradients are wanted. */
  readonly wanted: readonly boolean[];
}

/** Gradients of an operator's inputs (absent where not wanted or where there is none) and of all its parameters. */
export interface Gradients {
  readonly inputs: readonly (Tensor | undefined)[];
  readonly parameters: readonly Tensor[];
}

/** From the output's gradient to the inputs' and parameters'. Gradients of running statistics: see `batchNormGradient`. */
type GradientRule<K extends OperatorKind> = (ops: TensorOps, op: OperatorOf<K>, applied: Applied, dy: Tensor) => Gradients;

const x = ({ inputs }: Applied) => item(inputs, 0);
const weight = ({ parameters }: Applied) => item(parameters, 0);
const only = (dx: Tensor | undefined, parameters: readonly Tensor[] = []): Gradients => ({ inputs: [dx], parameters });
const nothing = (): Gradients => ({ inputs: [], parameters: [] });

function binaryGradients(ops: TensorOps, op: OperatorOf<"binary">, { inputs, output, wanted }: Applied, gradient: Tensor): Gradients {
  if (isChannelGate(op, inputs))
    return { inputs: channelGateGradients(ops, inputs as readonly [Tensor, Tensor], gradient), parameters: [] };
  const [a, b] = inputs.map((input) => inLayoutOf(ops, output, input)) as [Tensor, Tensor];
  const dy = inLayoutOf(ops, output, gradient);
  const chosen = (aWins: Tensor): [() => Tensor, () => Tensor] => [() => ops.where(aWins, dy, 0), () => ops.where(aWins, 0, dy)];
  const rules: { readonly [F in typeof op.fn]: () => readonly [() => Tensor, () => Tensor] } = {
    add: () => [() => dy, () => dy],
    sub: () => [() => dy, () => ops.neg(dy)],
    mul: () => [() => ops.mul(dy, b), () => ops.mul(dy, a)],
    div: () => [() => ops.div(dy, b), () => ops.neg(ops.div(ops.mul(dy, a), ops.mul(b, b)))],
    max: () => chosen(ops.compare("GreaterOrEqual", a, b)),
    min: () => chosen(ops.compare("GreaterOrEqual", b, a)),
  };
  const [da, db] = rules[op.fn]();
  return { inputs: [wanted[0] ? ops.sumTo(da(), a.shape) : undefined, wanted[1] ? ops.sumTo(db(), b.shape) : undefined], parameters: [] };
}

function matmulGradients(ops: TensorOps, op: OperatorOf<"matmul">, { inputs, wanted }: Applied, dy: Tensor): Gradients {
  const [a, b] = inputs as readonly [Tensor, Tensor];
  const { transposeA, transposeB } = op;
  const da = () =>
    transposeA ? ops.matmul(b, dy, { transposeA: transposeB, transposeB: true }) : ops.matmul(dy, b, { transposeB: !transposeB });
  const db = () =>
    transposeB ? ops.matmul(dy, a, { transposeA: true, transposeB: transposeA }) : ops.matmul(a, dy, { transposeA: !transposeA });
  return { inputs: [wanted[0] ? ops.sumTo(da(), a.shape) : undefined, wanted[1] ? ops.sumTo(db(), b.shape) : undefined], parameters: [] };
}

function denseGradients(ops: TensorOps, op: OperatorOf<"dense">, applied: Applied, dy: Tensor): Gradients {
  const input = x(applied);
  const rows = elementCount(input.shape.slice(0, -1));
  const flatInput = ops.reshape(input, [rows, input.shape.at(-1) as number]);
  const flat = ops.reshape(dy, [rows, op.outFeatures]);
  const dx = applied.wanted[0] ? ops.reshape(ops.matmul(flat, weight(applied), { transposeB: true }), input.shape) : undefined;
  const dWeight = ops.matmul(flatInput, flat, { transposeA: true });
  return only(dx, op.bias ? [dWeight, ops.sum(flat, [0])] : [dWeight]);
}

function reduceGradient(ops: TensorOps, op: OperatorOf<"reduce">, applied: Applied, dy: Tensor): Gradients {
  const input = x(applied);
  const kept = input.shape.map((size, axis) => (op.axes.includes(axis) ? 1 : size));
  const gradient = ops.reshape(dy, kept);
  if (op.fn === "sum") return only(ops.expand(gradient, input.shape));
  if (op.fn === "mean") {
    const count = elementCount(input.shape) / elementCount(kept);
    return only(ops.expand(ops.mul(gradient, 1 / count), input.shape));
  }
  // Equal largest numbers share the gradient.
  const largest = ops.indicator(ops.compare("Equal", input, ops.reshape(applied.output, kept)));
  return only(ops.mul(largest, ops.div(gradient, ops.sum(largest, op.axes, true))));
}

function concatGradients(ops: TensorOps, op: OperatorOf<"concat">, { inputs, wanted }: Applied, dy: Tensor): Gradients {
  const sizes = inputs.map((input) => item(input.shape, op.axis));
  const pieces = ops.split(dy, sizes, op.axis);
  return { inputs: pieces.map((piece, i) => (wanted[i] ? piece : undefined)), parameters: [] };
}

/** Rows of the table get the sum of the gradients of the places where they were used. */
function embeddingGradient(ops: TensorOps, op: OperatorOf<"embedding">, applied: Applied, dy: Tensor): Gradients {
  const tokens = elementCount(x(applied).shape);
  const shape = [op.vocabulary, op.features];
  const indices = ops.reshape(ops.unary("Cast", x(applied), { to: dataTypes.int64 }), [tokens, 1]);
  const updates = ops.reshape(dy, [tokens, op.features]);
  return only(undefined, [ops.raw("ScatterND", [ops.filled(0, shape), indices, updates], shape, { reduction: "add" })]);
}

const gradientRules: { readonly [K in OperatorKind]: GradientRule<K> } = {
  input: nothing,
  constant: nothing,
  parameter: (_ops, _op, _applied, dy) => ({ inputs: [], parameters: [dy] }),
  conv2d: (ops, op, applied, dy) => {
    const dWeight = convFilterGradient(ops, op, { x: x(applied), weight: weight(applied), dy });
    const dx = applied.wanted[0] ? convInputGradient(ops, op, { x: x(applied), weight: weight(applied), dy }) : undefined;
    return only(dx, op.bias ? [dWeight, channelSum(ops, dy)] : [dWeight]);
  },
  dense: denseGradients,
  matmul: matmulGradients,
  binary: binaryGradients,
  activation: (ops, op, applied, dy) =>
    only(activationGradient(ops, op.fn, { x: x(applied), y: applied.output, dy: inLayoutOf(ops, applied.output, dy) })),
  concat: concatGradients,
  pool2d: (ops, op, applied, dy) =>
    only(
      op.mode === "max" ? maxPoolGradient(ops, op, { x: x(applied), y: applied.output, dy }) : averagePoolGradient(ops, op, x(applied), dy),
    ),
  reduce: reduceGradient,
  batchNorm: (ops, op, applied, dy) => {
    const gradient = x(applied).channels === undefined ? batchNormGradient : blockedNormGradient;
    // A convolution that reads a plain image may give back a blocked gradient.
    const given = { x: x(applied), parameters: applied.parameters, dy: inLayoutOf(ops, x(applied), dy) };
    const { dx, parameters } = gradient(ops, op.epsilon, given);
    return only(dx, parameters);
  },
  layerNorm: (ops, op, applied, dy) => {
    const { dx, parameters } = lastAxisNormGradient(ops, { x: x(applied), scale: weight(applied), dy }, op.epsilon, true);
    return only(dx, parameters);
  },
  rmsNorm: (ops, op, applied, dy) => {
    const { dx, parameters } = lastAxisNormGradient(ops, { x: x(applied), scale: weight(applied), dy }, op.epsilon, false);
    return only(dx, parameters);
  },
  groupNorm: (ops, op, applied, dy) => {
    const { dx, parameters } = groupNormGradient(ops, { x: x(applied), scale: weight(applied), dy }, op.groups, op.epsilon);
    return only(dx, parameters);
  },
  softmax: (ops, op, { output }, dy) => {
    const product = ops.mul(dy, output);
    return only(ops.sub(product, ops.mul(output, ops.sum(product, [op.axis], true))));
  },
  embedding: embeddingGradient,
  reshape: (ops, _op, applied, dy) => only(ops.reshape(dy, x(applied).shape)),
  transpose: (ops, op, _applied, dy) =>
    only(
      ops.transpose(
        dy,
        op.permutation.map((_, axis) => op.permutation.indexOf(axis)),
      ),
    ),
  slice: (ops, op, applied, dy) => {
    const before = x(applied).shape.map(() => 0);
    const after = [...before];
    op.axes.forEach((axis, i) => {
      before[axis] = item(op.starts, i);
      after[axis] = item(x(applied).shape, axis) - item(op.ends, i);
    });
    return only(ops.pad(dy, before, after));
  },
  // Rounding to another format passes the gradient straight through.
  cast: (_ops, _op, _applied, dy) => only(dy),
  pad: (ops, op, applied, dy) => {
    const [top, left] = op.padding;
    const [, , height, width] = x(applied).shape as readonly [number, number, number, number];
    return only(ops.slice(dy, [2, 3], [top, left], [top + height, left + width]));
  },
  // The forward pass has refused it.
  opaque: nothing,
};

/** Operators whose rules know the blocked layout; the others are given everything in the plain one. */
const layoutAware: ReadonlySet<OperatorKind> = new Set(["conv2d", "batchNorm", "activation", "binary", "pool2d"]);

/** Gradients of an operator. */
export function gradients(ops: TensorOps, op: Operator, applied: Applied, dy: Tensor): Gradients {
  const rule = gradientRules[op.kind] as (ops: TensorOps, op: Operator, applied: Applied, dy: Tensor) => Gradients;
  if (layoutAware.has(op.kind)) return rule(ops, op, applied, dy);
  if (isGlobalMean(op) && applied.inputs[0]?.channels !== undefined) return only(globalMeanGradient(ops, applied.inputs[0], dy));
  const plain = (tensor: Tensor) => toPlain(ops, tensor);
  return rule(ops, op, { ...applied, inputs: applied.inputs.map(plain), output: plain(applied.output) }, plain(dy));
}
