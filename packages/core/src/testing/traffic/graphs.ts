/** Graphs for the planning of memory, made of sizes and of what reads what. */
import type { Rng } from "../../base/index.ts";
import type { MemoryGraph } from "../../ir/memory/memoryGraph.ts";

export interface GraphOptions {
  readonly operators: number;
  readonly inputs: number;
  /** Each tensor has one of these sizes. */
  readonly sizes: readonly number[];
  /** Share of operators that may overwrite an input of their size, and of those with scratch. */
  readonly inPlace: number;
  readonly scratch: number;
}

/** A random graph: each operator reads up to three tensors, recent ones more often. What nothing reads is an output, others now and then. */
export function randomGraph(rng: Rng, { operators, inputs, sizes, inPlace, scratch }: GraphOptions): MemoryGraph {
  const size = inputs + operators;
  const bytes = Float64Array.from({ length: size }, () => rng.pick(sizes));
  const reads: number[][] = [];
  for (let vertex = 0; vertex < size; vertex++) {
    if (vertex < inputs) reads.push([]);
    else {
      // An input that nothing has read yet is read first, so that each is used.
      const unread = Array.from({ length: inputs }, (_, input) => input).filter((input) => !reads.some((list) => list.includes(input)));
      const first = vertex - inputs >= operators - unread.length && unread.length > 0 ? [unread[0] as number] : [];
      const others = Array.from({ length: 1 + rng.int(3) }, () =>
        rng.next() < 0.5 ? Math.max(0, vertex - 1 - rng.int(3)) : rng.int(vertex),
      );
      reads.push([...new Set([...first, ...others])]);
    }
  }
  return graphOf(inputs, bytes, reads, {
    scratch: Float64Array.from({ length: size }, (_, vertex) => (vertex >= inputs && rng.next() < scratch ? rng.pick(sizes) : 0)),
    inPlace: Array.from({ length: size }, () => rng.next() < inPlace),
    output: Array.from({ length: size }, (_, vertex) => vertex >= inputs && rng.next() < 0.08),
  });
}

/** A graph by what each vertex reads, the first `inputs` of them network inputs. */
export function graphOf(
  inputs: number,
  bytes: Float64Array,
  reads: readonly (readonly number[])[],
  more: { readonly scratch?: Float64Array; readonly inPlace?: readonly boolean[]; readonly output?: readonly boolean[] } = {},
): MemoryGraph {
  const size = reads.length;
  const unit = bytes.reduce((least, own) => Math.min(least, own), Number.POSITIVE_INFINITY);
  const consumers = reads.map((_, vertex) => reads.flatMap((list, reader) => (list.includes(vertex) ? [reader] : [])));
  return {
    size,
    nodes: reads.map((_, vertex) => vertex),
    bytes,
    scratch: more.scratch ?? new Float64Array(size),
    source: Uint8Array.from(reads, (_, vertex) => (vertex < inputs ? 1 : 0)),
    pinned: Uint8Array.from(reads, (_, vertex) => (consumers[vertex]?.length === 0 || more.output?.[vertex] ? 1 : 0)),
    inputs: reads,
    overwrites: reads.map((list, vertex) => (more.inPlace?.[vertex] ? list.filter((input) => bytes[input] === bytes[vertex]) : [])),
    // Some depthwise convolutions need a plane of scratch to overwrite their input.
    inPlaceBytes: Float64Array.from(bytes, (own, vertex) => (vertex % 2 === 0 && own > unit ? unit : 0)),
    consumers,
    owners: reads.map(() => undefined),
    uncertain: [],
    unsure: new Uint8Array(size),
  };
}

/** Bytes without which some operator cannot run. */
export function leastCapacity(graph: MemoryGraph): number {
  return Math.max(
    ...Array.from({ length: graph.size }, (_, vertex) => {
      if (graph.source[vertex]) return 0;
      const inputs = (graph.inputs[vertex] ?? []).reduce((sum, input) => sum + (graph.bytes[input] as number), 0);
      return (
        inputs +
        ((graph.overwrites[vertex]?.length ? graph.inPlaceBytes[vertex] : graph.bytes[vertex]) as number) +
        (graph.scratch[vertex] as number)
      );
    }),
  );
}

/**
 * A randomly wired network (Xie et al. 2019, "Exploring Randomly Wired Neural Networks for Image Recognition"): a ring of `nodes`,
 * each tied to its `degree` nearest, each tie of which is rewired with a probability (Watts and Strogatz 1998); ties point
 * to the later node. One input feeds the nodes without another, one output reads those that nothing reads.
 *
 * @returns what each vertex reads: the input, the nodes, the output
 */
export function wattsStrogatz(rng: Rng, nodes: number, degree: number, rewired: number): number[][] {
  const ties = new Set<string>();
  const tie = (a: number, b: number) => `${Math.min(a, b)} ${Math.max(a, b)}`;
  for (let distance = 1; distance <= degree / 2; distance++) {
    for (let node = 0; node < nodes; node++) ties.add(tie(node, (node + distance) % nodes));
  }
  for (let distance = 1; distance <= degree / 2; distance++) {
    for (let node = 0; node < nodes; node++) {
      const old = tie(node, (node + distance) % nodes);
      if (rng.next() >= rewired || !ties.has(old)) continue;
      const free = Array.from({ length: nodes }, (_, other) => other).filter((other) => other !== node && !ties.has(tie(node, other)));
      if (free.length === 0) continue;
      ties.delete(old);
      ties.add(tie(node, rng.pick(free)));
    }
  }
  const reads = Array.from({ length: nodes + 1 }, (): number[] => []);
  for (const text of ties) {
    const [from, to] = text.split(" ").map(Number) as [number, number];
    reads[to + 1]?.push(from + 1);
  }
  reads.forEach((list, vertex) => {
    if (vertex > 0 && list.length === 0) list.push(0);
    list.sort((a, b) => a - b);
  });
  const isRead = new Set(reads.flat());
  reads.push(Array.from({ length: nodes }, (_, node) => node + 1).filter((vertex) => !isRead.has(vertex)));
  return reads;
}
