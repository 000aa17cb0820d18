import { fuseKernels, type Network, type Node, type NodeCosts, type NodeIndex, nodeCosts, tensorBytes } from "../ir/index.ts";
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
  network.nodes.forEach((node, index) => {
    storedBytes += (costs[index] as NodeCosts).weightBytes + (node.op.kind === "constant" ? tensorBytes(node.output) : 0);
  });
  return { kernels: kernels.map((nodes, kernel) => workOf(network, costs, nodes, kernel, roots, kernelOf, leaves)), storedBytes };
}

/** For each node the node whose tensor it really stands for: reshapes are views. */
function viewRoots(network: Network): Int32Array {
  const roots = new Int32Array(network.nodes.length);
  network.nodes.forEach((node, index) => {
    roots[index] = node.op.kind === "reshape" ? (roots[node.inputs[0] as NodeIndex] as number) : index;
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
      const root = roots[input] as number;
      if (kernelOf[root] !== kernelOf[index]) leaves[root] = 1;
    }
  });
  for (const output of network.outputs) leaves[roots[output] as number] = 1;
  return leaves;
}

function workOf(
  network: Network,
  costs: readonly NodeCosts[],
  nodes: readonly NodeIndex[],
  kernel: number,
  roots: Int32Array,
  kernelOf: Int32Array,
  leaves: Uint8Array,
): KernelWork {
  let [operations, activationBytes, weightBytes] = [0, 0, 0];
  let operatorClass: OperatorClass = "elementwise";
  const taken: number[] = [];
  for (const index of nodes) {
    const node = network.nodes[index] as Node;
    const cost = costs[index] as NodeCosts;
    if (node.op.kind === "reshape") continue;
    operations += cost.flops;
    if (operatorClass === "elementwise") operatorClass = classOf(network, node);
    weightBytes += node.op.kind === "embedding" ? cost.outputBytes : cost.weightBytes;
    if (leaves[index] === 1) activationBytes += cost.outputBytes;
    for (const input of node.inputs) {
      const root = roots[input] as number;
      if (kernelOf[root] === kernel || taken.includes(root)) continue;
      taken.push(root);
      const source = network.nodes[root] as Node;
      const bytes = node.op.kind === "slice" ? cost.outputBytes : tensorBytes(source.output);
      if (source.op.kind === "parameter" || source.op.kind === "constant") weightBytes += bytes;
      else activationBytes += bytes;
    }
  }
  return { nodes, operatorClass, operations, activationBytes, weightBytes };
}

function classOf(network: Network, node: Node): OperatorClass {
  switch (node.op.kind) {
    case "conv2d": {
      const shape = (network.nodes[node.inputs[0] as NodeIndex] as Node).output.shape;
      // Every filter sees one channel of several.
      return node.op.groups > 1 && node.op.groups === shape[1] ? "depthwise" : "convolution";
    }
    case "dense":
    case "matmul":
      return "dense";
    default:
      return "elementwise";
  }
}
