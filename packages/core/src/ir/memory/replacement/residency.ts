/** Which tensors stay in the scratchpad between their uses: the plan before it has addresses. */
import { at, listAt, numberAt } from "../../../base/matrix.ts";
import type { MemoryGraph } from "../memoryGraph.ts";

/**
 * A tensor is touched where it is made (a network input: before the first operator), by each operator that reads it, and,
 * if it is a network output, at the end. Between two touches, a gap, it either stays in the scratchpad or waits in main
 * memory. This says all that decides the traffic.
 */
export interface Residency {
  /** The operators, in the order in which they run; sources are left out. */
  readonly order: readonly number[];
  /** Vertex → for each gap, whether the tensor stays. */
  readonly kept: readonly (readonly boolean[])[];
  /** Vertex → the input whose buffer the operator takes for its result, or −1. That input does not stay. */
  readonly overwritten: readonly number[];
}

/** Bytes that cross between scratchpad and main memory. */
export interface Traffic {
  readonly loadedBytes: number;
  readonly storedBytes: number;
}

/** Vertex → positions of its touches: −1 for what is there from the start, the number of operators for the end. */
export function touchesOf(graph: MemoryGraph, order: readonly number[]): number[][] {
  const touches = Array.from({ length: graph.size }, (_, vertex): number[] => (graph.source[vertex] ? [-1] : []));
  order.forEach((vertex, position) => {
    touches[vertex]?.push(position);
    for (const input of listAt(graph.inputs, vertex)) touches[input]?.push(position);
  });
  touches.forEach((list, vertex) => {
    if (graph.pinned[vertex]) list.push(order.length);
  });
  return touches;
}

/** The gap after which the tensor has its first copy in main memory, or −1; an input that begins there is never stored. */
export function firstDropped(kept: readonly boolean[]): number {
  return kept.indexOf(false);
}

/**
 * Traffic of one tensor. It is stored once, when it first leaves (a network input that begins in main memory never is), and
 * loaded after each gap in which it was away and that ends in a use.
 */
export function tensorTraffic(graph: MemoryGraph, vertex: number, gaps: readonly boolean[]): Traffic {
  const first = firstDropped(gaps);
  if (first < 0) return { loadedBytes: 0, storedBytes: 0 };
  const bytes = at(graph.bytes, vertex);
  const uses = listAt(graph.consumers, vertex).length;
  return {
    loadedBytes: bytes * gaps.filter((stays, gap) => !stays && gap < uses).length,
    storedBytes: graph.source[vertex] && first === 0 ? 0 : bytes,
  };
}

export function trafficOf(graph: MemoryGraph, { kept }: Residency): Traffic {
  let loadedBytes = 0;
  let storedBytes = 0;
  kept.forEach((gaps, vertex) => {
    const traffic = tensorTraffic(graph, vertex, gaps);
    loadedBytes += traffic.loadedBytes;
    storedBytes += traffic.storedBytes;
  });
  return { loadedBytes, storedBytes };
}

export function trafficBytes(graph: MemoryGraph, residency: Residency): number {
  const { loadedBytes, storedBytes } = trafficOf(graph, residency);
  return loadedBytes + storedBytes;
}

/** Everything stays; operators overwrite the first input that dies, as `planMemory` states. */
export function keepAll(graph: MemoryGraph, order: readonly number[]): Residency {
  const touches = touchesOf(graph, order);
  const kept = touches.map((list) => list.slice(1).map(() => true));
  const overwritten = new Array<number>(graph.size).fill(-1);
  order.forEach((vertex, position) => {
    overwritten[vertex] = listAt(graph.overwrites, vertex).find((input) => listAt(touches, input).at(-1) === position) ?? -1;
  });
  return { order, kept, overwritten };
}

/** Working memory of an operator, more of it where it overwrites an input. */
export function scratchOf(graph: MemoryGraph, vertex: number, overwrites: boolean): number {
  return at(graph.scratch, vertex) + (overwrites ? at(graph.inPlaceBytes, vertex) : 0);
}

