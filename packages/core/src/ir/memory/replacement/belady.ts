/** Replacement in a given order: what is needed again last leaves first. */
import { at, listAt, numberAt } from "../../../base/matrix.ts";
import type { MemoryGraph } from "../memoryGraph.ts";
import { type Residency, scratchOf, touchesOf } from "./residency.ts";

/**
 * Plays an order. Where an operator finds too little room, the tensor whose next use is farthest leaves (Belady 1966, "A
 * study of replacement algorithms for a virtual-storage computer"). With tensors of several sizes, and of which some
 * must be stored and some need not, this is no longer the least traffic, only the usual yardstick.
 *
 * @param capacity at least the `workingSet` of each operator
 */
export function beladyReplacement(graph: MemoryGraph, order: readonly number[], capacity: number): Residency {
  const touches = touchesOf(graph, order);
  const kept = touches.map((list) => list.slice(1).map(() => true));
  const overwritten = new Array<number>(graph.size).fill(-1);
  /** How many touches of each tensor are past. */
  const past = touches.map(() => 0);
  const resident = new Set<number>();
  let live = 0;
  const enter = (vertex: number) => {
    resident.add(vertex);
    live += at(graph.bytes, vertex);
  };
  const leave = (vertex: number) => {
    if (resident.delete(vertex)) live -= at(graph.bytes, vertex);
  };
  const nextUse = (vertex: number) => listAt(touches, vertex)[numberAt(past, vertex)] ?? Number.POSITIVE_INFINITY;
  /** The gap that the tensor is in is spent in main memory. */
  const drop = (vertex: number) => {
    leave(vertex);
    (kept[vertex] as boolean[])[numberAt(past, vertex) - 1] = false;
  };

  for (let vertex = 0; vertex < graph.size; vertex++) {
    if (!graph.source[vertex]) continue;
    past[vertex] = 1;
    if (at(graph.bytes, vertex) > 0 && listAt(touches, vertex).length > 1) enter(vertex);
  }
  order.forEach((vertex, position) => {
    const inputs = listAt(graph.inputs, vertex).filter((input) => at(graph.bytes, input) > 0);
    const own = at(graph.bytes, vertex);
    const missing = inputs.reduce((sum, input) => sum + (resident.has(input) ? 0 : at(graph.bytes, input)), 0);
    const dies = (input: number) => listAt(touches, input).at(-1) === position;
    let reused = listAt(graph.overwrites, vertex).find(dies) ?? -1;
    const needed = () => live + missing + (reused < 0 ? own : 0) + scratchOf(graph, vertex, reused >= 0);
    const others = [...resident].filter((tensor) => !inputs.includes(tensor)).sort((a, b) => nextUse(a) - nextUse(b));
    while (needed() > capacity) {
      const farthest = others.pop();
      if (farthest !== undefined) drop(farthest);
      else if (reused < 0 && listAt(graph.overwrites, vertex).length > 0) reused = numberAt(listAt(graph.overwrites, vertex), 0);
      else throw new Error(`vertex ${vertex} needs ${needed()} bytes of ${capacity}`);
    }
    for (const input of inputs) {
      if (!resident.has(input)) enter(input);
      past[input] = numberAt(past, input) + 1;
    }
    overwritten[vertex] = reused;
    if (reused >= 0 && !dies(reused)) drop(reused);
    for (const input of inputs) if (nextUse(input) === Number.POSITIVE_INFINITY) leave(input);
    past[vertex] = 1;
    if (own > 0 && listAt(touches, vertex).length > 1) enter(vertex);
  });
  return { order, kept, overwritten };
}
