/** Any network as a vector of fixed length. */
import { addAt, item } from "../../base/matrix.ts";
import {
  liveNodes,
  type Network,
  type Node,
  type NodeIndex,
  type Operator,
  type OperatorKind,
  type OperatorOf,
  type Shape,
} from "../../ir/index.ts";
import type { ArchitectureDescription } from "../predictor.ts";
import { latencySettings } from "../settings.ts";

/** Entries of {@link encodeNetwork}'s vector. */
export const networkEncodingWidth = latencySettings.networkEncoding.width;

/** What an operator is, without its sizes. @param channels of the first tensor that it reads. */
type TypeRule<K extends OperatorKind> = (op: OperatorOf<K>, channels: number | undefined) => string;

const kindAlone = (op: Operator) => op.kind;

/**
 * The types of operators; null for what runs within its neighbours or does no work, so that exported (folded) and original networks
 * are told apart by nothing.
 */
const types: { readonly [K in OperatorKind]: TypeRule<K> | null } = {
  input: null,
  constant: null,
  parameter: null,
  conv2d: ({ kernel, stride, groups }, channels) => {
    const grouping = groups === 1 ? "" : groups === channels ? " depthwise" : " grouped";
    return `conv ${kernel.join("x")}/${stride.join("x")}${grouping}`;
  },
  dense: kindAlone,
  matmul: kindAlone,
  binary: ({ kind, fn }) => `${kind} ${fn}`,
  activation: null,
  concat: kindAlone,
  pool2d: ({ mode, kernel, stride }) => `${mode} ${kernel.join("x")}/${stride.join("x")}`,
  reduce: ({ kind, fn }) => `${kind} ${fn}`,
  batchNorm: null,
  layerNorm: kindAlone,
  rmsNorm: kindAlone,
  groupNorm: kindAlone,
  softmax: kindAlone,
  embedding: kindAlone,
  reshape: null,
  transpose: kindAlone,
  slice: kindAlone,
  cast: null,
  pad: kindAlone,
  opaque: ({ kind, name }) => `${kind} ${name}`,
};

/** The type of a node's operator; undefined where it is not counted. */
function typeOf(network: Network, { op, inputs }: Node): string | undefined {
  const rule = types[op.kind] as TypeRule<OperatorKind> | null;
  return rule?.(op, network.nodes[inputs[0] ?? -1]?.output.shape[1]);
}

/** Channels of an image, or the features of anything else; and how many places it has, in octaves of a side's length. */
function sizesOf(shape: Shape): readonly [channelOctave: number, sideOctave: number] {
  const channels = (shape.length === 4 ? shape[1] : shape.at(-1)) ?? 1;
  const places = shape.slice(1).reduce((product, size) => product * size, 1) / channels;
  return [Math.log2(channels), Math.log2(Math.max(1, places)) / 2];
}

/** A number as shares of the two whole numbers around it, in sixteenths, so that sums do not depend on their order. */
function shared(value: number): readonly (readonly [level: number, share: number])[] {
  const low = Math.floor(value);
  const above = Math.round((value - low) * 16) / 16;
  return [
    [low, 1 - above],
    [low + 1, above],
  ];
}

/** FNV-1a, 32 bits (Fowler, Noll and Vo), its bits then mixed by MurmurHash3's finaliser. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * A network as a vector of fixed length, for networks of any space or none.
 *
 * Counted are operators by type (kernel, stride, grouping); by type and channels in, channels out, or side of the image, each in
 * octaves; by type and all of these together, in half octaves; pairs of operators one of which reads the other; and each
 * operator with what it reads, directly and at two removes, by Weisfeiler and Lehman's relabelling (Shervashidze et al., JMLR
 * 2011). What no output needs, or depends on no input, counts as another type.
 *
 * The counts are folded into the vector by signed feature hashing (Weinberger et al., ICML 2009): each goes to the entry
 * that a hash of its name says, added or subtracted by another bit of the hash, so that counts that meet in an entry bias no
 * inner product. They are not scaled: latency is nearly additive over operators, and with their logarithms it was
 * predicted worse.
 *
 * It depends on which operators read which, not on names, the order of nodes, the batch, or whether batch
 * normalisations are folded.
 */
export function encodeNetwork(network: Network): Float64Array {
  const { nodes } = network;
  const live = liveNodes(network);
  const counts = new Float64Array(networkEncodingWidth);
  const add = (name: string, count: number) => {
    const hash = hashOf(name);
    addAt(counts, hash % networkEncodingWidth, hash >>> 31 === 0 ? count : -count);
  };
  const varies: boolean[] = [];
  // For each node the counted operators whose tensors it passes on; itself, where it is counted.
  const sources: (readonly NodeIndex[])[] = [];
  // Of counted operators: the type, and the labels of ever wider neighbourhoods.
  const labels: (readonly string[])[] = [];
  nodes.forEach((node, index) => {
    varies.push(node.op.kind === "input" || node.inputs.some((input) => varies[input]));
    const before = [...new Set(node.inputs.flatMap((input) => item(sources, input)))];
    const counted = typeOf(network, node);
    if (counted === undefined) {
      sources.push(before);
      labels.push([]);
      return;
    }
    const type = `${live[index] && varies[index] ? "" : "idle "}${counted}`;
    const widened = [type];
    for (let depth = 0; depth < latencySettings.networkEncoding.neighbourhoodDepth; depth++) {
      const around = before.map((source) => item(labels, source)[depth]).sort();
      widened.push(`${hashOf(`${widened[depth]} of ${around.join()}`)}`);
    }
    sources.push([index]);
    labels.push(widened);

    const [out, side] = sizesOf(node.output.shape);
    const [given] = sizesOf((nodes[item(node.inputs, 0)] ?? node).output.shape);
    for (const label of widened) add(label, 1);
    for (const source of before) add(`${labels[source]?.[0]} then ${type}`, 1);
    for (const [level, share] of shared(given)) add(`${type} from ${level}`, share);
    for (const [level, share] of shared(out)) add(`${type} to ${level}`, share);
    for (const [level, share] of shared(side)) add(`${type} at ${level}`, share);
    add(`${type} ${[given, out, side].map((size) => Math.round(2 * size)).join(" ")}`, 1);
  });
  return counts;
}

/**
 * Describes any network to a latency model: one learned on such descriptions predicts networks of other spaces, and read from
 * files. The encoding of a network's own space (`SearchSpace.encode`) tells more of it, but of no other.
 * @param network for one image, as latency models expect.
 */
export function describeNetwork(network: Network): ArchitectureDescription {
  return { encoding: encodeNetwork(network), network };
}
