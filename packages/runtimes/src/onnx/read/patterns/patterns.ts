/** Patterns of several ONNX nodes that stand for one operator. */
import type { OnnxNode } from "../graph/onnxNode.ts";
import type { GraphState } from "../values/state.ts";
import { gated } from "./gates.ts";
import { type Fusion, LookBack, type Pattern } from "./lookBack.ts";
import { denseBias, transposedProduct } from "./matrices.ts";
import { groupedNorm, plainNorm, scaledNorm, shiftedNorm } from "./norms.ts";

/**
 * Operators of the network that ONNX files spell out in several nodes, found at the last: swish, GELU and the hard
 * activations, layer, group and root-mean-square normalisation, a dense layer's bias, matrices transposed for a product.
 */
const patterns: ReadonlyMap<string, readonly Pattern[]> = new Map<string, readonly Pattern[]>([
  ["Mul", [scaledNorm, plainNorm, gated]],
  ["Div", [plainNorm, gated]],
  ["Add", [shiftedNorm, groupedNorm, denseBias]],
  ["MatMul", [transposedProduct]],
]);

/** How a node is read together with nodes before it, if it is. */
export function fusionOf(node: OnnxNode, state: GraphState): Fusion | undefined {
  const candidates = node.domain === "" ? (patterns.get(node.type) ?? []) : [];
  if (candidates.length === 0) return undefined;
  const p = new LookBack(state);
  for (const pattern of candidates) {
    const fusion = pattern(p, node);
    if (fusion) return fusion;
  }
  return undefined;
}
