/** The set of executed operators that leaves least memory alive, by a minimum cut. */
import { at, intAt, listAt, numberAt } from "../../base/matrix.ts";
import type { Segment } from "./segment.ts";

/** Bytes alive in a segment between steps, once exactly these vertices have run. */
export function liveBytes(segment: Segment, done: Uint8Array): number {
  let live = segment.startBytes;
  segment.consumers.forEach((consumers, tensor) => {
    const bytes = at(segment.bytes, tensor);
    if (done[tensor] && tensor < segment.vertices.length) live += bytes;
    if (consumers.length > 0 && consumers.every((consumer) => done[consumer])) live -= bytes;
  });
  return live;
}

/**
 * Of all sets of executed vertices between `done` and `done` with `added`, the largest or smallest of those that leave
 * least alive; given as its part of `added`, in the same order.
 *
 * Bytes alive are a submodular function of the set, so this is a minimum cut. One side of the cut are the executed
 * vertices. An edge of infinite capacity leads from each to those that it needs. A tensor costs its bytes where it
 * exists and some consumer is on the other side.
 */
export function leastLiveSet(
  segment: Segment,
  done: Uint8Array,
  added: readonly number[],
  prefer: "largest" | "smallest",
): readonly number[] {
  const source = 0;
  const sink = 1;
  const flow = new FlowGraph();
  flow.addNodes(2 + added.length);
  const nodeOf = new Map(added.map((vertex, index) => [vertex, index + 2]));
  for (const [vertex, node] of nodeOf) {
    for (const before of listAt(segment.predecessors, vertex)) {
      const other = nodeOf.get(before);
      if (other !== undefined) flow.connect(node, other, Number.POSITIVE_INFINITY);
    }
  }
  const isLocal = (tensor: number) => tensor < segment.vertices.length;
  segment.consumers.forEach((consumers, tensor) => {
    const made = !isLocal(tensor) || done[tensor] ? source : nodeOf.get(tensor);
    if (made === undefined) return;
    const bytes = at(segment.bytes, tensor);
    const outlives = consumers.length === 0 || consumers.some((consumer) => !done[consumer] && !nodeOf.has(consumer));
    if (outlives) {
      if (made !== source) flow.connect(made, sink, bytes);
      return;
    }
    const readers = consumers.flatMap((consumer) => nodeOf.get(consumer) ?? []);
    if (readers.length === 0) return;
    const tensorNode = flow.addNodes(1);
    flow.connect(made, tensorNode, bytes);
    for (const reader of readers) flow.connect(tensorNode, reader, Number.POSITIVE_INFINITY);
  });
  const executed = flow.cut(source, sink, prefer);
  return added.filter((vertex) => executed[nodeOf.get(vertex) as number]);
}

/** A flow network; edges are kept in pairs, each the other's reverse. */
class FlowGraph {
  readonly #edges: number[][] = [];
  readonly #to: number[] = [];
  readonly #capacity: number[] = [];

  /** Adds nodes and gives the first one's number. */
  addNodes(count: number): number {
    const first = this.#edges.length;
    for (let i = 0; i < count; i++) this.#edges.push([]);
    return first;
  }

  connect(from: number, to: number, capacity: number): void {
    this.#edges[from]?.push(this.#to.push(to) - 1);
    this.#capacity.push(capacity);
    this.#edges[to]?.push(this.#to.push(from) - 1);
    this.#capacity.push(0);
  }

  /** The source side of a minimum cut, as 1 for each of its nodes (Edmonds and Karp 1972). */
  cut(source: number, sink: number, prefer: "largest" | "smallest"): Uint8Array {
    for (;;) {
      const edgeFrom = this.#search(source, false);
      if (edgeFrom[sink] === -1) {
        if (prefer === "smallest") return Uint8Array.from(edgeFrom, (edge, node) => (edge !== -1 || node === source ? 1 : 0));
        return Uint8Array.from(this.#search(sink, true), (edge, node) => (edge !== -1 || node === sink ? 0 : 1));
      }
      const path: number[] = [];
      for (let node = sink; node !== source; node = numberAt(this.#to, (path.at(-1) as number) ^ 1)) path.push(intAt(edgeFrom, node));
      const amount = path.reduce((least, edge) => Math.min(least, numberAt(this.#capacity, edge)), Number.POSITIVE_INFINITY);
      for (const edge of path) {
        this.#capacity[edge] = numberAt(this.#capacity, edge) - amount;
        this.#capacity[edge ^ 1] = numberAt(this.#capacity, edge ^ 1) + amount;
      }
    }
  }

  /** Breadth first along edges with capacity left, or against them: for each node reached the edge that led there, −1 for others. */
  #search(start: number, against: boolean): Int32Array {
    const edgeTo = new Int32Array(this.#edges.length).fill(-1);
    const queue = [start];
    for (const node of queue) {
      for (const edge of listAt(this.#edges, node)) {
        const other = numberAt(this.#to, edge);
        if (other === start || edgeTo[other] !== -1 || numberAt(this.#capacity, against ? edge ^ 1 : edge) <= 0) continue;
        edgeTo[other] = edge;
        queue.push(other);
      }
    }
    return edgeTo;
  }
}
