/** What the operators of a network are for, told by their places in a space and not by their numbers in the network. */
import { item } from "../base/matrix.ts";
import { type Network, type Node, type NodeIndex, type ParametersByRole, parametersByRole } from "../ir/index.ts";
import type { SearchSpace, Task } from "./searchSpace.ts";

/** Consecutive nodes that belong together, such as a block, up to the last of them. */
export interface Place {
  /** Equal in two networks where one may go on from what the other learned: position and type of a block. */
  readonly name: string;
  readonly last: NodeIndex;
}

/**
 * The role of each node with parameters: its place, and which part of the block it is. Of every other node an empty text.
 * Convolutions are counted anew after a depthwise one, so that the last one of an inverted residual has the same role with and
 * without an expansion. A batch norm has the role of what it normalises.
 * @param places in the order of the nodes; every node is in one.
 */
export function rolesOf(network: Network, places: readonly Place[]): readonly string[] {
  const roles: string[] = [];
  const counts = new Map<string, number>();
  let place = 0;
  for (const [index, node] of network.nodes.entries()) {
    while (index > item(places, place).last) {
      place++;
      counts.clear();
    }
    if (node.op.kind === "batchNorm") {
      roles.push(`${item(roles, item(node.inputs, 0))}.norm`);
      continue;
    }
    const part = partOf(network, node, counts.has("depthwise"));
    if (part !== undefined) counts.set(part, (counts.get(part) ?? 0) + 1);
    roles.push(part === undefined ? "" : `${item(places, place).name}.${part} ${counts.get(part)}`);
  }
  return roles;
}

function partOf(network: Network, { op, inputs }: Node, afterDepthwise: boolean): string | undefined {
  if (op.kind === "conv2d") {
    // Only squeeze-and-excitation has biases.
    if (op.bias) return "squeeze";
    if (op.groups > 1) return "depthwise";
    return afterDepthwise ? "conv after depthwise" : "conv";
  }
  if (op.kind !== "dense") return undefined;
  const before = item(network.nodes, item(inputs, 0));
  if (before.op.kind !== "reshape") return "dense";
  // All positions side by side: rows mean the same only where images are of one size.
  const [, , height, width] = item(network.nodes, item(before.inputs, 0)).output.shape;
  return `dense over ${height}x${width}`;
}

/** The network of an architecture, with its parameters by role: none has one where the space does not say what nodes are for. */
export function networkByRole<G>(
  space: SearchSpace<G>,
  architecture: string,
  task: Task,
): { readonly network: Network; readonly parameters: ParametersByRole } {
  const genotype = space.parse(architecture);
  const network = space.network(genotype, task);
  return { network, parameters: parametersByRole(network, space.roles?.(genotype, task) ?? network.nodes.map(() => "")) };
}
