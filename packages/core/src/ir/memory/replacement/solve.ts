/** The plan with little traffic, and how little any could have; addresses play no part yet. */
import { at, intAt, listAt } from "../../../base/matrix.ts";
import type { MemoryGraph } from "../memoryGraph.ts";
import { cutPositions } from "../segment.ts";
import { beladyReplacement } from "./belady.ts";
import { moveOperators } from "./reorder.ts";
import { type Residency, touchesOf, trafficBytes, workingSet } from "./residency.ts";
import { searchWindow } from "./search.ts";
import { adopt, type Range, splice, sumWithin, trafficByPosition, windowOf } from "./splice.ts";

export interface Solved {
  readonly residency: Residency;
  /** No plan has less traffic. */
  readonly lowerBound: number;
  /** States that the searches have made. */
  readonly effort: number;
}

/**
 * Divides the operators at the clean cuts: places that every order passes with nothing but one operator's result alive.
 * What lies between two of them is a problem by itself, so their traffic and their bounds add up. Each is searched
 * exactly if it is small enough and the limit suffices. Otherwise stretches of each given order are moved while Belady's replacement then
 * needs less, and windows of what that gives are solved exactly one after another, again and again, as long as that saves something.
 *
 * @param orders of the operators
 * @param inOrder whether the (only) order is to be kept
 */
export function leastTraffic(
  graph: MemoryGraph,
  capacity: number,
  orders: readonly (readonly number[])[],
  { inOrder, limit }: { readonly inOrder: boolean; readonly limit: number },
): Solved {
  const starts = orders.map((order) => beladyReplacement(graph, order, capacity));
  let plan = starts.reduce((best, other) => (trafficBytes(graph, other) < trafficBytes(graph, best) ? other : best));
  let byPosition = trafficByPosition(graph, plan);
  let lowerBound = 0;
  let effort = 0;
  for (const range of cleanRanges(graph, plan.order)) {
    let traffic = sumWithin(byPosition, range);
    if (traffic === 0) continue;
    const accept = (other: Residency) => {
      plan = other;
      byPosition = trafficByPosition(graph, plan);
      traffic = sumWithin(byPosition, range);
    };
    let bound = tightestOperator(graph, capacity, plan.order, range);
    const window = windowOf(graph, capacity, plan, range, { free: true, inOrder });
    if (window && bound < traffic) {
      const result = searchWindow(window, traffic, 0.7 * (limit - effort));
      effort += result.effort;
      bound = Math.max(bound, result.lowerBound);
      if (result.found) accept(splice(graph, plan, range, window, result.found));
    }
    lowerBound += bound;
    // Each start is improved by itself: which of them ends lowest does not show before.
    const attempts = [() => plan];
    if (!inOrder) {
      for (const { order } of starts)
        attempts.push(() => moveOperators(graph, order, capacity, range, (limit - effort) / (40 * order.length)));
    }
    attempts.forEach((attempt, index) => {
      if (bound >= traffic || effort >= limit) return;
      const share = (limit - effort) / (attempts.length - index);
      const improved = improve(graph, capacity, adopt(graph, plan, attempt(), range), range, { inOrder, limit: share, bound });
      effort += improved.effort;
      if (improved.traffic < traffic) accept(improved.residency);
    });
  }
  return { residency: plan, lowerBound: Math.min(lowerBound, trafficBytes(graph, plan)), effort };
}

