/** Normalisations that are spelled out. */
import { item } from "@archwright/core/base";
import { elementCount } from "@archwright/core/ir";
import type { OnnxNode } from "../graph/onnxNode.ts";
import { groupNorm, lastAxesNorm } from "../rules/normalisations.ts";
import type { NodeReader } from "../values/nodeReader.ts";
import type { Value } from "../values/state.ts";
import type { StoredTensor } from "../values/tensors.ts";
import type { Fusion, LookBack, Pattern } from "./lookBack.ts";

/** x divided by √(mean(x²) + ε) over axes. */
interface Normalised {
  readonly x: string;
  readonly epsilon: number;
  readonly axes: readonly number[];
}

/** A mean over axes that keeps them; axes counted from the front. */
function meanOf(p: LookBack, name: string | undefined): { readonly x: string; readonly axes: readonly number[] } | undefined {
  const mean = p.made(name, "ReduceMean");
  const axes = mean?.ints("axes") ?? p.stored(mean?.inputs[1])?.values();
  const x = mean?.inputs[0];
  if (x === undefined || !axes || axes.length === 0 || mean?.int("keepdims", 1) === 0) return undefined;
  const rank = p.rank(x);
  return { x, axes: axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b) };
}

/** Of mean(x²) + ε: x, ε, axes. */
function meanSquare(p: LookBack, name: string | undefined): Normalised | undefined {
  const sum = p.made(name, "Add");
  const [average, epsilon] = p.pick(sum, (tensor) => p.number(tensor)) ?? [];
  const mean = meanOf(p, average);
  const square = p.made(mean?.x, "Pow", "Mul");
  const [x, exponent] = square?.inputs ?? [];
  if (!mean || !square || x === undefined || epsilon === undefined) return undefined;
  const squared = square.type === "Mul" ? exponent === x : p.number(exponent) === 2;
  return squared ? { x, epsilon, axes: mean.axes } : undefined;
}

/** Of 1 / √(mean(x²) + ε), as a division, a reciprocal or a power: x, ε, axes. */
function inverseRoot(p: LookBack, name: string | undefined): Normalised | undefined {
  const node = p.made(name, "Div", "Reciprocal", "Pow");
  const [a, b] = node?.inputs ?? [];
  if (node?.type === "Pow") return p.number(b) === -0.5 ? meanSquare(p, a) : undefined;
  if (node?.type === "Div" && p.number(a) !== 1) return undefined;
  return meanSquare(p, rootOf(p, node?.type === "Div" ? b : a));
}

const rootOf = (p: LookBack, name: string | undefined) => {
  const root = p.made(name, "Sqrt", "Pow");
  return root?.type === "Pow" ? (p.number(root.inputs[1]) === 0.5 ? root.inputs[0] : undefined) : root?.inputs[0];
};

/** What a node normalises by its own mean square: x / √(…), or x · (1 / √(…)), in either order. */
function normalised(p: LookBack, node: OnnxNode | undefined): Normalised | undefined {
  const [a, b] = node?.inputs ?? [];
  if (node?.type === "Div") {
    const below = meanSquare(p, rootOf(p, b));
    return below && sameCentred(p, a, below.x) ? { ...below, x: a ?? "" } : undefined;
  }
  for (const [x, factor] of [
    [a, b],
    [b, a],
  ]) {
    const inverse = inverseRoot(p, factor);
    if (inverse && x !== undefined && sameCentred(p, x, inverse.x)) return { ...inverse, x };
  }
  return undefined;
}

/** The same tensor, or one that was centred twice. */
function sameCentred(p: LookBack, a: string | undefined, b: string): boolean {
  if (a === b) return true;
  const [one, other] = [p.made(a, "Sub"), p.made(b, "Sub")];
  if (!one || !other || one.inputs[0] !== other.inputs[0]) return false;
  const [mean, again] = [meanOf(p, one.inputs[1]), meanOf(p, other.inputs[1])];
  return mean !== undefined && again !== undefined && mean.x === again.x && String(mean.axes) === String(again.axes);
}

/** Of x − mean(x) over these axes: x. */
function centred(p: LookBack, name: string, axes: readonly number[]): string | undefined {
  const difference = p.made(name, "Sub");
  const mean = meanOf(p, difference?.inputs[1]);
  return mean && mean.x === difference?.inputs[0] && String(mean.axes) === String(axes) ? mean.x : undefined;
}

/** A normalisation, centred or not, with what scales and shifts it. */
function fusion(p: LookBack, { x, axes, epsilon }: Normalised, scale?: StoredTensor, shift?: StoredTensor): Fusion | undefined {
  const source = centred(p, x, axes);
  // A shift without centring is an addition of its own.
  if (source === undefined && shift) return undefined;
  const read = (c: NodeReader): Value => {
    const shape = c.shape(0);
    const [first = 0] = axes;
    const last = axes.every((axis, i) => axis === first + i) && item(axes, axes.length - 1) === shape.length - 1;
    const channels = shape[1] ?? 0;
    const isImage =
      source !== undefined && first === 2 && last && [scale, shift].every((one) => one && elementCount(one.shape) === channels);
    if (isImage) return groupNorm(c, channels, epsilon, c.data(0), scale, shift);
    const kind = source === undefined ? "rmsNorm" : "layerNorm";
    return lastAxesNorm(c, { kind, x: c.data(0), axis: last ? first : shape.length - 1, epsilon, scale, shift });
  };
  return { inputs: [source ?? x], read };
}

/** A normalisation without what is learned: at its division or product. */
export const plainNorm: Pattern = (p, node) => {
  const found = normalised(p, node);
  return found && fusion(p, found);
};

/** A normalisation times a learned scale, in either order. */
export const scaledNorm: Pattern = (p, node) => {
  const [quotient, scale] = p.pick(node, (name) => p.stored(name)) ?? [];
  const found = normalised(p, p.made(quotient, "Div", "Mul"));
  return found && scale && fusion(p, found, scale);
};

/** A normalisation times a learned scale plus a learned shift. */
export const shiftedNorm: Pattern = (p, node) => {
  const [scaled, shift] = p.pick(node, (name) => p.stored(name)) ?? [];
  const times = p.made(scaled, "Mul");
  const [quotient, scale] = p.pick(times, (name) => p.stored(name)) ?? [];
  const found = normalised(p, p.made(quotient, "Div", "Mul"));
  return found && scale && shift && fusion(p, found, scale, shift);
};

/** Instance normalisation of [N, groups, …], shaped back, then scaled and shifted by channel. */
export const groupedNorm: Pattern = (p, node) => {
  const [scaled, shift] = p.pick(node, (name) => p.stored(name)) ?? [];
  const times = p.made(scaled, "Mul");
  const [restored, scale] = p.pick(times, (name) => p.stored(name)) ?? [];
  const norm = p.made(p.made(restored, "Reshape")?.inputs[0], "InstanceNormalization");
  const [x] = p.made(norm?.inputs[0], "Reshape")?.inputs ?? [];
  const groups = p.stored(norm?.inputs[1])?.shape[0];
  if (!norm || x === undefined || groups === undefined) return undefined;
  const epsilon = norm.float("epsilon", 1e-5);
  return { inputs: [x], read: (c) => groupNorm(c, groups, epsilon, c.data(0), scale, shift) };
};
