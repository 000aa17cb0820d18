/** What memory planning needs to know of a network. */
import { InputError } from "../../base/index.ts";
import { at, intAt, item, listAt } from "../../base/matrix.ts";
import { tensorBytes } from "../format.ts";
import { liveNodes } from "../graph.ts";
import type { Network, Node, NodeIndex } from "../network.ts";
import type { OperatorKind } from "../operators.ts";
import type { MemoryOptions } from "./options.ts";

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
  /** Vertices whose tensors the operator reads, each once. */
  readonly inputs: readonly (readonly number[])[];
  /** Those inputs whose buffer the operator may overwrite with its result, should they die there. */
  readonly overwrites: readonly (readonly number[])[];
  /** Vertices that read the tensor, each once. */
  readonly consumers: readonly (readonly number[])[];
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

const mayOverwrite = ({ op }: Node) => inPlace[op.kind] || (op.kind === "opaque" && op.work === "elementwise");

const isSource = (node: Node) => node.op.kind === "input" || node.op.kind === "constant" || node.op.kind === "parameter";

/** @throws InputError where an option is no size. */
export function memoryGraph(network: Network, options: MemoryOptions): MemoryGraph {
  const alignment = options.alignmentBytes ?? 16;
  if (!Number.isInteger(alignment) || alignment < 1) {
    throw new InputError(`alignmentBytes is ${alignment}`, { expected: "a whole number of at least 1", suggestion: "16" });
  }
  const align = (bytes: number) => Math.ceil(bytes / alignment) * alignment;
  const live = liveNodes(network);
  const nodes: NodeIndex[] = [];
  const vertexOf = new Int32Array(network.nodes.length);
  network.nodes.forEach((_, index) => {
    if (live[index]) vertexOf[index] = nodes.push(index) - 1;
  });

  const size = nodes.length;
  const bytes = new Float64Array(size);
  const scratch = new Float64Array(size);
  const source = new Uint8Array(size);
  const pinned = new Uint8Array(size);
  const inputs: number[][] = [];
  const overwrites: number[][] = [];
  const consumers: number[][] = nodes.map(() => []);
  nodes.forEach((index, vertex) => {
    const node = item(network.nodes, index);
    const exact = tensorBytes(node.output);
    source[vertex] = isSource(node) ? 1 : 0;
    const inArena = !source[vertex] || (node.op.kind === "input" && (options.inputsInArena ?? true));
    bytes[vertex] = inArena ? align(exact) : 0;
    const scratchBytes = source[vertex] ? 0 : (options.scratchBytes?.(node, network) ?? 0);
    if (!Number.isFinite(scratchBytes) || scratchBytes < 0) {
      throw new InputError(`scratchBytes of node ${node.name} is ${scratchBytes}`, { expected: "a finite number of at least 0" });
    }
    scratch[vertex] = align(scratchBytes);
    const reads = [...new Set(node.inputs)];
    inputs.push(reads.map((input) => intAt(vertexOf, input)));
    for (const input of listAt(inputs, vertex)) consumers[input]?.push(vertex);
    const reusable = (options.inPlace ?? true) && mayOverwrite(node);
    overwrites.push(
      reusable
        ? reads.filter((input) => tensorBytes(item(network.nodes, input).output) === exact).map((input) => intAt(vertexOf, input))
        : [],
    );
    overwrites[vertex] = listAt(overwrites, vertex).filter((input) => at(bytes, input) > 0);
  });
  for (const output of network.outputs) pinned[intAt(vertexOf, output)] = 1;
  return { size, nodes, bytes, scratch, source, pinned, inputs, overwrites, consumers };
}
