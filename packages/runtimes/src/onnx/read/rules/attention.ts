/** Reads attention, as one operator. */
import { elementCount, type NodeIndex, type Shape } from "@archwright/core/ir";
import { type NodeReader, showShape } from "../values/nodeReader.ts";
import type { Tensor, Value } from "../values/state.ts";
import { StoredTensor } from "../values/tensors.ts";
import { dense } from "./products.ts";
import { nodesOf, type ReadRule, type ReadRules } from "./rule.ts";

/** Sizes of attention: each head compares its queries with all keys, and mixes the values. */
export interface Heads {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  /** Features of a query and a key, and of a value, for each head. */
  readonly headSize: number;
  readonly valueSize: number;
}

/** Cost of softmax(Q·Kᵀ/√d + mask)·V; the mask and the scale are one operation each, the softmax five. */
export function attentionCost({ batch, heads, queries, keys, headSize, valueSize }: Heads) {
  const scores = batch * heads * queries * keys;
  return { macs: scores * (headSize + valueSize), operations: 7 * scores };
}

/** Keys and values of earlier steps and these. */
function present(c: NodeReader, y: NodeIndex, batch: number, heads: number, keys: number, size: number): Value {
  return c.beside(y, [batch, heads, keys, size], c.formatOf(y));
}

/** ONNX's Attention: Q, K, V as [batch, heads, length, size], or [batch, length, heads · size]; a mask; past keys and values. */
const attention: ReadRule = (c) => {
  const [q, k, v] = [c.shape(0), c.shape(1), c.shape(2)];
  const past = c.has(4) ? (c.shape(4)[2] ?? 0) : 0;
  const rank = q.length;
  if (rank !== 3 && rank !== 4) c.fail(`its queries have the shape ${showShape(q)}`, "three or four axes");
  const [batch = 1] = q;
  const heads = rank === 4 ? (q[1] ?? 1) : c.node.int("q_num_heads", 1);
  const kvHeads = rank === 4 ? (k[1] ?? 1) : c.node.int("kv_num_heads", 1);
  const [queries, own] = [q[rank - 2] ?? 1, k[rank - 2] ?? 1];
  const keys = own + past;
  const headSize = rank === 4 ? (q[3] ?? 1) : (q[2] ?? 1) / heads;
  const valueSize = rank === 4 ? (v[3] ?? 1) : (v[2] ?? 1) / kvHeads;
  const shape = rank === 4 ? [batch, heads, queries, valueSize] : [batch, queries, heads * valueSize];
  const sizes = { batch, heads, queries, keys, headSize, valueSize };
  const y = c.opaque({ shape, work: "dense", ...attentionCost(sizes) }, ...nodesOf(c, 0, 1, 2, 3, 4, 5));
  const more = [
    present(c, y, batch, kvHeads, keys, headSize),
    present(c, y, batch, kvHeads, keys, valueSize),
    c.beside(y, [batch, heads, queries, keys]),
  ];
  return [y, ...more.slice(0, Math.max(0, c.node.outputs.length - 1))];
};

/** com.microsoft Attention: input [batch, length, features], weights of queries, keys and values side by side, bias, mask, past. */
const projecting: ReadRule = (c) => {
  const weight = c.value(1);
  const [batch = 1, length = 1] = c.shape(0);
  const heads = c.node.int("num_heads", 1);
  const total = c.shapeOf(weight)[1] ?? 3;
  const [qSize = total / 3, kSize = total / 3, vSize = total / 3] = c.node.ints("qkv_hidden_sizes") ?? [];
  if (!(weight instanceof StoredTensor)) return c.unreadable("its weights are computed");
  const projected = dense(c, { x: c.data(0), weight, bias: c.has(2) ? c.value(2) : undefined });
  const past = c.has(4) ? (c.shape(4)[3] ?? 0) : 0;
  const keys = length + past;
  const sizes = { batch, heads, queries: length, keys, headSize: kSize / heads, valueSize: vSize / heads };
  const y = c.opaque({ shape: [batch, length, vSize], work: "dense", ...attentionCost(sizes) }, projected, ...nodesOf(c, 3, 4, 5));
  const grown: Shape = [2, batch, heads, keys, qSize / heads];
  return [y, ...c.node.outputs.slice(1).map(() => c.beside(y, grown))];
};

