/** Networks without what their output does not need. */
import { item } from "@archwright/core/base";
import { liveNodes, type Network, type NodeIndex } from "@archwright/core/ir";

/** The network without the operators that its outputs do not depend on; its inputs stay. */
export function liveOnly(network: Network): Network {
  const live = liveNodes(network);
  const places = new Map<NodeIndex, NodeIndex>();
  const nodes = network.nodes.filter(({ op }, index) => {
    if (!live[index] && op.kind !== "input") return false;
    places.set(index, places.size);
    return true;
  });
  const placeOf = (index: NodeIndex) => places.get(index) as NodeIndex;
  return { nodes: nodes.map((node) => ({ ...node, inputs: node.inputs.map(placeOf) })), outputs: network.outputs.map(placeOf) };
}

/**
 * The network without its identity shortcuts: of a sum whose one operand the other was computed from, that other is left. Sums of
 * branches, projected shortcuts among them, stay.
 */
export function withoutShortcuts(network: Network): Network {
  const before: ReadonlySet<NodeIndex>[] = [];
  const replaced: NodeIndex[] = [];
  const nodes = network.nodes.map((node, index) => {
    const inputs = node.inputs.map((input) => item(replaced, input));
    before.push(new Set(inputs.flatMap((input) => [input, ...item(before, input)])));
    const [a = index, b = index] = inputs;
    const isSum = node.op.kind === "binary" && node.op.fn === "add";
    replaced.push(isSum && item(before, b).has(a) ? b : isSum && item(before, a).has(b) ? a : index);
    return { ...node, inputs };
  });
  return liveOnly({ nodes, outputs: network.outputs.map((output) => item(replaced, output)) });
}
