/** The smallest arena, by branch and bound. */
import { at, numberAt } from "../../base/matrix.ts";
import type { Interval } from "./interval.ts";

/** The best packing smaller than what was asked, if any; `proven` where nothing smaller than it (or than asked) exists. */
export interface ExactPacking {
  readonly offsets: readonly number[] | undefined;
  readonly arenaBytes: number;
  readonly proven: boolean;
}

/**
 * Branch and bound over placements. Every packing can be pushed down until each interval rests on the floor or on one
 * below it, without growing. Placing its intervals by increasing offset, each then lies on the skyline, the highest
 * top so far over its steps. So it is enough to try, at each depth, every interval that is left, on the skyline and
 * not below the last one placed. A branch ends where, at some step, the skyline and what is still to be placed there
 * reach the best arena known.
 *
 * @param bound lower bound; a packing that meets it ends the search
 * @param below only smaller arenas are of interest
 * @param limit placements to look at, about
 */
export function exactPacking(intervals: readonly Interval[], bound: number, below: number, limit: number): ExactPacking {
  // Only steps at which something begins can be the tightest: name them 0, 1, 2, …
  const starts = [...new Set(intervals.map((interval) => interval.firstStep))].sort((a, b) => a - b);
  const first = intervals.map((interval) => starts.indexOf(interval.firstStep));
  const last = intervals.map((interval) => starts.findLastIndex((start) => start <= interval.lastStep));
  const bytes = Float64Array.from(intervals, (interval) => interval.bytes);
  const skyline = new Float64Array(starts.length);
  const left = new Float64Array(starts.length);
  intervals.forEach((interval, index) => {
    for (let step = numberAt(first, index); step <= numberAt(last, index); step++) left[step] = at(left, step) + interval.bytes;
  });

  const count = intervals.length;
  const placed = new Uint8Array(count);
  const offsets = new Float64Array(count);
  let best: number[] | undefined;
  let bestBytes = below;
  let tries = 0;
  place(0, 0, 0);
  return { offsets: best, arenaBytes: bestBytes, proven: bestBytes <= bound || tries <= limit };

  function place(depth: number, lowest: number, top: number): void {
    if (depth === count) {
      best = [...offsets];
      bestBytes = top;
      return;
    }
    tries += count;
    const options: { index: number; offset: number }[] = [];
    for (let index = 0; index < count; index++) {
      if (placed[index]) continue;
      let offset = 0;
      for (let step = numberAt(first, index); step <= numberAt(last, index); step++) offset = Math.max(offset, at(skyline, step));
      if (offset + at(bytes, index) >= bestBytes) return;
      if (offset >= lowest) options.push({ index, offset });
    }
    options.sort((a, b) => a.offset - b.offset || at(bytes, b.index) - at(bytes, a.index));
    for (const { index, offset } of options) {
      if (bestBytes <= bound || tries > limit) return;
      const begin = numberAt(first, index);
      const end = numberAt(last, index);
      const before = skyline.slice(begin, end + 1);
      const size = at(bytes, index);
      placed[index] = 1;
      offsets[index] = offset;
      for (let step = begin; step <= end; step++) {
        skyline[step] = offset + size;
        left[step] = at(left, step) - size;
      }
      if (fits(offset)) place(depth + 1, offset, Math.max(top, offset + size));
      skyline.set(before, begin);
      for (let step = begin; step <= end; step++) left[step] = at(left, step) + size;
      placed[index] = 0;
    }
  }

  /** Whether what is left can end below the best arena; all of it lies at `lowest` or above. */
  function fits(lowest: number): boolean {
    for (let step = 0; step < skyline.length; step++) {
      const rest = at(left, step);
      if (rest > 0 && Math.max(at(skyline, step), lowest) + rest >= bestBytes) return false;
    }
    return true;
  }
}
