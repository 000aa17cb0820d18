/** A few operators that are planned together, with the tensors that they touch or that wait meanwhile, as bit sets. */
import { at, listAt } from "../../../base/matrix.ts";
import type { MemoryGraph } from "../memoryGraph.ts";

/** Operators and tensors of a window together: sets of them are 31-bit integers. */
export const maxTensors = 30;

/** Where a tensor is between two operators. */
export interface Whereabouts {
  readonly resident: boolean;
  /** There is a copy in main memory, or the tensor, a network input not yet read, may still begin there. */
  readonly stored: boolean;
}

/**
 * Operators are numbered from 0; tensors likewise, their results first, then what was made earlier and is needed in the
 * window or after it. Sets are bit masks.
 */
export interface Window {
  readonly vertices: readonly number[];
  /** Tensor → vertex. */
  readonly tensors: readonly number[];
  readonly capacity: number;
  readonly bytes: Float64Array;
  readonly scratch: Float64Array;
  /** Operator → bytes that it needs while it overwrites an input, beside its scratch. */
  readonly inPlaceBytes: Float64Array;
  /** Operator → those that must have run. */
  readonly before: Int32Array;
  /** Operator → tensors that it reads. */
  readonly reads: Int32Array;
  /** Operator → those of them that it may overwrite. */
  readonly overwrites: Int32Array;
  /** Tensor → operators of the window that read it. */
  readonly readers: Int32Array;
  /** Operator → tensors that are read after it in every order. */
  readonly readLater: Int32Array;
  /** Operator → tensors made before it in every order. */
  readonly madeBefore: Int32Array;
  /** Tensors made earlier. */
  readonly incoming: number;
  /** Tensors that something after the window needs. */
  readonly after: number;
  /** Network inputs that nothing has read: where they begin is still open. */
  readonly unread: number;
  readonly resident: number;
  readonly stored: number;
  /** What is to be resident and to be stored at the end, where that matters: what is missing is charged. */
  readonly wanted: { readonly resident: number; readonly stored: number } | undefined;
}

export interface WindowRequest {
  readonly vertices: readonly number[];
  /** Whether a vertex has run before the window; sources have. */
  readonly isDone: (vertex: number) => boolean;
  readonly entry: (vertex: number) => Whereabouts;
  readonly exit?: (vertex: number) => Whereabouts;
  readonly isUnread: (vertex: number) => boolean;
  /** Operators keep the order in which they are given. */
  readonly inOrder: boolean;
}

/** The window, or nothing where it has more than `maxTensors`. */
export function makeWindow(graph: MemoryGraph, capacity: number, request: WindowRequest): Window | undefined {
  const { vertices } = request;
  if (vertices.length > maxTensors) return undefined;
  const inside = new Set(vertices);
  const tensors = [...vertices];
  const isNeededAfter = (vertex: number) =>
    graph.pinned[vertex] === 1 || listAt(graph.consumers, vertex).some((use) => !inside.has(use) && !request.isDone(use));
  for (let vertex = 0; vertex < graph.size; vertex++) {
    if (inside.has(vertex) || at(graph.bytes, vertex) === 0 || !request.isDone(vertex)) continue;
    if (isNeededAfter(vertex) || listAt(graph.consumers, vertex).some((use) => inside.has(use))) tensors.push(vertex);
    if (tensors.length > maxTensors) return undefined;
  }
  const local = new Map(tensors.map((vertex, index) => [vertex, index]));
  const maskOf = (list: readonly number[]) =>
    list.reduce((mask, vertex) => {
      const index = local.get(vertex);
      return index === undefined ? mask : mask | (1 << index);
    }, 0);
  const choose = (test: (vertex: number, index: number) => boolean) => maskOf(tensors.filter(test));
  const count = vertices.length;
  const operators = (1 << count) - 1;
  const reads = Int32Array.from(vertices, (vertex) => maskOf(listAt(graph.inputs, vertex)));
  const before = Int32Array.from(reads, (mask, index) => (mask & operators) | (request.inOrder && index > 0 ? 1 << (index - 1) : 0));
  const readers = Int32Array.from(tensors, (vertex) => maskOf(listAt(graph.consumers, vertex)) & operators);
  const incoming = choose((_, index) => index >= count);
  const after = choose(isNeededAfter);
  const descendants = new Int32Array(count);
  const ancestors = new Int32Array(count);
  for (let index = 0; index < count; index++) {
    forEachBit(before[index] as number, (other) => {
      ancestors[index] = (ancestors[index] as number) | (1 << other) | (ancestors[other] as number);
    });
  }
  for (let index = 0; index < count; index++) {
    forEachBit(ancestors[index] as number, (other) => {
      descendants[other] = (descendants[other] as number) | (1 << index);
    });
  }
  const readLater = Int32Array.from(descendants, (mask) => choose((_, tensor) => ((readers[tensor] as number) & mask) !== 0));
  const madeBefore = Int32Array.from(ancestors, (mask) => mask | incoming);
  const { exit } = request;
  return {
    vertices,
    tensors,
    capacity,
    bytes: Float64Array.from(tensors, (vertex) => at(graph.bytes, vertex)),
    scratch: Float64Array.from(vertices, (vertex) => at(graph.scratch, vertex)),
    inPlaceBytes: Float64Array.from(vertices, (vertex) => at(graph.inPlaceBytes, vertex)),
    before,
    reads,
    overwrites: Int32Array.from(vertices, (vertex) => maskOf(listAt(graph.overwrites, vertex))),
    readers,
    readLater,
    madeBefore,
    incoming,
    after,
    unread: choose((vertex, index) => index >= count && request.isUnread(vertex)),
    resident: choose((vertex, index) => index >= count && request.entry(vertex).resident),
    stored: choose((vertex, index) => index >= count && request.entry(vertex).stored),
    wanted: exit && {
      resident: after & choose((vertex) => exit(vertex).resident),
      stored: after & choose((vertex) => exit(vertex).stored),
    },
  };
}

export function forEachBit(mask: number, visit: (index: number) => void): void {
  for (let rest = mask; rest !== 0; rest &= rest - 1) visit(31 - Math.clz32(rest & -rest));
}

/** Bytes of sets of tensors, by tables of ten bits each. */
export function setBytes(bytes: Float64Array): (mask: number) => number {
  const tables = [0, 10, 20].map((shift) => {
    const table = new Float64Array(1024);
    for (let mask = 1; mask < 1024; mask++) {
      const lowest = 31 - Math.clz32(mask & -mask);
      table[mask] = at(table, mask & (mask - 1)) + (bytes[lowest + shift] ?? 0);
    }
    return table;
  });
  const [low, middle, high] = tables as [Float64Array, Float64Array, Float64Array];
  return (mask) => (low[mask & 1023] as number) + (middle[(mask >>> 10) & 1023] as number) + (high[(mask >>> 20) & 1023] as number);
}
