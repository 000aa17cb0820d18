/** Patterns of several ONNX nodes that stand for one operator. */
import { item } from "@archwright/core/base";
import type { GraphState, NodeReader, OnnxNode, Value } from "./nodes.ts";
import { matmul } from "./rules.ts";
import { StoredTensor } from "./tensors.ts";

/**
 * Operators of the network that ONNX files spell out in several nodes: swish, GELU and the hard activations, layer,
 * group and root-mean-square normalisation, a dense layer's bias, and matrices transposed for a product.
 */

/** Nodes that are read as one operator, at the place of the last. */
export interface Fusion {
  /** The nodes before the last. */
  readonly inner: readonly OnnxNode[];
  /** What the operator is applied to. */
  readonly inputs: readonly string[];
  read(c: NodeReader): Value;
}

/** What patterns ask of a graph. */
class Patterns {
  readonly #producers = new Map<string, OnnxNode>();
  readonly #readers = new Map<string, Set<OnnxNode>>();
  readonly #stored = new Map<string, StoredTensor>();

  constructor(nodes: readonly OnnxNode[], state: GraphState) {
    for (const [name, value] of state.values) if (typeof value !== "number") this.#stored.set(name, value);
    for (const node of nodes) {
      for (const name of node.outputs) this.#producers.set(name, node);
      for (const name of node.inputs) this.#readers.set(name, (this.#readers.get(name) ?? new Set()).add(node));
      const value = node.type === "Constant" ? node.tensor("value") : undefined;
      if (value) this.#stored.set(node.outputs[0] ?? "", StoredTensor.read(value));
      const number = node.type === "Constant" && node.has("value_float") ? node.float("value_float", 0) : undefined;
      if (number !== undefined) this.#stored.set(node.outputs[0] ?? "", StoredTensor.of("", [], [number], false));
    }
  }

  /** The node that makes a tensor, if it is of this type. */
  made(name: string | undefined, ...types: readonly string[]): OnnxNode | undefined {
    const node = this.#producers.get(name ?? "");
    return node && types.includes(node.type) && node.domain === "" ? node : undefined;
  }

  alone(name: string): boolean {
    return this.#readers.get(name)?.size === 1;
  }

  /** A stored tensor, or a view of one. */
  stored(name: string | undefined): StoredTensor | undefined {
    const view = this.made(name, "Reshape", "Unsqueeze", "Squeeze", "Identity", "Cast");
    return this.#stored.get(name ?? "") ?? (view ? this.stored(view.inputs[0]) : undefined);
  }

  number(name: string | undefined): number | undefined {
    const values = this.#stored.get(name ?? "")?.values();
    return values?.length === 1 ? values[0] : undefined;
  }

  /** Of a node with two inputs, one of which satisfies `is`: the other, and what `is` gave. */
  pick<T>(node: OnnxNode | undefined, is: (name: string) => T | undefined): readonly [other: string, found: T] | undefined {
    const [a, b] = node?.inputs ?? [];
    if (a === undefined || b === undefined) return undefined;
    const second = is(b);
    if (second !== undefined) return [a, second];
    const first = is(a);
    return first === undefined ? undefined : [b, first];
  }
}

const near = (a: number | undefined, b: number) => a !== undefined && Math.abs(a - b) <= 1e-3 * Math.abs(b);

/** The factors of a product written as a tree of Mul, and of Div by single numbers. */
interface Product {
  readonly scale: number;
  readonly factors: readonly string[];
  readonly inner: readonly OnnxNode[];
}

function product(p: Patterns, node: OnnxNode): Product {
  const [a = "", b = ""] = node.inputs;
  const parts = node.type === "Div" ? [a] : [a, b];
  let scale = node.type === "Div" ? 1 / (p.number(b) as number) : 1;
  const factors: string[] = [];
  const inner: OnnxNode[] = [];
  for (const name of parts) {
    const number = p.number(name);
    const below = p.made(name, "Mul", "Div");
    if (number !== undefined) scale *= number;
    else if (below && p.alone(name) && a !== b && (below.type === "Mul" || p.number(below.inputs[1]) !== undefined)) {
      const nested = product(p, below);
      scale *= nested.scale;
      factors.push(...nested.factors);
      inner.push(below, ...nested.inner);
    } else factors.push(name);
  }
  return { scale, factors, inner };
}

const activation = (fn: "swish" | "hard-swish" | "hard-sigmoid" | "gelu", x: string, inner: readonly OnnxNode[]): Fusion => ({
  inner,
  inputs: [x],
  read: (c) => c.add({ kind: "activation", fn }, c.data(0)),
});

/** x + 3 cut to 0…6: the sum and the clip, and x. */
function shiftedClip(p: Patterns, name: string): { readonly x: string; readonly inner: readonly OnnxNode[] } | undefined {
  const clip = p.made(name, "Clip");
  const sum = p.made(clip?.inputs[0], "Add");
  const [x] = p.pick(sum, (tensor) => (p.number(tensor) === 3 ? true : undefined)) ?? [];
  const high = clip?.has("max") ? clip.float("max", 0) : p.number(clip?.inputs[2]);
  const low = clip?.has("min") ? clip.float("min", 0) : p.number(clip?.inputs[1]);
  return clip && sum && x !== undefined && low === 0 && high === 6 ? { x, inner: [clip, sum] } : undefined;
}

