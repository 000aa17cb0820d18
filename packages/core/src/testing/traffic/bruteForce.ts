/** The least traffic of a small graph, by trying everything. */
import type { MemoryGraph } from "../../ir/memory/memoryGraph.ts";

/**
 * The least traffic, by trying everything: every order, every choice of what stays between two touches and of what is
 * overwritten, every address. Undefined where there are more than `most` of them.
 */
export function bruteForceTraffic(graph: MemoryGraph, capacity: number, most: number): number | undefined {
  let best = Number.POSITIVE_INFINITY;
  let tried = 0;
  const operators = Array.from({ length: graph.size }, (_, vertex) => vertex).filter((vertex) => !graph.source[vertex]);

  const withOrder = (order: readonly number[]) => {
    const touches = Array.from({ length: graph.size }, (_, vertex) => [
      ...(graph.source[vertex] ? [-1] : []),
      ...order.flatMap((operator, step) => (operator === vertex || graph.inputs[operator]?.includes(vertex) ? [step] : [])),
      ...(graph.pinned[vertex] ? [order.length] : []),
    ]);
    const gaps = touches.flatMap((list, vertex) => list.slice(1).map((_, gap) => ({ vertex, gap })));
    const away = touches.map((list) => list.slice(1).map(() => false));

    const cost = () =>
      away.reduce((sum, list, vertex) => {
        if (!list.includes(true)) return sum;
        const loads = list.filter((isAway, gap) => isAway && (touches[vertex]?.[gap + 1] as number) < order.length).length;
        const stores = graph.source[vertex] && list[0] ? 0 : 1;
        return sum + (loads + stores) * (graph.bytes[vertex] as number);
      }, 0);

    const overwriting = (index: number, taken: ReadonlyMap<number, number>): boolean => {
      const operator = order[index];
      if (operator === undefined) return hasAddresses(taken);
      if (overwriting(index + 1, taken)) return true;
      return (graph.overwrites[operator] ?? []).some((input) => {
        const touch = touches[input]?.indexOf(index) as number;
        const leaves = away[input]?.[touch] ?? true;
        return leaves && overwriting(index + 1, new Map([...taken, [operator, input]]));
      });
    };

    const hasAddresses = (taken: ReadonlyMap<number, number>): boolean => {
      const stays: { vertex: number; first: number; last: number; bytes: number }[] = [];
      touches.forEach((list, vertex) => {
        for (let touch = 0; touch < list.length; touch++) {
          const begin = touch;
          while (touch < list.length - 1 && !away[vertex]?.[touch]) touch++;
          const first = list[begin] as number;
          const last = list[touch] as number;
          // Where a tensor is only handed over to main memory, or fetched from it, it needs no room.
          if (begin === touch && (first < 0 || first === order.length)) continue;
          stays.push({ vertex, first: Math.max(0, first), last: Math.min(last, order.length - 1), bytes: graph.bytes[vertex] as number });
        }
      });
      for (let step = 0; step < order.length; step++) {
        const operator = order[step] as number;
        const input = taken.get(operator);
        if (input !== undefined) {
          const old = stays.find(({ vertex, last }) => vertex === input && last === step);
          const own = stays.find(({ vertex, first }) => vertex === operator && first === step);
          if (!old || !own) return false;
          old.last = own.last;
          old.vertex = operator;
          stays.splice(stays.indexOf(own), 1);
        }
        const scratch = (graph.scratch[operator] as number) + (input === undefined ? 0 : (graph.inPlaceBytes[operator] as number));
        if (scratch > 0) stays.push({ vertex: -1, first: step, last: step, bytes: scratch });
      }
      for (let step = 0; step < order.length; step++) {
        const live = stays.reduce((sum, { first, last, bytes }) => sum + (first <= step && step <= last ? bytes : 0), 0);
        if (live > capacity) return false;
      }
      const offsets: number[] = [];
      const place = (index: number): boolean => {
        const stay = stays[index];
        if (!stay) return true;
        const rivals = stays.slice(0, index).map((other, at) => ({ ...other, offset: offsets[at] as number }));
        const conflicts = rivals.filter((other) => other.first <= stay.last && stay.first <= other.last);
        for (let offset = 0; offset + stay.bytes <= capacity; offset++) {
          if (conflicts.some((other) => other.offset < offset + stay.bytes && offset < other.offset + other.bytes)) continue;
          offsets[index] = offset;
          if (place(index + 1)) return true;
          if (++tried > most) return false;
        }
        return false;
      };
      return place(0);
    };

    const choose = (index: number) => {
      const gap = gaps[index];
      if (++tried > most || cost() >= best) return;
      if (!gap) {
        if (overwriting(0, new Map())) best = cost();
        return;
      }
      for (const isAway of [false, true]) {
        (away[gap.vertex] as boolean[])[gap.gap] = isAway;
        choose(index + 1);
      }
      (away[gap.vertex] as boolean[])[gap.gap] = false;
    };
    choose(0);
  };

  const extend = (order: readonly number[]) => {
    if (tried > most) return;
    if (order.length === operators.length) withOrder(order);
    for (const operator of operators) {
      const isReady = (graph.inputs[operator] ?? []).every((input) => graph.source[input] || order.includes(input));
      if (!order.includes(operator) && isReady) extend([...order, operator]);
    }
  };
  extend([]);
  return tried > most ? undefined : best;
}
