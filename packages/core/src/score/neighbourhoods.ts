/** How often each neighbourhood of operators occurs in a network. */
import { item } from "../base/matrix.ts";
import type { Network } from "../ir/index.ts";
import type { Reads } from "./reads.ts";

/** How far neighbourhoods reach, in operators. */
const reach = 2;

/**
 * Counts of neighbourhoods among live nodes: of every operator with those whose results reach it, up to a distance. What only passes
 * on what it is given is left out, and sums of sums are one sum; so it does not matter in which order terms are added.
 * Beside them, counts of operators by the size of what they give.
 * @param labels of the nodes; undefined for what only passes on.
 */
export function neighbourhoods(network: Network, reads: Reads, labels: readonly (string | undefined)[]): ReadonlyMap<string, number> {
  const { nodes } = network;
  const { operators: kept, sources } = reads;
  const counts = new Map<string, number>();
  for (const i of kept) {
    const [, ...sizes] = item(nodes, i).output.shape;
    const place = `${labels[i] ?? "input"} ${sizes.join("x")}`;
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  let names = new Map(kept.map((i) => [i, hash(labels[i] ?? nodes[i]?.op.kind ?? "")]));
  for (let distance = 0; distance <= reach; distance++) {
    for (const name of names.values()) {
      const key = `${distance}:${name}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const before = names;
    names = new Map(
      kept.map((i) => {
        const read = item(sources, i).map((source) => before.get(source) ?? 0);
        return [i, hash(`${before.get(i)}(${read.sort((a, b) => a - b).join()})`)];
      }),
    );
  }
  return counts;
}

/** 32 bits of a text's FNV-1a hash. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193);
  return bits >>> 0;
}
