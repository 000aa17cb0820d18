/** Which operators run as one kernel. */
import { item } from "../../base/matrix.ts";
import { equalShapes, type Shape } from "../format.ts";
import { nodeAt, readerCounts } from "../graph.ts";
import type { Network, NodeIndex } from "../network.ts";
import type { OpaqueWork, Operator, OperatorKind } from "../operators.ts";

/**
 * What an operator is to a kernel. `anchor`: starts a kernel that others may join (matrix work). `element`: joins the
 * kernel of an input, or starts one that others may join. `alone`: a kernel of its own. `view`: does no work of its own.
 * `stored`: is there before anything runs.
 */
type FusionRole = "anchor" | "element" | "alone" | "view" | "stored";

const opaqueRoles: { readonly [W in OpaqueWork]: FusionRole } = {
  elementwise: "element",
  move: "alone",
  convolution: "anchor",
  depthwise: "anchor",
  dense: "anchor",
};

const roles: { readonly [K in Exclude<OperatorKind, "opaque">]: FusionRole } = {
  input: "stored",
  constant: "stored",
  parameter: "stored",
  conv2d: "anchor",
  dense: "anchor",
  matmul: "anchor",
  binary: "element",
  activation: "element",
  concat: "alone",
  pool2d: "alone",
  reduce: "alone",
  batchNorm: "element",
  layerNorm: "alone",
  rmsNorm: "alone",
  groupNorm: "alone",
  softmax: "alone",
  embedding: "alone",
  reshape: "view",
  transpose: "alone",
  slice: "alone",
  cast: "element",
  pad: "alone",
};

const roleOf = (op: Operator): FusionRole => (op.kind === "opaque" ? opaqueRoles[op.work] : roles[op.kind]);

interface Kernel {
  readonly nodes: NodeIndex[];
  readonly hasAnchor: boolean;
  /** The node whose tensor the next element-wise operator may take over; −1 once the kernel is closed. */
  tail: NodeIndex;
  /** Last node that does work: the kernel runs at its place. */
  lastWork: NodeIndex;
}

function isBetter(a: Kernel, b: Kernel): boolean {
  return a.hasAnchor === b.hasAnchor ? a.tail > b.tail : a.hasAnchor;
}

/**
 * Which nodes run as one kernel, as runtimes and tensor compilers commonly fuse them (TVM: Chen et al. 2018, section 3):
 * - conv2d, dense, matmul and element-wise operators take in the element-wise operators (batchNorm, activation, binary,
 *   cast) that follow, as long as each tensor in between has one reader, is no output, and keeps its size;
 *   a binary operator joins the input whose kernel has matrix work, else the later one;
 * - every other operator is a kernel of its own;
 * - a reshape belongs to the kernel that produced its input.
 *
 * Inputs, constants, parameters, reshapes of these, and dead nodes run nowhere and are in no kernel. The kernels are in
 * an order in which they can run, and so are the nodes of each.
 */
export function fuseKernels(network: Network): readonly (readonly NodeIndex[])[] {
  const readers = readerCounts(network);
  const kernelOf = new Array<Kernel | undefined>(network.nodes.length);
  const kernels: Kernel[] = [];

  const joinable = (input: NodeIndex, target: Shape): Kernel | undefined => {
    const kernel = kernelOf[input];
    if (kernel?.tail !== input || readers[input] !== 1) return undefined;
    // A tensor that is broadcast is read more than once for each of its elements, so it has to be whole before.
    return equalShapes(nodeAt(network, input).output.shape, target) ? kernel : undefined;
  };

  network.nodes.forEach((node, index) => {
    if (readers[index] === 0) return;
    const role = roleOf(node.op);
    if (role === "stored") return;
    if (role === "view") {
      const input = item(node.inputs, 0);
      const kernel = kernelOf[input];
      if (!kernel) return;
      kernel.nodes.push(index);
      kernelOf[index] = kernel;
      if (kernel.tail === input) kernel.tail = readers[input] === 1 ? index : -1;
      return;
    }
    const candidates = role === "element" ? node.inputs.map((input) => joinable(input, node.output.shape)) : [];
    const chosen = candidates.reduce((best, kernel) => (kernel && (!best || isBetter(kernel, best)) ? kernel : best), undefined);
    if (chosen) {
      chosen.nodes.push(index);
      chosen.tail = index;
      chosen.lastWork = index;
      kernelOf[index] = chosen;
      return;
    }
    const kernel: Kernel = { nodes: [index], hasAnchor: role === "anchor", tail: role === "alone" ? -1 : index, lastWork: index };
    kernels.push(kernel);
    kernelOf[index] = kernel;
  });
  return kernels.sort((a, b) => a.lastWork - b.lastWork).map((kernel) => kernel.nodes);
}
