/** Networks without what nobody reads. */
import type { Network, Node, NodeIndex } from "@archwright/core/ir";

/** A network, and where its nodes stood before. */
export interface LiveNetwork {
  readonly network: Network;
  /** By the old position; undefined where a node is gone. */
  readonly moved: readonly (NodeIndex | undefined)[];
}

/** Drops every node that no output depends on; inputs stay. @param instead nodes that others take the place of. */
export function liveNetwork({ nodes, outputs }: Network, instead: ReadonlyMap<NodeIndex, NodeIndex> = new Map()): LiveNetwork {
  const source = (index: NodeIndex): NodeIndex => {
    let at = index;
    for (let next = instead.get(at); next !== undefined; next = instead.get(at)) at = next;
    return at;
  };
  const live = nodes.map(({ op }) => op.kind === "input");
  for (const output of outputs) live[source(output)] = true;
  for (let i = nodes.length - 1; i >= 0; i--) {
    if (live[i]) for (const input of (nodes[i] as Node).inputs) live[source(input)] = true;
  }
  const moved: (NodeIndex | undefined)[] = [];
  const kept: Node[] = [];
  const target = (index: NodeIndex) => moved[source(index)] as NodeIndex;
  nodes.forEach((node, i) => {
    moved.push(live[i] ? kept.length : undefined);
    if (live[i]) kept.push({ ...node, inputs: node.inputs.map(target) });
  });
  return { network: { nodes: kept, outputs: outputs.map(target) }, moved };
}
