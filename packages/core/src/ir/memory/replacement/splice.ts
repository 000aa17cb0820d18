/** Windows of a plan: cut out of it, and put back with another solution. */
import { at, listAt, numberAt } from "../../../base/matrix.ts";
import type { MemoryGraph } from "../memoryGraph.ts";
import { firstDropped, type Residency, touchesOf } from "./residency.ts";
import type { WindowSolution } from "./search.ts";
import { makeWindow, type Whereabouts, type Window } from "./window.ts";

/** Positions of a plan's order, the last one not included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Traffic of a plan that belongs to a range: loads for its operators, and the stores of what first leaves after a touch in it. */
export function trafficWithin(graph: MemoryGraph, { order, kept }: Residency, { from, to }: Range): number {
  const isWithin = (position: number) => position >= from && position < to;
  let bytes = 0;
  touchesOf(graph, order).forEach((touches, vertex) => {
    const gaps = listAt(kept, vertex);
    const first = firstDropped(gaps);
    if (first < 0) return;
    const size = at(graph.bytes, vertex);
    if (!(graph.source[vertex] && first === 0) && isWithin(numberAt(touches, first))) bytes += size;
    gaps.forEach((stays, gap) => {
      const end = numberAt(touches, gap + 1);
      if (!stays && isWithin(end) && end < order.length) bytes += size;
    });
  });
  return bytes;
}

/**
 * The window of a range, which begins as the plan enters it. Unless `free`, it is to end as the plan leaves it. Nothing where
 * it is too large.
 */
export function windowOf(
  graph: MemoryGraph,
  capacity: number,
  residency: Residency,
  range: Range,
  options: { readonly free: boolean; readonly inOrder: boolean },
): Window | undefined {
  const { order, kept } = residency;
  const touches = touchesOf(graph, order);
  const positionOf = new Int32Array(graph.size).fill(-1);
  order.forEach((vertex, position) => {
    positionOf[vertex] = position;
  });
  /** As the tensor is before the operator at a position, if it exists then. */
  const before = (vertex: number, position: number): Whereabouts => {
    const gaps = listAt(kept, vertex);
    const gap = listAt(touches, vertex).findLastIndex((touch) => touch < position);
    const isUnread = graph.source[vertex] === 1 && gap === 0;
    const first = firstDropped(gaps);
    return { resident: gaps[gap] ?? false, stored: isUnread || (first >= 0 && first <= gap) };
  };
  return makeWindow(graph, capacity, {
    vertices: order.slice(range.from, range.to),
    isDone: (vertex) => (positionOf[vertex] as number) < range.from,
    // Before the first operator it is still open where inputs begin.
    entry: (vertex) => (range.from === 0 ? { resident: true, stored: true } : before(vertex, range.from)),
    ...(options.free ? {} : { exit: (vertex) => before(vertex, range.to) }),
    isUnread: (vertex) => graph.source[vertex] === 1 && (listAt(touches, vertex)[1] ?? 0) >= range.from,
    inOrder: options.inOrder,
  });
}

/** The plan with another solution in a range. What is to stay beyond the range stays if it did so in both. */
export function splice(graph: MemoryGraph, plan: Residency, range: Range, window: Window, solution: WindowSolution): Residency {
  const vertexOf = (tensor: number) => numberAt(window.tensors, tensor);
  const order = [
    ...plan.order.slice(0, range.from),
    ...solution.steps.map(({ operator }) => vertexOf(operator)),
    ...plan.order.slice(range.to),
  ];
  const loads = new Map(solution.steps.map(({ operator, loads }) => [vertexOf(operator), loads]));
  const local = new Map(window.tensors.map((vertex, tensor) => [vertex, tensor]));
  const has = (mask: number, vertex: number) => {
    const tensor = local.get(vertex);
    return tensor !== undefined && ((mask >>> tensor) & 1) === 1;
  };
  const kept = touchesOf(graph, order).map((touches, vertex) => {
    const before = listAt(plan.kept, vertex);
    if (!local.has(vertex) || at(graph.bytes, vertex) === 0) return before;
    return before.map((stayed, gap) => {
      const begin = numberAt(touches, gap);
      const end = numberAt(touches, gap + 1);
      if (end < range.from || begin >= range.to) return stayed;
      if (end < range.to) return !has(loads.get(numberAt(order, end)) ?? 0, vertex);
      const resident = has(solution.resident, vertex);
      return begin < range.from || window.wanted ? stayed && resident : resident;
    });
  });
  const overwritten = [...plan.overwritten];
  for (const step of solution.steps) overwritten[vertexOf(step.operator)] = step.overwritten < 0 ? -1 : vertexOf(step.overwritten);
  return { order, kept, overwritten };
}
