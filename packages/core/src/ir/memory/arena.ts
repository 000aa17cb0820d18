/** Where buffers lie in the arena: greedy orders, then local search, then branch and bound. */
import { item, numberAt } from "../../base/matrix.ts";
import { exactPacking } from "./arenaBranchAndBound.ts";
import type { Interval } from "./interval.ts";

/** Where each interval lies. Two that share a step do not overlap. */
export interface Packing {
  readonly offsets: readonly number[];
  readonly arenaBytes: number;
  /** Proven: no placement of these intervals fits a smaller arena. */
  readonly optimal: boolean;
}

const length = (interval: Interval) => interval.lastStep - interval.firstStep + 1;
const conflict = (a: Interval, b: Interval) => a.firstStep <= b.lastStep && b.firstStep <= a.lastStep;

/**
 * Puts intervals one by one, in the given order, at the lowest offset where they fit among those placed before
 * (first fit; with the largest first this is "greedy by size" of Pisarchyk and Lee 2020, "Efficient Memory
 * Management for Deep Neural Net Inference", algorithm 3).
 */
export function placeInOrder(intervals: readonly Interval[], order: readonly number[]): { offsets: number[]; arenaBytes: number } {
  const offsets = new Array<number>(intervals.length).fill(0);
  const placed: number[] = [];
  let arenaBytes = 0;
  for (const index of order) {
    const interval = item(intervals, index);
    let offset = 0;
    for (const other of placed) {
      const below = item(intervals, other);
      const start = numberAt(offsets, other);
      if (!conflict(interval, below)) continue;
      if (start >= offset + interval.bytes) break;
      offset = Math.max(offset, start + below.bytes);
    }
    offsets[index] = offset;
    arenaBytes = Math.max(arenaBytes, offset + interval.bytes);
    let insertAt = placed.length;
    while (insertAt > 0 && numberAt(offsets, numberAt(placed, insertAt - 1)) > offset) insertAt--;
    placed.splice(insertAt, 0, index);
  }
  return { offsets, arenaBytes };
}

/** Largest sum of intervals that share a step: no arena is smaller. */
export function arenaLowerBound(intervals: readonly Interval[]): number {
  let bound = 0;
  // The worst step is one where some interval begins.
  for (const step of new Set(intervals.map((interval) => interval.firstStep))) {
    let live = 0;
    for (const { bytes, firstStep, lastStep } of intervals) if (firstStep <= step && step <= lastStep) live += bytes;
    bound = Math.max(bound, live);
  }
  return bound;
}

/**
 * Offsets in as small an arena as can be found. Several greedy orders; then repeatedly the interval that reaches
 * highest is placed earlier; then branch and bound. Stops as soon as the lower bound is met.
 *
 * @param searchLimit placements that the branch and bound may look at, about
 */
export function packArena(intervals: readonly Interval[], searchLimit: number): Packing {
  const bound = arenaLowerBound(intervals);
  const all = intervals.map((_, index) => index);
  const sortedBy = (...keys: ((interval: Interval) => number)[]) =>
    [...all].sort((a, b) => {
      for (const key of keys) {
        const difference = key(item(intervals, b)) - key(item(intervals, a));
        if (difference !== 0) return difference;
      }
      return a - b;
    });
  const size = (interval: Interval) => interval.bytes;
  const conflicts = (interval: Interval) => intervals.reduce((sum, other) => sum + (conflict(interval, other) ? other.bytes : 0), 0);
  const orders = [
    () => sortedBy(size, length),
    () => sortedBy(length, size),
    () => sortedBy((interval) => interval.bytes * length(interval)),
    () => all,
    () => [...all].reverse(),
    () => {
      const weight = intervals.map(conflicts);
      return [...all].sort((a, b) => numberAt(weight, b) - numberAt(weight, a) || a - b);
    },
  ];

  let best: { offsets: number[]; arenaBytes: number } | undefined;
  let bestOrder = all;
  const attempt = (order: readonly number[]) => {
    const packing = placeInOrder(intervals, order);
    if (best && packing.arenaBytes >= best.arenaBytes) return;
    best = packing;
    bestOrder = [...order];
  };
  for (const order of orders) {
    attempt(order());
    if (best && best.arenaBytes <= bound) return { ...best, optimal: true };
  }
  if (!best) return { offsets: [], arenaBytes: 0, optimal: true };

  // A budget in comparisons keeps this below a millisecond or so for hundreds of intervals.
  const rounds = Math.min(2 * intervals.length, Math.floor(400_000 / (intervals.length * intervals.length)));
  let order = bestOrder;
  for (let round = 0; round < rounds && best.arenaBytes > bound; round++) {
    const { offsets, arenaBytes } = placeInOrder(intervals, order);
    const highest = order.findIndex((index) => numberAt(offsets, index) + item(intervals, index).bytes === arenaBytes);
    if (highest <= 0) break;
    // Before the first one that it conflicts with, or to the very front on every third round.
    const top = numberAt(order, highest);
    const rival = order.findIndex((index) => conflict(item(intervals, index), item(intervals, top)));
    const to = round % 3 === 2 ? 0 : Math.min(rival, highest);
    order = [...order.slice(0, to), top, ...order.slice(to, highest), ...order.slice(highest + 1)];
    attempt(order);
  }
  if (best.arenaBytes <= bound) return { ...best, optimal: true };

  const exact = exactPacking(intervals, bound, best.arenaBytes, searchLimit);
  if (exact.offsets) return { offsets: exact.offsets, arenaBytes: exact.arenaBytes, optimal: exact.proven };
  return { ...best, optimal: exact.proven };
}
