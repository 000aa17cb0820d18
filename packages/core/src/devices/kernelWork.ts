/** What each kernel of a network computes and moves. */
import { intAt, item } from "../base/index.ts";
import {
  fuseKernels,
  type Network,
  type Node,
  type NodeCosts,
  type NodeIndex,
  nodeCosts,
  type OperatorKind,
  type OperatorOf,
  type Shape,
  storedParameters,
  tensorBytes,
} from "../ir/index.ts";
import type { OperatorClass } from "./profile.ts";

/** What one kernel computes and moves. Tensors that stay inside a fused kernel are not moved. */
export interface KernelWork {
  readonly nodes: readonly NodeIndex[];
  /** The class of its matrix work; `elementwise` where it has none. Operators fused into it count as part of that. */
  readonly operatorClass: OperatorClass;
  /** As `NodeCosts.flops` counts them; 1 MAC is 2. */
  readonly operations: number;
  /** Bytes of the tensors it takes from other kernels, each once, and of those it leaves for others. */
  readonly activationBytes: number;
  /** Bytes of its parameters and of the stored tensors it reads; of an embedding only the rows looked up. */
  readonly weightBytes: number;
}

/** A network's kernels, and what all of them need. */
export interface NetworkWork {
  readonly kernels: readonly KernelWork[];
  /** Bytes of everything stored: parameters and constants, biases and running statistics included. */
  readonly storedBytes: number;
}

/** What each kernel of a deployed network computes and moves, in an order in which they can run. */
export function networkWork(network: Network): NetworkWork {
  const costs = nodeCosts(network);
  const kernels = fuseKernels(network);
  const roots = viewRoots(network);
  const kernelOf = new Int32Array(network.nodes.length).fill(-1);
  kernels.forEach((nodes, kernel) => {
    for (const index of nodes) kernelOf[index] = kernel;
  });
  const leaves = leavesKernel(network, roots, kernelOf);
  let storedBytes = 0;
  for (const { spec, format } of storedParameters(network)) storedBytes += tensorBytes({ shape: spec.shape, format });
  for (const { op, output } of network.nodes) if (op.kind === "constant") storedBytes += tensorBytes(output);
  const graph: KernelGraph = { network, costs, roots, kernelOf, leaves };
  return { kernels: kernels.map((nodes, kernel) => workOf(graph, nodes, kernel)), storedBytes };
}

/** For each node the node whose tensor it really stands for: reshapes are views. */
function viewRoots(network: Network): Int32Array {
  const roots = new Int32Array(network.nodes.length);
  network.nodes.forEach((node, index) => {
    roots[index] = node.op.kind === "reshape" ? intAt(roots, item(node.inputs, 0)) : index;
  });
  return roots;
}

/** For each node whether its tensor is needed outside of the kernel that makes it. */
function leavesKernel(network: Network, roots: Int32Array, kernelOf: Int32Array): Uint8Array {
  const leaves = new Uint8Array(network.nodes.length);
  network.nodes.forEach((node, index) => {
    // Dead nodes are in no kernel and need nothing.
    if (kernelOf[index] === -1) return;
    for (const input of node.inputs) {
      const root = intAt(roots, input);
      if (kernelOf[root] !== kernelOf[index]) leaves[root] = 1;
    }
  });
  for (const output of network.outputs) leaves[intAt(roots, output)] = 1;
  return leaves;
}

/** A network with what is known of each of its nodes. */
interface KernelGraph {
  readonly network: Network;
  readonly costs: readonly NodeCosts[];
  /** See `viewRoots`. */
  readonly roots: Int32Array;
  /** The number of the kernel that it runs in; −1 for none. */
  readonly kernelOf: Int32Array;
  /** See `leavesKernel`. */
  readonly leaves: Uint8Array;
}

function workOf({ network, costs, roots, kernelOf, leaves }: KernelGraph, nodes: readonly NodeIndex[], kernel: number): KernelWork {
  let [operations, activationBytes, weightBytes] = [0, 0, 0];
  let operatorClass: OperatorClass = "elementwise";
  const taken: number[] = [];
  for (const index of nodes) {
    const node = item(network.nodes, index);
    const cost = item(costs, index);
    if (node.op.kind === "reshape") continue;
    operations += cost.flops;
    if (operatorClass === "elementwise") operatorClass = classOf(network, node);
    const part = node.op.kind === "opaque" && node.op.work === "move" ? "inputs" : partlyRead[node.op.kind];
    weightBytes += part === "weights" ? cost.outputBytes : cost.weightBytes;
    if (leaves[index] === 1) activationBytes += cost.outputBytes;
    for (const input of node.inputs) {
      const root = intAt(roots, input);
      if (kernelOf[root] === kernel || taken.includes(root)) continue;
      taken.push(root);
      const source = item(network.nodes, root);
      const whole = tensorBytes(source.output);
      const bytes = part === "inputs" ? Math.min(cost.outputBytes, whole) : whole;
      if (source.op.kind === "parameter" || source.op.kind === "constant") weightBytes += bytes;
      else activationBytes += bytes;
    }
  }
  return { nodes, operatorClass, operations, activationBytes, weightBytes };
}

/** @param input the shape of the first tensor that it reads, where there is one. */
type ClassRule<K extends OperatorKind> = OperatorClass | ((op: OperatorOf<K>, input: Shape | undefined) => OperatorClass);

const classes: { readonly [K in OperatorKind]: ClassRule<K> } = {
  input: "elementwise",
  constant: "elementwise",
  parameter: "elementwise",
  // Depthwise: every filter sees one channel of several.
  conv2d: ({ groups }, input) => (groups > 1 && groups === input?.[1] ? "depthwise" : "convolution"),
  dense: "dense",
  matmul: "dense",
  binary: "elementwise",
  activation: "elementwise",
  concat: "elementwise",
  pool2d: "elementwise",
  reduce: "elementwise",
  batchNorm: "elementwise",
  layerNorm: "elementwise",
  rmsNorm: "elementwise",
  groupNorm: "elementwise",
  softmax: "elementwise",
  embedding: "elementwise",
  reshape: "elementwise",
  transpose: "elementwise",
  slice: "elementwise",
  cast: "elementwise",
  pad: "elementwise",
  opaque: ({ work }) => (work === "move" ? "elementwise" : work),
};

function classOf(network: Network, { op, inputs: [input] }: Node): OperatorClass {
  const rule = classes[op.kind] as ClassRule<OperatorKind>;
  return typeof rule === "string" ? rule : rule(op, input === undefined ? undefined : network.nodes[input]?.output.shape);
}

/** Of what an operator reads only as many bytes as it gives: rows of its weights, a part of its inputs, or of neither. */
const partlyRead: Readonly<Record<OperatorKind, "weights" | "inputs" | "neither">> = {
  input: "neither",
  constant: "neither",
  parameter: "neither",
  conv2d: "neither",
  dense: "neither",
  matmul: "neither",
  binary: "neither",
  activation: "neither",
  concat: "neither",
  pool2d: "neither",
  reduce: "neither",
  batchNorm: "neither",
  layerNorm: "neither",
  rmsNorm: "neither",
  groupNorm: "neither",
  softmax: "neither",
  embedding: "weights",
  reshape: "neither",
  transpose: "neither",
  slice: "inputs",
  cast: "neither",
  pad: "neither",
  opaque: "neither",
};
