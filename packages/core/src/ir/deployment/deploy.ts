/** The network as an inference runtime runs it: folded, in other number formats. */
import { at, intAt, item } from "../../base/matrix.ts";
import { equalShapes, type NumberFormat, type TensorType } from "../format.ts";
import { liveNodes, nodeAt, readerCounts } from "../graph.ts";
import type { Network, Node, NodeIndex } from "../network.ts";
import type { Operator, OperatorKind } from "../operators.ts";
import { type ParameterSlot, parameterLayout, parameterVectorLength } from "../parameters.ts";
import { inferType } from "../shapes.ts";

/** Number formats of the deployed network; what is left out stays as it is, `weightFormat` follows `format`. */
export interface DeployOptions {
  /** Format of every tensor that passes between nodes, but for the indices of embeddings. */
  readonly format?: NumberFormat;
  /** Format of weights. Embedding tables and `parameter` tensors are used as they are kept, so they follow `format`. */
  readonly weightFormat?: NumberFormat;
}

/**
 * For each convolution or dense layer the batch normalisation that can be folded into it: its only live reader,
 * normalising the channels that the layer produces. −1 where there is none. Of two in a row only the first is folded.
 */
function foldableNorms(network: Network, live: readonly boolean[]): Int32Array {
  const norms = new Int32Array(network.nodes.length).fill(-1);
  const readers = readerCounts(network, live);
  network.nodes.forEach((node, index) => {
    if (!live[index] || node.op.kind !== "batchNorm") return;
    const producer = item(node.inputs, 0);
    const { op, output, stored } = nodeAt(network, producer);
    // Batch normalisation works on axis 1, a dense layer's features are the last axis.
    const foldable = op.kind === "conv2d" || (op.kind === "dense" && output.shape.length === 2);
    // Weights that others use as well would have to be kept twice.
    if (foldable && readers[producer] === 1 && stored === undefined) norms[producer] = index;
  });
  return norms;
}

/** Whether an operator passes its inputs' numbers on as they are, so that indices stay indices. */
const passesOn: Readonly<Record<OperatorKind, boolean>> = {
  input: false,
  constant: false,
  parameter: false,
  conv2d: false,
  dense: false,
  matmul: false,
  binary: false,
  activation: false,
  concat: true,
  pool2d: false,
  reduce: false,
  batchNorm: false,
  layerNorm: false,
  rmsNorm: false,
  groupNorm: false,
  softmax: false,
  embedding: false,
  reshape: true,
  transpose: true,
  slice: true,
  cast: true,
  pad: false,
  opaque: false,
};

/**
 * Which of the two formats of `DeployOptions` an operator's stored numbers take: that of tensors, for what it holds or looks up, or
 * that of weights. A cast stores nothing; what it casts to follows the format of tensors.
 */
const storedIn: Readonly<Record<OperatorKind, "tensor" | "weights">> = {
  input: "tensor",
  constant: "tensor",
  parameter: "tensor",
  conv2d: "weights",
  dense: "weights",
  matmul: "weights",
  binary: "weights",
  activation: "weights",
  concat: "weights",
  pool2d: "weights",
  reduce: "weights",
  batchNorm: "weights",
  layerNorm: "weights",
  rmsNorm: "weights",
  groupNorm: "weights",
  softmax: "weights",
  embedding: "tensor",
  reshape: "weights",
  transpose: "weights",
  slice: "weights",
  cast: "weights",
  pad: "weights",
  opaque: "weights",
};

/** For each node whether its tensor holds (or becomes) the indices of an embedding. */
function indexNodes(network: Network): readonly boolean[] {
  const holds = new Array<boolean>(network.nodes.length).fill(false);
  for (let index = holds.length - 1; index >= 0; index--) {
    const { op, inputs } = nodeAt(network, index);
    if (op.kind === "embedding" || (holds[index] && passesOn[op.kind])) for (const input of inputs) holds[input] = true;
  }
  return holds;
}

/** The node that a node passes on unchanged, if it is one: adding a constant zero; a cast to the format that is there already. */
function passedOn(node: Node, inputs: readonly NodeIndex[], done: readonly Node[], output: TensorType): NodeIndex | undefined {
  const format = (index: NodeIndex) => item(done, index).output.format;
  const [a, b] = inputs;
  if (node.op.kind === "cast") return format(a as NodeIndex) === output.format ? a : undefined;
  if (node.op.kind !== "binary" || node.op.fn !== "add") return undefined;
  const isZero = (index: NodeIndex) => {
    const { op } = item(done, index);
    return op.kind === "constant" && op.value === 0;
  };
  const same = (index: NodeIndex) => format(index) === output.format && equalShapes(item(done, index).output.shape, output.shape);
  if (isZero(b as NodeIndex) && same(a as NodeIndex)) return a;
  if (isZero(a as NodeIndex) && same(b as NodeIndex)) return b;
  return undefined;
}

/**
 * The network as an inference runtime runs it:
 * - nodes that no output needs are gone (inputs stay, so that the network is still called in the same way);
 * - a batch normalisation that is the only reader of a conv2d, or of a dense layer on [N, features], is folded into
 *   it, which thereby has a bias; the layer keeps its name, {@link foldWeights} computes its weights;
 * - additions of a constant zero and casts to the same format are gone; constants are not propagated any further;
 * - number formats are replaced as the options say.
 *
 * Linear in the size of the network; every node that is left keeps its name.
 */
