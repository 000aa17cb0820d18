/** Look-ups in the graph of a network: nodes, live ones, readers. */
import type { Network, Node, NodeIndex } from "./network.ts";

/** The node at an index that is known to exist. */
export function nodeAt(network: Network, index: NodeIndex): Node {
  const node = network.nodes[index];
  if (!node) throw new RangeError(`node ${index} does not exist`);
  return node;
}

/** For each node whether an output depends on it. */
export function liveNodes(network: Network): readonly boolean[] {
  const live = new Array<boolean>(network.nodes.length).fill(false);
  for (const output of network.outputs) live[output] = true;
  for (let index = live.length - 1; index >= 0; index--) {
    if (live[index]) for (const input of nodeAt(network, index).inputs) live[input] = true;
  }
  return live;
}

/** For each node how many live nodes read its tensor (one that reads it twice counts once); an output counts as one more reader. */
export function readerCounts(network: Network, live: readonly boolean[] = liveNodes(network)): Uint32Array {
  const counts = new Uint32Array(network.nodes.length);
  const add = (index: NodeIndex) => {
    counts[index] = (counts[index] ?? 0) + 1;
  };
  network.nodes.forEach((node, index) => {
    if (!live[index]) return;
    node.inputs.forEach((input, position) => {
      if (node.inputs.indexOf(input) === position) add(input);
    });
  });
  for (const output of network.outputs) add(output);
  return counts;
}
