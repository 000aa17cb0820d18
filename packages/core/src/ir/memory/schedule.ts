import type { MemoryGraph } from "./graph.ts";
import { searchBeam, searchExact } from "./searchSegment.ts";
import { Move, type Segment, segmentsOf } from "./segment.ts";
import { StateTable } from "./stateTable.ts";

/** All vertices in an order that the graph allows, sources first. */
export interface Schedule {
  readonly order: readonly number[];
  /** No order of the graph needs less at its worst step. */
  readonly optimal: boolean;
}

/**
 * Looks for the order that needs the least memory at its worst step: exact as long as no more than `searchLimit` sets
 * of executed operators are visited in all, and a beam search for the segments where that is not enough. Never worse
 * than network order.
 *
 * @param reorder false keeps network order and only says whether it is known to be optimal
 */
export function leastMemorySchedule(graph: MemoryGraph, searchLimit: number, reorder = true): Schedule {
  const segments = segmentsOf(graph);
  const sources: number[] = [];
  let inputBytes = 0;
  for (let vertex = 0; vertex < graph.size; vertex++) {
    if (!graph.source[vertex]) continue;
    sources.push(vertex);
    inputBytes += graph.bytes[vertex] as number;
  }

  // The worst segment decides; no other one has to be better than it.
  let floor = segments.reduce((most, segment) => Math.max(most, segment.lowerBound), inputBytes);
  let reached = floor;
  let states = searchLimit;
  const orders = new Map<Segment, readonly number[]>();
  // Small ones first: what they prove may spare the search of a large one.
  for (const segment of [...segments].sort((a, b) => a.vertices.length - b.vertices.length)) {
    let best = networkOrder(segment);
    if (best.peakBytes > floor && segment.vertices.length > 1) {
      const exact = searchExact(segment, floor, best.peakBytes, states);
      states = Math.max(0, states - exact.states);
      if (exact.found) best = exact.found;
      if (exact.proven) floor = Math.max(floor, best.peakBytes);
      else if (reorder) {
        const width = Math.max(1, Math.min(256, Math.floor(searchLimit / (4 * segment.vertices.length))));
        const beam = searchBeam(segment, floor, width);
        if (beam.peakBytes < best.peakBytes) best = beam;
      }
    }
    if (!reorder) best = networkOrder(segment);
    reached = Math.max(reached, best.peakBytes);
    orders.set(segment, best.order);
  }
  const order = segments.flatMap((segment) => (orders.get(segment) ?? []).map((index) => segment.vertices[index] as number));
  return { order: [...sources, ...order], optimal: reached <= floor };
}

function networkOrder(segment: Segment): { readonly order: readonly number[]; readonly peakBytes: number } {
  const table = new StateTable(segment.vertices.length);
  const move = new Move(segment, table);
  let state = table.addEmpty(segment.startBytes, 0);
  let peakBytes = 0;
  segment.vertices.forEach((_, vertex) => {
    move.evaluate(state, vertex);
    peakBytes = Math.max(peakBytes, move.step);
    state = table.extend(state, vertex, move.after, peakBytes);
  });
  return { order: segment.vertices.map((_, vertex) => vertex), peakBytes };
}