/** 1 + erf(x / √2). */
function gauss(p: Patterns, name: string): { readonly x: string; readonly inner: readonly OnnxNode[] } | undefined {
  const sum = p.made(name, "Add");
  const [error] = p.pick(sum, (tensor) => (p.number(tensor) === 1 ? true : undefined)) ?? [];
  const erf = p.made(error, "Erf");
  const scaled = p.made(erf?.inputs[0], "Div", "Mul");
  if (!sum || !erf || !scaled || (scaled.type === "Div" && p.number(scaled.inputs[1]) === undefined)) return undefined;
  const { scale, factors, inner } = product(p, scaled);
  return near(scale, Math.SQRT1_2) && factors.length === 1 ? { x: item(factors, 0), inner: [sum, erf, scaled, ...inner] } : undefined;
}

/** Products of x and a gate that depends on x alone. */
function gated(p: Patterns, node: OnnxNode): Fusion | undefined {
  if (node.type === "Div" && p.number(node.inputs[1]) === undefined) return undefined;
  const { scale, factors, inner } = product(p, node);
  const [a, b] = factors;
  if (a !== undefined && factors.length === 1) {
    const hard = near(scale, 1 / 6) ? shiftedClip(p, a) : undefined;
    return hard && activation("hard-sigmoid", hard.x, [...inner, ...hard.inner]);
  }
  if (a === undefined || b === undefined || factors.length !== 2) return undefined;
  for (const [x, gate] of [
    [a, b],
    [b, a],
  ] as const) {
    const soft = p.made(gate, "Sigmoid", "HardSigmoid");
    if (soft?.inputs[0] === x && near(scale, 1)) return activation(soft.type === "Sigmoid" ? "swish" : "hard-swish", x, [...inner, soft]);
    const hard = shiftedClip(p, gate);
    if (hard?.x === x && near(scale, 1 / 6)) return activation("hard-swish", x, [...inner, ...hard.inner]);
    const gaussian = gauss(p, gate);
    if (gaussian?.x === x && near(scale, 0.5)) return activation("gelu", x, [...inner, ...gaussian.inner]);
  }
  return undefined;
}

/** √(mean(x²) + ε) over one axis. */
interface RootMeanSquare {
  readonly x: string;
  readonly epsilon: number;
  readonly axis: number;
  readonly inner: readonly OnnxNode[];
}

function rootMeanSquare(p: Patterns, name: string | undefined): RootMeanSquare | undefined {
  const root = p.made(name, "Sqrt");
  const sum = p.made(root?.inputs[0], "Add");
  const [average, epsilon] = p.pick(sum, (tensor) => p.number(tensor)) ?? [];
  const [mean, axis] = meanOverAxis(p, average) ?? [];
  const square = p.made(mean?.inputs[0], "Pow", "Mul");
  const [x, exponent] = square?.inputs ?? [];
  if (!root || !sum || !mean || !square || x === undefined || epsilon === undefined || axis === undefined) return undefined;
  const squared = square.type === "Mul" ? exponent === x : p.number(exponent) === 2;
  return squared ? { x, epsilon, axis, inner: [root, sum, mean, square] } : undefined;
}

/** A mean over one axis that keeps it. */
function meanOverAxis(p: Patterns, name: string | undefined): readonly [OnnxNode, axis: number] | undefined {
  const mean = p.made(name, "ReduceMean");
  const axes = mean?.ints("axes") ?? p.stored(mean?.inputs[1])?.values();
  return mean && axes?.length === 1 && mean.int("keepdims", 1) !== 0 ? [mean, item(axes, 0)] : undefined;
}

/** Adds a normalisation over an axis, which must be the last. */
function addNorm(c: NodeReader, kind: "layerNorm" | "rmsNorm", { axis, epsilon }: RootMeanSquare): Value {
  const rank = c.shape(0).length;
  if (c.axis(axis, rank) !== rank - 1) c.fail(`it ends a normalisation over axis ${axis} of ${rank}`, "the last axis");
  return c.add({ kind, epsilon }, c.data(0));
}

function rmsNorm(p: Patterns, node: OnnxNode): Fusion | undefined {
  const [quotient, scale] = p.pick(node, (name) => p.stored(name)) ?? [];
  const division = p.made(quotient, "Div");
  const [x] = division?.inputs ?? [];
  const root = rootMeanSquare(p, division?.inputs[1]);
  if (!division || x === undefined || root?.x !== x || scale?.shape.length !== 1) return undefined;
  return { inner: [division, ...root.inner], inputs: [x], read: (c) => addNorm(c, "rmsNorm", root) };
}