/** Bytes without which an operator cannot run: its inputs, its scratch, and its result unless that can take an input's place. */
export function workingSet(graph: MemoryGraph, vertex: number): number {
  const inputs = listAt(graph.inputs, vertex).reduce((sum, input) => sum + at(graph.bytes, input), 0);
  const own = at(listAt(graph.overwrites, vertex).length > 0 ? graph.inPlaceBytes : graph.bytes, vertex);
  return inputs + own + at(graph.scratch, vertex);
}

/** A stretch of the scratchpad's time: the buffer of a tensor, of several that overwrite one another, or scratch. */
export interface Stay {
  readonly kind: "tensor" | "scratch";
  /** The tensors that it holds, one after another. */
  readonly vertices: readonly number[];
  readonly bytes: number;
  /** Positions in the order, both included. */
  readonly firstStep: number;
  readonly lastStep: number;
}

/**
 * The stays of a plan: what has to be placed. With them, for each vertex, the stay that each of its touches belongs to
 * (−1 where it is then in main memory only).
 */
export function staysOf(graph: MemoryGraph, { order, kept, overwritten }: Residency) {
  const touches = touchesOf(graph, order);
  const stays: { kind: Stay["kind"]; vertices: number[]; bytes: number; firstStep: number; lastStep: number }[] = [];
  const stayOf: number[][] = touches.map((list) => list.map(() => -1));
  const last = Math.max(0, order.length - 1);

  const open = (vertex: number, from: number, stay: number) => {
    const list = listAt(touches, vertex);
    const gaps = listAt(kept, vertex);
    let to = from;
    while (gaps[to]) to++;
    for (let touch = from; touch <= to; touch++) (stayOf[vertex] as number[])[touch] = stay;
    const buffer = stays[stay];
    if (buffer) buffer.lastStep = Math.min(last, numberAt(list, to));
  };
  const begin = (vertex: number, from: number) => {
    const firstStep = Math.max(0, numberAt(listAt(touches, vertex), from));
    const stay = stays.push({ kind: "tensor", vertices: [vertex], bytes: at(graph.bytes, vertex), firstStep, lastStep: firstStep }) - 1;
    open(vertex, from, stay);
  };

  for (let vertex = 0; vertex < graph.size; vertex++) {
    if (graph.source[vertex] && at(graph.bytes, vertex) > 0 && kept[vertex]?.[0]) begin(vertex, 0);
  }
  order.forEach((vertex, position) => {
    for (const input of listAt(graph.inputs, vertex)) {
      const touch = listAt(touches, input).indexOf(position);
      if (at(graph.bytes, input) > 0 && numberAt(listAt(stayOf, input), touch) < 0) begin(input, touch);
    }
    const reused = numberAt(overwritten, vertex);
    if (at(graph.bytes, vertex) > 0) {
      if (reused < 0) begin(vertex, 0);
      else {
        const stay = numberAt(listAt(stayOf, reused), listAt(touches, reused).indexOf(position));
        stays[stay]?.vertices.push(vertex);
        open(vertex, 0, stay);
      }
    }
    const scratch = scratchOf(graph, vertex, reused >= 0);
    if (scratch > 0) stays.push({ kind: "scratch", vertices: [vertex], bytes: scratch, firstStep: position, lastStep: position });
  });
  return { touches, stays: stays as readonly Stay[], stayOf };
}

/** The most bytes that a plan has in the scratchpad at once. */
export function residentPeak(graph: MemoryGraph, residency: Residency): number {
  const { stays } = staysOf(graph, residency);
  const change = new Float64Array(residency.order.length + 1);
  for (const { bytes, firstStep, lastStep } of stays) {
    change[firstStep] = at(change, firstStep) + bytes;
    change[lastStep + 1] = at(change, lastStep + 1) - bytes;
  }
  let live = 0;
  let peak = 0;
  for (const bytes of change) {
    live += bytes;
    peak = Math.max(peak, live);
  }
  return peak;
}
