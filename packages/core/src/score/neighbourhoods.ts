/** How often each neighbourhood of operators occurs in a network. */
import { intAt, item } from "../base/matrix.ts";
import type { Network } from "../ir/index.ts";

/** How far neighbourhoods reach, in operators. */
const reach = 2;

/**
 * Counts of neighbourhoods among live nodes: of every operator with those whose results reach it, up to a distance. What only passes
 * on what it is given is left out, and sums of sums are one sum; so it does not matter in which order terms are added.
 * Beside them, counts of operators by the size of what they give.
 * @param labels of the nodes; undefined for what only passes on.
 */
export function neighbourhoods(network: Network, live: Int32Array, labels: readonly (string | undefined)[]): ReadonlyMap<string, number> {
  const { nodes } = network;
  /** By node: the operators, or inputs, whose results it reads in the end. */
  const sources: (readonly number[])[] = [];
  const readers = new Int32Array(nodes.length);
  nodes.forEach(({ inputs }, i) => {
    if (intAt(live, i) === 1) for (const input of inputs) readers[input] = intAt(readers, input) + 1;
  });
  const results: (readonly number[])[] = [];
  const operators: number[] = [];
  nodes.forEach((node, i) => {
    const inputs = node.inputs.filter((input) => intAt(live, input) === 1);
    const isSum = labels[i] === "add";
    const read = inputs.flatMap((input) => {
      const results_ = item(results, input);
      const [only] = results_;
      const absorbs = isSum && only !== undefined && labels[only] === "add" && intAt(readers, only) === 1;
      return absorbs ? item(sources, only) : results_;
    });
    sources.push(read);
    const passes = node.op.kind !== "input" && (labels[i] === undefined || (isSum && read.length === 1));
    results.push(intAt(live, i) === 0 ? [] : passes ? read : [i]);
    if (intAt(live, i) === 1 && !passes) operators.push(i);
  });
  const counts = new Map<string, number>();
  const isAbsorbed = (i: number) =>
    labels[i] === "add" &&
    intAt(readers, i) === 1 &&
    nodes.some((node, reader) => intAt(live, reader) === 1 && labels[reader] === "add" && node.inputs.includes(i));
  const kept = operators.filter((i) => !isAbsorbed(i));
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
