/** Addresses in the scratchpad for a plan, and what gives way where there are none. */
import { at, listAt, numberAt } from "../../../base/matrix.ts";
import { packArena } from "../arena.ts";
import { exactPacking } from "../arenaBranchAndBound.ts";
import type { Interval } from "../interval.ts";
import type { MemoryGraph } from "../memoryGraph.ts";
import { type Residency, staysOf, tensorTraffic } from "./residency.ts";

/** A plan with the offsets of its stays, all within the capacity. */
export interface Placed {
  readonly residency: Residency;
  readonly offsets: readonly number[];
}

interface Gap {
  readonly vertex: number;
  readonly gap: number;
}

/** Offsets within the capacity, or nothing where none were found; `proven` where there are none. */
export function packWithin(intervals: readonly Interval[], capacity: number, limit: number) {
  const greedy = packArena(intervals, 0);
  if (greedy.arenaBytes <= capacity) return { offsets: greedy.offsets, proven: false };
  if (greedy.optimal) return { offsets: undefined, proven: true };
  const { offsets, proven } = exactPacking(intervals, capacity, capacity + 1, limit);
  return { offsets, proven: proven && !offsets };
}

/**
 * Places a plan. Where its stays do not fit although their bytes do, because what is free lies in pieces, tensors that wait
 * in the scratchpad beside what found no place give way, one gap after another, the cheapest for its bytes and steps first;
 * then as many of these gaps as possible are taken back. It ends at the latest where no tensor waits at all.
 */
export function placeOrGiveWay(graph: MemoryGraph, plan: Residency, capacity: number, limit: number): Placed {
  let residency = plan;
  const givenUp: Gap[] = [];
  for (;;) {
    const { stays, touches } = staysOf(graph, residency);
    const { offsets } = packWithin(stays, capacity, limit);
    if (offsets) return takeBack(graph, { residency, offsets }, givenUp, capacity, limit);
    const packing = packArena(stays, 0);
    const beyond = stays.filter((stay, index) => numberAt(packing.offsets, index) + stay.bytes > capacity);
    const next = cheapestGap(graph, residency, touches, beyond);
    if (!next) throw new Error("an operator does not fit into the scratchpad by itself");
    givenUp.push(next);
    residency = withGap(residency, next, false);
  }
}

/** The gap to give up, beside one of the intervals if there is any. */
function cheapestGap(graph: MemoryGraph, residency: Residency, touches: readonly (readonly number[])[], beyond: readonly Interval[]) {
  let best: Gap | undefined;
  let bestPrice = Number.POSITIVE_INFINITY;
  for (const isBeside of [true, false]) {
    residency.kept.forEach((gaps, vertex) => {
      const bytes = at(graph.bytes, vertex);
      if (bytes === 0) return;
      const now = tensorTraffic(graph, vertex, gaps);
      gaps.forEach((stays, gap) => {
        const begin = numberAt(listAt(touches, vertex), gap);
        const end = numberAt(listAt(touches, vertex), gap + 1);
        if (!stays || (isBeside && !beyond.some(({ firstStep, lastStep }) => firstStep < end && lastStep > begin))) return;
        const then = tensorTraffic(graph, vertex, gaps.with(gap, false));
        const more = then.loadedBytes + then.storedBytes - now.loadedBytes - now.storedBytes;
        const price = more / (bytes * (end - begin));
        if (price < bestPrice) [best, bestPrice] = [{ vertex, gap }, price];
      });
    });
    if (best) return best;
  }
  return undefined;
}

function takeBack(graph: MemoryGraph, placed: Placed, gaps: readonly Gap[], capacity: number, limit: number): Placed {
  let best = placed;
  for (const gap of gaps.toReversed()) {
    const residency = withGap(best.residency, gap, true);
    const { offsets } = packWithin(staysOf(graph, residency).stays, capacity, limit);
    if (offsets) best = { residency, offsets };
  }
  return best;
}

function withGap(residency: Residency, { vertex, gap }: Gap, stays: boolean): Residency {
  return { ...residency, kept: residency.kept.map((gaps, other) => (other === vertex ? gaps.with(gap, stays) : gaps)) };
}
