/** What memory planning needs to know of a network. */
import { InputError } from "../../base/index.ts";
import { at, intAt, item, listAt } from "../../base/matrix.ts";
import { bitsPerElement, tensorBytes } from "../format.ts";
import { liveNodes } from "../graph.ts";
import type { Network, Node, NodeIndex } from "../network.ts";
import type { OperatorKind } from "../operators.ts";
import type { MemoryOptions } from "./options.ts";
import { findViews } from "./sharing/views.ts";

/**
 * What planning needs to know of a network. Vertices are the nodes that an output depends on, in network order;
 * a vertex stands for an operator and for the one tensor that it produces. Bytes are whole multiples of the alignment.
 */
export interface MemoryGraph {
  readonly size: number;
  /** Vertex → index in `Network.nodes`. */
  readonly nodes: readonly NodeIndex[];
  /** Arena bytes of the vertex's tensor; 0 for what lies elsewhere. */
  readonly bytes: Float64Array;
  /** Arena bytes that the operator needs only while it runs. */
  readonly scratch: Float64Array;
  /** 1 for inputs, constants and parameters: there before the first operator runs. */
  readonly source: Uint8Array;
  /** 1 for network outputs: never freed. */
  readonly pinned: Uint8Array;
  /** Vertices whose tensors the operator reads, each once; behind a view also those in whose buffers it lies. */
  readonly inputs: readonly (readonly number[])[];
  /** Those inputs whose buffer the operator may overwrite with its result, should they die there. */
  readonly overwrites: readonly (readonly number[])[];
  /** Arena bytes that the operator needs while it overwrites an input, beside its scratch; less than `bytes`. */
  readonly inPlaceBytes: Float64Array;
  /** Vertices that read the tensor, each once. */
  readonly consumers: readonly (readonly number[])[];
  /** Vertices in whose buffers its tensor lies, where it has none of its own; its `bytes` are 0 then. */
  readonly owners: readonly (readonly number[] | undefined)[];
  /** Nodes that are views here and may need less memory as copies; see `Views.uncertain`. */
  readonly uncertain: readonly NodeIndex[];
  /** For each vertex 1 where its owners depend on what is decided of these. */
  readonly unsure: Uint8Array;
}

/** Operators that read each element of an equally large input before they write the element in its place. */
const inPlace: Readonly<Record<OperatorKind, boolean>> = {
  input: false,
  constant: false,
  parameter: false,
  conv2d: false,
  dense: false,
  matmul: false,
  binary: true,
  activation: true,
  concat: false,
  pool2d: false,
  reduce: false,
  batchNorm: true,
  layerNorm: true,
  rmsNorm: true,
  groupNorm: true,
  softmax: true,
  embedding: false,
  reshape: true,
  transpose: false,
  slice: false,
  cast: true,
  pad: false,
  opaque: false,
};

const isSource = (node: Node) => node.op.kind === "input" || node.op.kind === "constant" || node.op.kind === "parameter";

/** Bytes of a channel's plane where the operator is a depthwise convolution that keeps the image's size; else undefined. */
function planeBytes({ op, output }: Node, input: Node): number | undefined {
  if (op.kind !== "conv2d" || op.groups !== op.outChannels || op.groups !== input.output.shape[1]) return undefined;
  if (op.stride.some((stride) => stride !== 1) || op.groups === 1) return undefined;
  const [, , height, width] = output.shape;
  return Math.ceil(((height as number) * (width as number) * bitsPerElement[output.format]) / 8);
}

/** Whether an operator may overwrite an input that dies, and what it needs for that; undefined where it may not. */
function overwriting(node: Node, input: Node, options: MemoryOptions): number | undefined {
  if (tensorBytes(input.output) !== tensorBytes(node.output)) return undefined;
  const elementwise = inPlace[node.op.kind] || (node.op.kind === "opaque" && node.op.work === "elementwise");
  if (elementwise) return (options.inPlace ?? true) ? 0 : undefined;
  return options.depthwiseInPlace ? planeBytes(node, input) : undefined;
}

/**
 * @param copied nodes that are to have a buffer of their own, though the options would let them share one
 * @throws InputError where an option is no size
 */
export function memoryGraph(network: Network, options: MemoryOptions, copied: ReadonlySet<NodeIndex> = new Set()): MemoryGraph {
  const alignment = options.alignmentBytes ?? 16;
  if (!Number.isInteger(alignment) || alignment < 1) {
    throw new InputError(`alignmentBytes is ${alignment}`, { expected: "a whole number of at least 1", suggestion: "16" });
  }
  const align = (bytes: number) => Math.ceil(bytes / alignment) * alignment;
  const live = liveNodes(network);
  const views = findViews(network, live, options, copied, (reader, input) => overwriting(reader, input, options) !== undefined);
  const nodes: NodeIndex[] = [];
  const vertexOf = new Int32Array(network.nodes.length);
  network.nodes.forEach((_, index) => {
    if (live[index]) vertexOf[index] = nodes.push(index) - 1;
  });

  const size = nodes.length;
  const bytes = new Float64Array(size);
  const scratch = new Float64Array(size);
  const inPlaceBytes = new Float64Array(size);
  const source = new Uint8Array(size);
  const pinned = new Uint8Array(size);
  const inputs: number[][] = [];
  const overwrites: number[][] = [];
  const consumers: number[][] = nodes.map(() => []);
  nodes.forEach((index, vertex) => {
    const node = item(network.nodes, index);
    const isView = views.owners[index] !== undefined;
    source[vertex] = isSource(node) ? 1 : 0;
    const inArena = !isView && (!source[vertex] || (node.op.kind === "input" && (options.inputsInArena ?? true)));
    const own = inArena ? align(tensorBytes(node.output)) : 0;
    bytes[vertex] = own;
    const scratchBytes = source[vertex] || isView ? 0 : (options.scratchBytes?.(node, network) ?? 0);
    if (!Number.isFinite(scratchBytes) || scratchBytes < 0) {
      throw new InputError(`scratchBytes of node ${node.name} is ${scratchBytes}`, { expected: "a finite number of at least 0" });
    }
    scratch[vertex] = align(scratchBytes);
    const reads = [...new Set(node.inputs.flatMap((input) => [input, ...(views.owners[input] ?? [])]))];
    inputs.push(reads.map((input) => intAt(vertexOf, input)));
    for (const input of listAt(inputs, vertex)) consumers[input]?.push(vertex);
    const reusable: number[] = [];
    for (const input of isView ? [] : new Set(node.inputs)) {
      const needed = overwriting(node, item(network.nodes, input), options);
      const owner = intAt(views.whole, input);
      if (needed === undefined || owner === -1 || align(needed) >= own) continue;
      const overwritten = intAt(vertexOf, owner);
      if (at(bytes, overwritten) === 0 || reusable.includes(overwritten)) continue;
      reusable.push(overwritten);
      inPlaceBytes[vertex] = align(needed);
    }
    overwrites.push(reusable);
  });
  for (const output of network.outputs) {
    for (const node of [output, ...(views.owners[output] ?? [])]) pinned[intAt(vertexOf, node)] = 1;
  }
  const owners = nodes.map((index) => views.owners[index]?.map((owner) => intAt(vertexOf, owner)));
  const unsure = Uint8Array.from(nodes, (index) => views.unsure[index] as number);
  return {
    size,
    nodes,
    bytes,
    scratch,
    source,
    pinned,
    inputs,
    overwrites,
    inPlaceBytes,
    consumers,
    owners,
    uncertain: views.uncertain,
    unsure,
  };
}