export function deploy(network: Network, options: DeployOptions = {}): Network {
  const live = liveNodes(network);
  const norms = foldableNorms(network, live);
  const holdsIndices = options.format === undefined ? undefined : indexNodes(network);
  const weightFormat = options.weightFormat ?? options.format;

  const formatsOf = (index: NodeIndex, { op, weightFormat: kept }: Node): { op: Operator; weights: NumberFormat } => {
    if (holdsIndices?.[index]) return { op, weights: kept };
    if (op.kind === "cast") return { op: { kind: "cast", format: options.format ?? op.format }, weights: kept };
    return { op, weights: (storedIn[op.kind] === "tensor" ? options.format : weightFormat) ?? kept };
  };

  const nodes: Node[] = [];
  const moved = new Int32Array(network.nodes.length).fill(-1);
  network.nodes.forEach((node, index) => {
    if (!live[index] && node.op.kind !== "input") return;
    const producer = node.inputs[0];
    if (node.op.kind === "batchNorm" && norms[producer as NodeIndex] === index) {
      moved[index] = intAt(moved, producer as NodeIndex);
      return;
    }
    const inputs = node.inputs.map((input) => intAt(moved, input));
    const formats = formatsOf(index, node);
    const isFolded = norms[index] !== -1;
    const op = isFolded && (formats.op.kind === "conv2d" || formats.op.kind === "dense") ? { ...formats.op, bias: true } : formats.op;
    const inferred = inferType(
      op,
      inputs.map((input) => item(nodes, input).output),
      formats.weights,
    );
    // What a node states stays, unless all formats are replaced.
    const output = options.format === undefined ? { ...inferred, format: node.output.format } : inferred;
    const same = passedOn(node, inputs, nodes, output);
    moved[index] = same ?? nodes.length;
    if (same === undefined) nodes.push({ ...node, op, inputs, output, weightFormat: formats.weights });
  });
  const deployed: Network = { nodes, outputs: network.outputs.map((output) => intAt(moved, output)) };
  return nodes.some(({ op }) => op.kind === "constant") ? withoutUnusedConstants(deployed) : deployed;
}

/** Constants whose only readers were additions of zero. */
function withoutUnusedConstants(network: Network): Network {
  const live = liveNodes(network);
  if (network.nodes.every((node, index) => live[index] || node.op.kind === "input")) return network;
  const moved = new Int32Array(network.nodes.length).fill(-1);
  const nodes: Node[] = [];
  network.nodes.forEach((node, index) => {
    if (!live[index] && node.op.kind !== "input") return;
    moved[index] = nodes.length;
    nodes.push({ ...node, inputs: node.inputs.map((input) => intAt(moved, input)) });
  });
  return { nodes, outputs: network.outputs.map((output) => intAt(moved, output)) };
}

/**
 * The weights of a deployed network: copied, or with the batch normalisation's running statistics folded in:
 * w' = w·s and b' = (b − mean)·s + shift, with s = scale / √(variance + ε) for each output channel.
 * @param network what was trained
 * @param deployed `deploy(network, …)`
 * @param flat all parameters of `network`, laid out by `parameterLayout(network)`
 * @returns all parameters of `deployed`, laid out by `parameterLayout(deployed)`, in the precision of `flat`
 */
export function foldWeights<T extends Float32Array | Float64Array>(network: Network, deployed: Network, flat: T): T {
  const slots = new Map<string, ParameterSlot>();
  let expected = 0;
  for (const slot of parameterLayout(network)) {
    slots.set(slot.name, slot);
    expected += slot.size;
  }
  if (flat.length !== expected) throw new Error(`foldWeights: the network has ${expected} parameters, not ${flat.length}`);
  const norms = foldableNorms(network, liveNodes(network));
  const normOf = new Map<string, Node>();
  norms.forEach((norm, index) => {
    if (norm !== -1) normOf.set(nodeAt(network, index).name, nodeAt(network, norm));
  });
  const read = (name: string): ArrayLike<number> | undefined => {
    const slot = slots.get(name);
    return slot && flat.subarray(slot.offset, slot.offset + slot.size);
  };
  const need = (name: string): ArrayLike<number> => {
    const values = read(name);
    if (!values) throw new Error(`foldWeights: ${name} is no parameter of the original network`);
    return values;
  };

  const layout = parameterLayout(deployed);
  const size = parameterVectorLength(deployed);
  const folded = flat instanceof Float64Array ? new Float64Array(size) : new Float32Array(size);
  for (const slot of layout) {
    const { name } = nodeAt(deployed, slot.node);
    const norm = normOf.get(name);
    if (norm?.op.kind !== "batchNorm") {
      folded.set(need(slot.name), slot.offset);
      continue;
    }
    const { epsilon } = norm.op;
    const [scale, shift, mean, variance] = (["scale", "shift", "mean", "variance"] as const).map((role) => need(`${norm.name}.${role}`));
    const channels = scale?.length as number;
    const factor = (channel: number) => (scale?.[channel] as number) / Math.sqrt((variance?.[channel] as number) + epsilon);
    if (slot.spec.role === "bias") {
      const bias = read(slot.name);
      for (let c = 0; c < channels; c++) {
        folded[slot.offset + c] = ((bias?.[c] ?? 0) - (mean?.[c] as number)) * factor(c) + (shift?.[c] as number);
      }
      continue;
    }
    const weight = need(slot.name);
    // Convolution weights are [out, …], dense weights [in, out].
    const isConv = nodeAt(deployed, slot.node).op.kind === "conv2d";
    const perChannel = slot.size / channels;
    const factors = Float64Array.from({ length: channels }, (_, c) => factor(c));
    for (let i = 0; i < slot.size; i++) {
      folded[slot.offset + i] = (weight[i] as number) * at(factors, isConv ? Math.floor(i / perChannel) : i % channels);
    }
  }
  return folded as T;
}
