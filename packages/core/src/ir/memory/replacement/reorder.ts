/** A better order for Belady's replacement, by moving stretches of operators. */
import { listAt, numberAt } from "../../../base/matrix.ts";
import type { MemoryGraph } from "../memoryGraph.ts";
import { beladyReplacement } from "./belady.ts";
import { type Residency, trafficBytes } from "./residency.ts";
import type { Range } from "./splice.ts";

/** Stretches of up to so many operators are moved: what a paper calls an operator is often several: sums, a ReLU, two convolutions. */
const longest = 8;

/**
 * Takes neighbouring operators, up to `longest` at a time, to each other place that the graph allows them, and keeps what has less traffic
 * under Belady's replacement, until nothing does.
 *
 * @param range where operators may be moved
 * @param limit orders to try, about
 */
export function moveOperators(graph: MemoryGraph, start: readonly number[], capacity: number, range: Range, limit: number): Residency {
  let best = beladyReplacement(graph, start, capacity);
  let traffic = trafficBytes(graph, best);
  let tries = 0;
  for (let improved = true; improved && traffic > 0; ) {
    improved = false;
    for (let length = 1; length <= longest; length++) {
      for (let from = range.from; from + length <= range.to; from++) {
        for (const to of placesFor(graph, best.order, range, from, length)) {
          if (++tries > limit) return best;
          const moved = best.order.slice(from, from + length);
          const others = [...best.order.slice(0, from), ...best.order.slice(from + length)];
          const residency = beladyReplacement(graph, [...others.slice(0, to), ...moved, ...others.slice(to)], capacity);
          const bytes = trafficBytes(graph, residency);
          if (bytes >= traffic) continue;
          [best, traffic, improved] = [residency, bytes, true];
          break;
        }
      }
    }
  }
  return best;
}

/** Where a stretch of operators could begin instead, nearest first; positions are those without it. */
function placesFor(graph: MemoryGraph, order: readonly number[], range: Range, from: number, length: number): number[] {
  const moved = new Set(order.slice(from, from + length));
  const places: number[] = [];
  let earlier = from;
  // What is passed on the way up must not be read, on the way down must not read.
  while (earlier > range.from) {
    const passed = numberAt(order, earlier - 1);
    if ([...moved].some((vertex) => listAt(graph.inputs, vertex).includes(passed))) break;
    places.push(--earlier);
  }
  for (let later = from; later + length < range.to; later++) {
    const passed = numberAt(order, later + length);
    if (listAt(graph.inputs, passed).some((input) => moved.has(input))) break;
    places.push(later + 1);
  }
  return places;
}
