/** The network as it is handed over. */
import { InputError } from "@archwright/core/base";
import { type Network, NetworkError, type Node, type NodeIndex, verifyNetwork } from "@archwright/core/ir";
import { withIntegers } from "./integers.ts";
import { type LiveNetwork, liveNetwork } from "./live.ts";

/** Forgets the names of stores that one node alone uses. */
function onlyShared(nodes: readonly Node[]): readonly Node[] {
  const counts = new Map<string, number>();
  for (const node of nodes) for (const store of Object.values(node.stored ?? {})) counts.set(store, (counts.get(store) ?? 0) + 1);
  return nodes.map(({ stored = {}, ...node }): Node => {
    const shared = Object.entries(stored).filter(([, store]) => (counts.get(store) ?? 0) > 1);
    return shared.length === 0 ? node : { ...node, stored: Object.fromEntries(shared) };
  });
}

/**
 * What is left of a network that was read: without dead nodes, in integers where the model says so.
 * @param allStores whether every parameter names its store, and not only shared ones.
 * @throws InputError where it is no proper network.
 */
export function finished(read: Network, file: string, allStores = false): LiveNetwork {
  const live = liveNetwork(read);
  const { network, instead } = withIntegers(live.network);
  const whole = liveNetwork(network, instead);
  const moved = live.moved.map((index): NodeIndex | undefined => (index === undefined ? undefined : whole.moved[index]));
  const result: Network = { nodes: allStores ? whole.network.nodes : onlyShared(whole.network.nodes), outputs: whole.network.outputs };
  try {
    verifyNetwork(result);
  } catch (error) {
    if (error instanceof NetworkError) throw new InputError(error.message, { place: { file } });
    throw error;
  }
  return { network: result, moved };
}