/** Windows of growing size, each half over the one before it, until none of them saves anything. */
function improve(
  graph: MemoryGraph,
  capacity: number,
  start: Residency,
  block: Range,
  { inOrder, limit, bound }: { readonly inOrder: boolean; readonly limit: number; readonly bound: number },
) {
  let residency = start;
  let byPosition = trafficByPosition(graph, residency);
  let effort = 0;
  for (const size of [8, 12, 16, 20, 24]) {
    for (let saved = true; saved && effort < limit && sumWithin(byPosition, block) > bound; ) {
      saved = false;
      for (let from = block.from; from < block.to && effort < limit; from += size >> 1) {
        const range = { from, to: Math.min(block.to, from + size) };
        const before = sumWithin(byPosition, range);
        const window = before > 0 ? windowOf(graph, capacity, residency, range, { free: false, inOrder }) : undefined;
        if (!window) continue;
        const result = searchWindow(window, before, Math.min(limit - effort, limit / 20));
        // To cut a window out costs about as much as some states.
        effort += result.effort + (graph.size >> 1);
        if (!result.found) continue;
        residency = splice(graph, residency, range, window, result.found);
        byPosition = trafficByPosition(graph, residency);
        saved = true;
      }
    }
  }
  return { residency, effort, traffic: sumWithin(byPosition, block) };
}

/** The ranges between clean cuts. They are the same in all orders. */
function cleanRanges(graph: MemoryGraph, order: readonly number[]): Range[] {
  const touches = touchesOf(graph, order);
  /** How many tensors with bytes are alive after each position. */
  const change = new Int32Array(order.length + 2);
  touches.forEach((list, vertex) => {
    if (at(graph.bytes, vertex) === 0 || list.length < 2) return;
    const begin = (list[0] as number) + 1;
    const end = Math.min(order.length, list.at(-1) as number) + 1;
    change[begin] = intAt(change, begin) + 1;
    change[end] = intAt(change, end) - 1;
  });
  const ranges: Range[] = [];
  const cuts = new Set(cutPositions(graph, [...order]));
  let from = 0;
  let alive = intAt(change, 0);
  order.forEach((vertex, position) => {
    alive += intAt(change, position + 1);
    const own = at(graph.bytes, vertex) > 0 && listAt(touches, vertex).length > 1 ? 1 : 0;
    const isLast = position === order.length - 1;
    if (isLast || (cuts.has(position) && alive <= own)) {
      ranges.push({ from, to: position + 1 });
      from = position + 1;
    }
  });
  return ranges;
}

/**
 * What an operator reads, writes and needs as scratch, with all tensors that exist before it and are needed after it in every
 * order, is more than the capacity by some bytes. As many must be away meanwhile: a load for each, and a store unless
 * it is a network input. The most of this over the operators.
 */
function tightestOperator(graph: MemoryGraph, capacity: number, order: readonly number[], { from, to }: Range): number {
  const count = to - from;
  const vertices = order.slice(from, to);
  const place = new Map(vertices.map((vertex, index) => [vertex, index]));
  /** Row: operator; column: those that come before it in every order. */
  const comesBefore = new Uint8Array(count * count);
  vertices.forEach((vertex, row) => {
    for (const input of listAt(graph.inputs, vertex)) {
      const other = place.get(input);
      if (other === undefined) continue;
      comesBefore[row * count + other] = 1;
      for (let column = 0; column < other; column++) if (comesBefore[other * count + column]) comesBefore[row * count + column] = 1;
    }
  });
  const tensors = new Set(vertices.flatMap((vertex) => [vertex, ...listAt(graph.inputs, vertex)]));
  let bound = 0;
  vertices.forEach((vertex, row) => {
    let excess = workingSet(graph, vertex) - capacity;
    let cheap = 0;
    for (const tensor of tensors) {
      if (tensor === vertex || at(graph.bytes, tensor) === 0 || listAt(graph.inputs, vertex).includes(tensor)) continue;
      const made = place.get(tensor);
      if (made !== undefined && !comesBefore[row * count + made]) continue;
      const isReadLater = listAt(graph.consumers, tensor).some((use) => {
        const other = place.get(use);
        return other !== undefined && comesBefore[other * count + row];
      });
      if (!isReadLater && !graph.pinned[tensor]) continue;
      // What is made before the block, or needed after it, is none of its traffic.
      if (made === undefined && !graph.source[tensor]) continue;
      excess += at(graph.bytes, tensor);
      if (graph.source[tensor] || !isReadLater) cheap += at(graph.bytes, tensor);
    }
    if (excess > 0) bound = Math.max(bound, excess <= cheap ? excess : 2 * excess - cheap);
  });
  return bound;
}
