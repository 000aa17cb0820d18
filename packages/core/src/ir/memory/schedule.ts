/** The order of operators that needs the least memory. */
import { at, numberAt } from "../../base/matrix.ts";
import type { MemoryGraph } from "./memoryGraph.ts";
import { type SearchResult, type SegmentOrder, searchBeam, searchExact } from "./scheduleSearch.ts";
import { type Segment, segmentsOf } from "./segment.ts";
import { StateTable } from "./stateTable.ts";
import { Transition } from "./transition.ts";

/** All vertices in an order that the graph allows, sources first. */
export interface Schedule {
  readonly order: readonly number[];
  /** No order of the graph needs less at its worst step. */
  readonly optimal: boolean;
  /** Proven: every order of the graph needs at least this at its worst step. */
  readonly lowerBound: number;
}

/**
 * Looks for the order that needs the least memory at its worst step: exact as long as about `searchLimit` transitions
 * suffice for the whole graph, and a beam search for the segments where they do not. Never worse than network order.
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
    inputBytes += at(graph.bytes, vertex);
  }

  // The worst segment decides; no other one has to be better than it.
  let floor = segments.reduce((most, segment) => Math.max(most, segment.lowerBound), inputBytes);
  let reached = floor;
  let effort = searchLimit;
  const orders = new Map<Segment, readonly number[]>();
  // Small ones first: what they prove may spare the search of a large one.
  for (const segment of [...segments].sort((a, b) => a.vertices.length - b.vertices.length)) {
    let best = networkOrder(segment);
    if (best.peakBytes > floor && segment.vertices.length > 1) {
      const exact = searchBothWays(segment, floor, best.peakBytes, effort);
      effort -= exact.effort;
      if (exact.found) best = exact.found;
      if (exact.proven) floor = Math.max(floor, best.peakBytes);
      else if (reorder) {
        const width = Math.max(1, Math.min(256, Math.floor(searchLimit / segment.vertices.length ** 2)));
        const beam = searchBeam(segment, floor, width);
        if (beam.peakBytes < best.peakBytes) best = beam;
      }
    }
    if (!reorder) best = networkOrder(segment);
    reached = Math.max(reached, best.peakBytes);
    orders.set(segment, best.order);
  }
  const order = segments.flatMap((segment) => (orders.get(segment) ?? []).map((index) => numberAt(segment.vertices, index)));
  return { order: [...sources, ...order], optimal: reached <= floor, lowerBound: floor };
}

/** Which direction is the short one shows only by trying: a little of both, then more of both. */
function searchBothWays(segment: Segment, floor: number, below: number, limit: number): SearchResult {
  let effort = 0;
  for (const share of [0.04, 0.46]) {
    for (const direction of ["backward", "forward"] as const) {
      const result = searchExact(segment, { floor, below, limit: share * limit, direction });
      effort += result.effort;
      if (result.proven) return { ...result, effort };
    }
  }
  return { found: undefined, proven: false, effort };
}

function networkOrder(segment: Segment): SegmentOrder {
  if (segment.vertices.length === 1) return { order: [0], peakBytes: segment.lowerBound };
  const table = new StateTable(segment.vertices.length, 16);
  const transition = new Transition(segment, table);
  let state = table.addRoot([], segment.startBytes, 0);
  let peakBytes = 0;
  segment.vertices.forEach((_, vertex) => {
    transition.evaluate(state, vertex);
    peakBytes = Math.max(peakBytes, transition.step);
    state = table.extend(state, vertex, transition.after, peakBytes);
  });
  return { order: segment.vertices.map((_, vertex) => vertex), peakBytes };
}