function layerNorm(p: Patterns, node: OnnxNode): Fusion | undefined {
  const [scaled] = p.pick(node, (name) => p.stored(name)) ?? [];
  const times = p.made(scaled, "Mul");
  const [quotient] = p.pick(times, (name) => p.stored(name)) ?? [];
  const division = p.made(quotient, "Div");
  const centred = p.made(division?.inputs[0], "Sub");
  const root = rootMeanSquare(p, division?.inputs[1]);
  // Some exporters centre twice.
  const again = p.made(root?.x, "Sub");
  if (!times || !division || !centred || !root || !again) return undefined;
  const [x, mean] = centred.inputs;
  const means = [mean, again.inputs[1]].flatMap((name) => {
    const [one, axis] = meanOverAxis(p, name) ?? [];
    return one && one.inputs[0] === x && axis === root.axis ? [one] : [];
  });
  if (x === undefined || again.inputs[0] !== x || means.length < 2) return undefined;
  const inner = [times, division, centred, again, ...root.inner, ...means];
  return { inner, inputs: [x], read: (c) => addNorm(c, "layerNorm", root) };
}

/** Instance normalisation of [N, groups, …], shaped back, then scaled and shifted by channel. */
function groupNorm(p: Patterns, node: OnnxNode): Fusion | undefined {
  const [scaled] = p.pick(node, (name) => p.stored(name)) ?? [];
  const times = p.made(scaled, "Mul");
  const [restored] = p.pick(times, (name) => p.stored(name)) ?? [];
  const back = p.made(restored, "Reshape");
  const norm = p.made(back?.inputs[0], "InstanceNormalization");
  const grouped = p.made(norm?.inputs[0], "Reshape");
  const groups = p.stored(norm?.inputs[1])?.shape[0];
  const [x] = grouped?.inputs ?? [];
  if (!times || !back || !norm || !grouped || x === undefined || groups === undefined) return undefined;
  const epsilon = norm.float("epsilon", 1e-5);
  return {
    inner: [times, back, norm, grouped],
    inputs: [x],
    read: (c) => c.add({ kind: "groupNorm", groups, epsilon }, c.data(0)),
  };
}

function denseBias(p: Patterns, node: OnnxNode): Fusion | undefined {
  const [name, bias] = p.pick(node, (tensor) => p.stored(tensor)) ?? [];
  const multiplied = p.made(name, "MatMul");
  const weight = p.stored(multiplied?.inputs[1])?.shape;
  if (!multiplied || !bias || weight?.length !== 2 || bias.shape.at(-1) !== weight[1] || bias.shape.slice(0, -1).some((size) => size !== 1))
    return undefined;
  return { inner: [multiplied], inputs: multiplied.inputs, read: (c) => matmul(c, bias) };
}

/** A matrix whose last two axes were exchanged before the product. */
function transposedProduct(p: Patterns, node: OnnxNode): Fusion | undefined {
  const swaps = node.inputs.map((name) => {
    const transpose = p.made(name, "Transpose");
    const perm = transpose?.ints("perm");
    const last = (perm?.length ?? 0) - 1;
    const isSwap = perm && last > 0 && perm.every((axis, i) => axis === (i === last ? last - 1 : i === last - 1 ? last : i));
    return isSwap && !p.stored(transpose?.inputs[0]) ? transpose : undefined;
  });
  const [transposeA, transposeB] = [swaps[0] !== undefined, swaps[1] !== undefined];
  if ((!transposeA && !transposeB) || p.stored(node.inputs[1])) return undefined;
  return {
    inner: swaps.filter((one) => one !== undefined),
    inputs: node.inputs.map((name, i) => swaps[i]?.inputs[0] ?? name),
    read: (c) => c.add({ kind: "matmul", transposeA, transposeB }, c.data(0), c.data(1)),
  };
}

const patterns: ReadonlyMap<string, readonly ((p: Patterns, node: OnnxNode) => Fusion | undefined)[]> = new Map([
  ["Mul", [rmsNorm, gated]],
  ["Div", [gated]],
  ["Add", [layerNorm, groupNorm, denseBias]],
  ["MatMul", [transposedProduct]],
]);

/**
 * The nodes that are read together with others before them, and those that need not be read because nothing else
 * reads what they give.
 * @param outputs names of the graph's outputs.
 */
export function fusionsOf(nodes: readonly OnnxNode[], outputs: readonly string[], state: GraphState) {
  const p = new Patterns(nodes, state);
  const fusions = new Map<OnnxNode, Fusion>();
  const inner = new Set<OnnxNode>();
  const absorbed = new Set<OnnxNode>();
  const needed = new Set(outputs);
  for (const node of [...nodes].reverse()) {
    if (inner.has(node) && !node.outputs.some((name) => needed.has(name))) {
      absorbed.add(node);
      continue;
    }
    const candidates = node.domain === "" ? (patterns.get(node.type) ?? []) : [];
    for (const pattern of candidates) {
      const fusion = pattern(p, node);
      if (!fusion) continue;
      fusions.set(node, fusion);
      for (const one of fusion.inner) inner.add(one);
      break;
    }
    for (const name of fusions.get(node)?.inputs ?? node.inputs) needed.add(name);
  }
  return { fusions, absorbed };
}
