/** Activations that are spelled out: products of a tensor and a gate that depends on it alone. */
import type { ActivationFunction } from "@archwright/core/ir";
import type { OnnxNode } from "../graph/onnxNode.ts";
import { type Fusion, type LookBack, near, type Pattern } from "./lookBack.ts";

/** The factors of a product written as a tree of Mul, and of Div by single numbers. */
interface Product {
  readonly scale: number;
  readonly factors: readonly string[];
}

/** Longer products are no gates. */
const deepest = 6;

function product(p: LookBack, node: OnnxNode, depth = 0): Product {
  const [a = "", b = ""] = node.inputs;
  const parts = node.type === "Div" ? [a] : [a, b];
  let scale = node.type === "Div" ? 1 / (p.number(b) as number) : 1;
  const factors: string[] = [];
  for (const name of parts) {
    const number = p.number(name);
    const below = depth < deepest ? p.made(name, "Mul", "Div") : undefined;
    if (number !== undefined) scale *= number;
    else if (below && p.alone(name) && a !== b && (below.type === "Mul" || p.number(below.inputs[1]) !== undefined)) {
      const nested = product(p, below, depth + 1);
      scale *= nested.scale;
      factors.push(...nested.factors);
    } else factors.push(name);
  }
  return { scale, factors };
}

const activation = (fn: ActivationFunction, x: string): Fusion => ({
  inputs: [x],
  read: (c) => c.add({ kind: "activation", fn }, c.data(0)),
});

/** Of x + 3 cut to 0…6: x. */
function shiftedClip(p: LookBack, name: string): string | undefined {
  const clip = p.made(name, "Clip");
  const sum = p.made(clip?.inputs[0], "Add");
  const [x] = p.pick(sum, (tensor) => (p.number(tensor) === 3 ? true : undefined)) ?? [];
  const high = clip?.has("max") ? clip.float("max", 0) : p.number(clip?.inputs[2]);
  const low = clip?.has("min") ? clip.float("min", 0) : p.number(clip?.inputs[1]);
  return low === 0 && high === 6 ? x : undefined;
}

/** Of 1 + erf(x / √2): x. */
function gauss(p: LookBack, name: string): string | undefined {
  const sum = p.made(name, "Add");
  const [error] = p.pick(sum, (tensor) => (p.number(tensor) === 1 ? true : undefined)) ?? [];
  const scaled = p.made(p.made(error, "Erf")?.inputs[0], "Div", "Mul");
  if (!scaled || (scaled.type === "Div" && p.number(scaled.inputs[1]) === undefined)) return undefined;
  const { scale, factors } = product(p, scaled);
  return near(scale, Math.SQRT1_2) && factors.length === 1 ? factors[0] : undefined;
}

/** Of 1 + tanh(√(2/π)·(x + 0.044715·x³)): x (Hendrycks and Gimpel 2016). */
function approximateGauss(p: LookBack, name: string): string | undefined {
  const sum = p.made(name, "Add");
  const [curve] = p.pick(sum, (tensor) => (p.number(tensor) === 1 ? true : undefined)) ?? [];
  const scaled = p.made(p.made(curve, "Tanh")?.inputs[0], "Mul");
  const [inner] = p.pick(scaled, (tensor) => (near(p.number(tensor), Math.sqrt(2 / Math.PI)) ? true : undefined)) ?? [];
  const added = p.made(inner, "Add");
  for (const [x, cube] of [added?.inputs ?? [], [...(added?.inputs ?? [])].reverse()]) {
    const times = p.made(cube, "Mul");
    if (x === undefined || !times) continue;
    const { scale, factors } = product(p, times);
    const power = p.made(factors[0], "Pow");
    const cubed =
      factors.length === 3 ? factors.every((factor) => factor === x) : power?.inputs[0] === x && p.number(power?.inputs[1]) === 3;
    if (near(scale, 0.044715) && cubed) return x;
  }
  return undefined;
}

/** Products of x and a gate that depends on x alone. */
export const gated: Pattern = (p, node) => {
  if (node.type === "Div" && p.number(node.inputs[1]) === undefined) return undefined;
  const { scale, factors } = product(p, node);
  const [a, b] = factors;
  if (a !== undefined && factors.length === 1) {
    const hard = near(scale, 1 / 6) ? shiftedClip(p, a) : undefined;
    return hard === undefined ? undefined : activation("hard-sigmoid", hard);
  }
  if (a === undefined || b === undefined || factors.length !== 2) return undefined;
  for (const [x, gate] of [
    [a, b],
    [b, a],
  ] as const) {
    const soft = p.made(gate, "Sigmoid", "HardSigmoid");
    if (soft?.inputs[0] === x && near(scale, 1)) return activation(soft.type === "Sigmoid" ? "swish" : "hard-swish", x);
    if (shiftedClip(p, gate) === x && near(scale, 1 / 6)) return activation("hard-swish", x);
    if (near(scale, 0.5) && (gauss(p, gate) === x || approximateGauss(p, gate) === x)) return activation("gelu", x);
  }
  return undefined;
};
