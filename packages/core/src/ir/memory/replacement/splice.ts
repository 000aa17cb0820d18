/** Windows of a plan: cut out of it, and put back with another solution. */
import { addAt, at, listAt, numberAt } from "../../../base/matrix.ts";
import type { MemoryGraph } from "../memoryGraph.ts";
import { firstDropped, type Residency, touchesOf } from "./residency.ts";
import type { WindowSolution } from "./search.ts";
import { makeWindow, type Whereabouts, type Window } from "./window.ts";

/** Positions of a plan's order, the last one not included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * A plan's traffic by the position that it belongs to: a load to that of the operator that needs it, a store to that of the touch after which the
 * tensor first leaves.
 */
export function trafficByPosition(graph: MemoryGraph, { order, kept }: Residency): Float64Array {
  const traffic = new Float64Array(order.length);
  touchesOf(graph, order).forEach((touches, vertex) => {
    const gaps = listAt(kept, vertex);
    const first = firstDropped(gaps);
    if (first < 0) return;
    const size = at(graph.bytes, vertex);
    if (!(graph.source[vertex] && first === 0)) addAt(traffic, numberAt(touches, first), size);
    gaps.forEach((stays, gap) => {
      const end = numberAt(touches, gap + 1);
      if (!stays && end < order.length) addAt(traffic, end, size);
    });
  });
  return traffic;
}

export function sumWithin(traffic: Float64Array, { from, to }: Range): number {
  let bytes = 0;
  for (let position = from; position < to; position++) bytes += at(traffic, position);
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

/** The plan with what another one does between two clean cuts. */
export function adopt(graph: MemoryGraph, plan: Residency, other: Residency, { from, to }: Range): Residency {
  const order = [...plan.order.slice(0, from), ...other.order.slice(from, to), ...plan.order.slice(to)];
  const overwritten = [...plan.overwritten];
  for (const vertex of other.order.slice(from, to)) overwritten[vertex] = numberAt(other.overwritten, vertex);
  const last = to === order.length ? to : to - 1;
  const kept = touchesOf(graph, order).map((touches, vertex) =>
    listAt(plan.kept, vertex).map((stays, gap) => {
      const end = numberAt(touches, gap + 1);
      return end >= from && end <= last ? (listAt(other.kept, vertex)[gap] as boolean) : stays;
    }),
  );
  return { order, kept, overwritten };
}
