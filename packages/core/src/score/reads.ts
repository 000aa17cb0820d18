/** What each operator of a network reads, whatever only passes on what it is given left out. */
import { intAt, item } from "../base/matrix.ts";
import type { Network } from "../ir/index.ts";

export interface Reads {
  /** Live operators and inputs, as positions of nodes; sums that only another sum reads belong to that one. */
  readonly operators: readonly number[];
  /** By node: the operators, or inputs, whose results it reads in the end; sums of sums are one sum. */
  readonly sources: readonly (readonly number[])[];
}

/** @param labels of the nodes; undefined for what only passes on. */
export function operatorReads(network: Network, live: Int32Array, labels: readonly (string | undefined)[]): Reads {
  const { nodes } = network;
  const sources: (readonly number[])[] = [];
  const readers = new Int32Array(nodes.length);
  const readBySum = new Int32Array(nodes.length);
  nodes.forEach(({ inputs }, i) => {
    if (intAt(live, i) === 0) return;
    for (const input of inputs) {
      readers[input] = intAt(readers, input) + 1;
      if (labels[i] === "add") readBySum[input] = 1;
    }
  });
  const results: (readonly number[])[] = [];
  const operators: number[] = [];
  nodes.forEach((node, i) => {
    const inputs = node.inputs.filter((input) => intAt(live, input) === 1);
    const isSum = labels[i] === "add";
    const read = inputs.flatMap((input) => {
      const given = item(results, input);
      const [only] = given;
      const absorbs = isSum && only !== undefined && labels[only] === "add" && intAt(readers, only) === 1;
      return absorbs ? item(sources, only) : given;
    });
    sources.push(read);
    const passes = node.op.kind !== "input" && (labels[i] === undefined || (isSum && read.length === 1));
    results.push(intAt(live, i) === 0 ? [] : passes ? read : [i]);
    if (intAt(live, i) === 1 && !passes) operators.push(i);
  });
  const isAbsorbed = (i: number) => labels[i] === "add" && intAt(readers, i) === 1 && intAt(readBySum, i) === 1;
  return { operators: operators.filter((i) => !isAbsorbed(i)), sources };
}

/** How many terms of sums are read elsewhere too: connections that skip what the other terms come from. */
export function shortcuts({ operators, sources }: Reads, labels: readonly (string | undefined)[]): number {
  const readers = new Map<number, number>();
  for (const i of operators) for (const source of item(sources, i)) readers.set(source, (readers.get(source) ?? 0) + 1);
  let count = 0;
  for (const i of operators) {
    if (labels[i] === "add") count += item(sources, i).filter((source) => (readers.get(source) ?? 0) > 1).length;
  }
  return count;
}