/** com.microsoft MultiHeadAttention: queries, keys, values, bias, masks, past keys and values. */
const multiHead: ReadRule = (c) => {
  const q = c.shape(0);
  const [batch = 1, queries = 1] = q;
  const heads = c.node.int("num_heads", 1);
  // Packed: [batch, length, heads, 3, size].
  const packed = q.length === 5;
  const features = packed ? heads * (q[4] ?? 1) : (q[2] ?? 1);
  const k = c.has(1) ? c.shape(1) : undefined;
  const v = c.has(2) ? c.shape(2) : undefined;
  const past = c.has(6) ? (c.shape(6)[2] ?? 0) : 0;
  // Keys of another tensor may be split into heads already: [batch, heads, length, size].
  const own = k === undefined ? queries : k.length === 4 ? (k[2] ?? 1) : (k[1] ?? 1);
  const values = v === undefined ? features : v.length === 4 ? heads * (v[3] ?? 1) : (v[2] ?? 1);
  const keys = own + past;
  const sizes = { batch, heads, queries, keys, headSize: features / heads, valueSize: values / heads };
  const bias = c.maybeStored(3);
  const y = c.opaque(
    { shape: [batch, queries, values], work: "dense", ...attentionCost(sizes), weights: bias ? [bias] : [] },
    ...nodesOf(c, 0, 1, 2, ...(bias ? [] : [3]), 4, 5, 6, 7),
  );
  const more = [present(c, y, batch, heads, keys, features / heads), present(c, y, batch, heads, keys, values / heads)];
  return [y, ...more.slice(0, Math.max(0, c.node.outputs.length - 1))];
};

/** com.microsoft GroupQueryAttention: several heads of queries share one of keys and values. */
const groupQuery: ReadRule = (c) => {
  const [batch = 1, queries = 1, features = 1] = c.shape(0);
  const [heads, kvHeads] = [c.node.int("num_heads", 1), c.node.int("kv_num_heads", 1)];
  // Packed: queries, keys and values side by side.
  const headSize = c.has(1) ? features / heads : features / (heads + 2 * kvHeads);
  const past = c.has(3) ? (c.shape(3)[2] ?? 0) : 0;
  const keys = queries + past;
  const sizes = { batch, heads, queries, keys, headSize, valueSize: headSize };
  const cost = attentionCost(sizes);
  const turned = c.node.int("do_rotary", 0) !== 0 ? 3 * batch * queries * headSize * (heads + kvHeads) : 0;
  const shape = [batch, queries, heads * headSize];
  const y = c.opaque({ shape, work: "dense", macs: cost.macs, operations: cost.operations + turned }, ...nodesOf(c, 0, 1, 2, 3, 4));
  const more = [present(c, y, batch, kvHeads, keys, headSize), present(c, y, batch, kvHeads, keys, headSize)];
  return [y, ...more.slice(0, Math.max(0, c.node.outputs.length - 1))];
};

/** Pairs of features turned by an angle that depends on the place (Su et al. 2021): four products and two sums a pair. */
export const rotary: ReadRule = (c) => {
  const shape = c.shape(0);
  const tables = [1, 2, 3].map((i) => (c.has(i) ? c.value(i) : undefined)).filter((one): one is Tensor => one !== undefined);
  const weights = tables.filter((one) => one instanceof StoredTensor);
  return c.opaque(
    { shape, work: "elementwise", operations: 3 * elementCount(shape), weights },
    c.data(0),
    ...tables.filter((one) => typeof one === "number"),
  );
};

export const attentionRules: ReadRules = { Attention: attention, RotaryEmbedding: rotary };

/** Of the domain com.microsoft. */
export const microsoftAttention: ReadRules = {
  Attention: projecting,
  QAttention: projecting,
  MultiHeadAttention: multiHead,
  GroupQueryAttention: groupQuery,
  RotaryEmbedding: rotary,
};
