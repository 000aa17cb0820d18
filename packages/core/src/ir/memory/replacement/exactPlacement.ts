/** The least traffic with addresses: every plan of a given traffic is tried, then of a little more. */
import type { Interval } from "../interval.ts";
import type { MemoryGraph } from "../memoryGraph.ts";
import { TrafficBound } from "./bound.ts";
import { type Placed, packWithin } from "./placement.ts";
import { type Residency, staysOf, touchesOf } from "./residency.ts";
import { forEachBit, type Window } from "./window.ts";

interface Choice {
  readonly operator: number;
  /** Tensors loaded for it. */
  readonly loads: number;
  /** Tensors that leave after it. */
  readonly leaving: number;
  readonly overwritten: number;
}

/** A stay that is known so far: `tensors` that it holds, the last of them still there while `open`. */
interface GrowingStay extends Interval {
  readonly tensors: number;
  readonly open: boolean;
}

export interface ExactPlacement {
  readonly placed: Placed | undefined;
  /** No plan with addresses has less traffic. */
  readonly lowerBound: number;
}

/**
 * Depth first over the orders, and after each operator over what leaves of the tensors that it has touched, as long as
 * the traffic can stay within a level, and what is in the scratchpad so far has addresses (or is not known to have none). A level
 * without a plan gives way to the next traffic that was met.
 *
 * @param window the whole graph
 * @param from no plan has less traffic
 * @param below only plans with less are of interest
 * @param limit states to look at, about
 */
export function exactWithAddresses(graph: MemoryGraph, window: Window, from: number, below: number, limit: number): ExactPlacement {
  const { reads, overwrites, before, scratch, inPlaceBytes, bytes, capacity, incoming } = window;
  const count = window.vertices.length;
  const all = (1 << count) - 1;
  const bound = new TrafficBound(window);
  const { sum } = bound;
  const packingLimit = 2000;
  let effort = 0;
  let level = from;
  let nextLevel = below;
  let isProven = true;
  let found: Placed | undefined;

  while (level < below) {
    nextLevel = below;
    // Network inputs begin in the scratchpad or in main memory.
    for (let kept = incoming; ; kept = (kept - 1) & incoming) {
      const stays: GrowingStay[] = [];
      forEachBit(kept, (tensor) => {
        stays.push({ bytes: sum(1 << tensor), firstStep: 0, lastStep: 0, tensors: 1 << tensor, open: true });
      });
      visit({ done: 0, resident: kept, stored: incoming & ~kept }, 0, [], stays, kept);
      if (found || effort >= limit) break;
      if (kept === 0) break;
    }
    if (found) return { placed: found, lowerBound: isProven ? level : from };
    if (effort >= limit) return { placed: undefined, lowerBound: isProven ? level : from };
    level = nextLevel;
  }
  return { placed: undefined, lowerBound: isProven ? below : from };

  function visit(
    state: { done: number; resident: number; stored: number },
    cost: number,
    choices: readonly Choice[],
    stays: readonly GrowingStay[],
    start: number,
  ): void {
    if (state.done === all) {
      const residency = residencyOf(choices, start);
      const { offsets, proven } = packWithin(staysOf(graph, residency).stays, capacity, packingLimit);
      if (offsets) found = { residency, offsets };
      else if (!proven) isProven = false;
      return;
    }
    for (let operator = 0; operator < count; operator++) {
      const bit = 1 << operator;
      const reading = reads[operator] as number;
      if (state.done & bit || ((before[operator] as number) & ~state.done) !== 0) continue;
      const loads = reading & ~state.resident;
      const done = state.done | bit;
      const needed = bound.needed(done);
      const touched = (reading | bit) & needed;
      for (let rest = (overwrites[operator] as number) | (1 << 31); rest !== 0; rest &= rest - 1) {
        // The last choice, bit 31, is to overwrite nothing.
        const lowest = 31 - Math.clz32(rest & -rest);
        const overwritten = lowest === 31 ? -1 : lowest;
        const taken = overwritten < 0 ? 0 : 1 << overwritten;
        const own = (taken ? inPlaceBytes[operator] : bytes[operator]) as number;
        if (sum(state.resident | reading) + own + (scratch[operator] as number) > capacity) continue;
        const grown = grow(stays, operator, loads, taken, choices.length);
        const may = touched & ~taken;
        for (let leaving = 0; ; leaving = (leaving - may) & may) {
          if (found || effort >= limit) return;
          const gone = leaving | (taken & needed);
          const next = {
            done,
            resident: (state.resident | reading | bit) & needed & ~gone,
            stored: (state.stored | gone) & needed,
          };
          const spent = cost + sum(loads) + sum(gone & ~state.stored);
          const total = spent + bound.of(next);
          if (total > level) nextLevel = Math.min(nextLevel, total);
          else {
            effort++;
            const closed = grown.map((stay) => (stay.open && (stay.tensors & next.resident) === 0 ? { ...stay, open: false } : stay));
            const packing = packWithin(closed, capacity, packingLimit);
            if (packing.offsets || !packing.proven) {
              visit(next, spent, [...choices, { operator, loads, leaving: gone, overwritten }], closed, start);
            }
          }
          if (leaving === may) break;
        }
      }
    }
  }

  /** The stays once the operator at a step runs. */
  function grow(stays: readonly GrowingStay[], operator: number, loads: number, taken: number, step: number): readonly GrowingStay[] {
    const grown = stays.map((stay): GrowingStay => {
      if (!stay.open) return stay;
      return { ...stay, lastStep: step, tensors: (stay.tensors & taken) !== 0 ? 1 << operator : stay.tensors };
    });
    forEachBit(loads, (tensor) => {
      const held = (1 << tensor) & taken ? 1 << operator : 1 << tensor;
      grown.push({ bytes: sum(1 << tensor), firstStep: step, lastStep: step, tensors: held, open: true });
    });
    const own = bytes[operator] as number;
    if (!taken && own > 0) grown.push({ bytes: own, firstStep: step, lastStep: step, tensors: 1 << operator, open: true });
    const extra = (scratch[operator] as number) + (taken ? (inPlaceBytes[operator] as number) : 0);
    if (extra > 0) grown.push({ bytes: extra, firstStep: step, lastStep: step, tensors: 0, open: false });
    return grown;
  }

  function residencyOf(choices: readonly Choice[], start: number): Residency {
    const order = choices.map(({ operator }) => window.vertices[operator] as number);
    const stepOf = new Map(order.map((vertex, step) => [vertex, step]));
    const local = new Map(window.tensors.map((vertex, tensor) => [vertex, tensor]));
    const kept = touchesOf(graph, order).map((touches, vertex) => {
      const tensor = local.get(vertex);
      return touches.slice(1).map((_, gap) => {
        const touch = touches[gap] as number;
        if (tensor === undefined) return true;
        return touch < 0 ? ((start >>> tensor) & 1) === 1 : (((choices[touch] as Choice).leaving >>> tensor) & 1) === 0;
      });
    });
    const overwritten = new Array<number>(graph.size).fill(-1);
    for (const vertex of order) {
      const choice = choices[stepOf.get(vertex) as number] as Choice;
      overwritten[vertex] = choice.overwritten < 0 ? -1 : (window.tensors[choice.overwritten] as number);
    }
    return { order, kept, overwritten };
  }
}
