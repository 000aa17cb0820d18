import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arenaLowerBound, packArena } from "./arena.ts";
import type { Interval } from "./interval.ts";

const intervalsArbitrary = (max: number, steps: number, largest: number) =>
  fc.array(
    fc
      .record({ bytes: fc.integer({ min: 1, max: largest }), a: fc.nat(steps), b: fc.nat(steps) })
      .map(({ bytes, a, b }): Interval => ({ bytes, firstStep: Math.min(a, b), lastStep: Math.max(a, b) })),
    { maxLength: max },
  );

const together = (a: Interval, b: Interval) => a.firstStep <= b.lastStep && b.firstStep <= a.lastStep;

/** Smallest arena by trying every offset of every interval, for tiny sizes. */
function bruteForceArena(intervals: readonly Interval[]): number {
  const fits = (arena: number, offsets: readonly number[]): boolean => {
    const interval = intervals[offsets.length];
    if (!interval) return true;
    for (let offset = 0; offset + interval.bytes <= arena; offset++) {
      const free = offsets.every((other, index) => {
        const placed = intervals[index] as Interval;
        return !together(interval, placed) || offset >= other + placed.bytes || other >= offset + interval.bytes;
      });
      if (free && fits(arena, [...offsets, offset])) return true;
    }
    return false;
  };
  let arena = 0;
  while (!fits(arena, [])) arena++;
  return arena;
}

describe("packArena", () => {
  it("finds the smallest arena of tiny instances", () => {
    fc.assert(
      fc.property(intervalsArbitrary(6, 5, 4), (intervals) => {
        const packing = packArena(intervals, 1_000_000);
        expect(packing.optimal).toBe(true);
        expect(packing.arenaBytes).toBe(bruteForceArena(intervals));
      }),
      { numRuns: 300 },
    );
  });

  it("never lets two intervals that share a step overlap, however little it may search", () => {
    fc.assert(
      fc.property(intervalsArbitrary(40, 30, 1000), fc.constantFrom(0, 10, 1000), (intervals, limit) => {
        const { offsets, arenaBytes } = packArena(intervals, limit);
        expect(arenaBytes).toBeGreaterThanOrEqual(arenaLowerBound(intervals));
        expect(arenaBytes).toBe(intervals.reduce((top, interval, i) => Math.max(top, (offsets[i] as number) + interval.bytes), 0));
        intervals.forEach((a, i) => {
          intervals.forEach((b, j) => {
            const apart =
              (offsets[i] as number) >= (offsets[j] as number) + b.bytes || (offsets[j] as number) >= (offsets[i] as number) + a.bytes;
            if (i !== j && together(a, b)) expect(apart).toBe(true);
          });
        });
      }),
      { numRuns: 200 },
    );
  });

  it("knows when more is needed than the bytes alive at any step", () => {
    // Found by random search; that 5 does not suffice is confirmed here by brute force.
    const intervals: readonly Interval[] = [
      { bytes: 3, firstStep: 5, lastStep: 6 },
      { bytes: 1, firstStep: 1, lastStep: 3 },
      { bytes: 2, firstStep: 6, lastStep: 7 },
      { bytes: 1, firstStep: 1, lastStep: 3 },
      { bytes: 1, firstStep: 3, lastStep: 5 },
      { bytes: 2, firstStep: 0, lastStep: 2 },
      { bytes: 1, firstStep: 1, lastStep: 5 },
      { bytes: 3, firstStep: 0, lastStep: 0 },
    ];
    expect(arenaLowerBound(intervals)).toBe(5);
    expect(bruteForceArena(intervals)).toBe(6);
    expect(packArena(intervals, 1_000_000)).toMatchObject({ arenaBytes: 6, optimal: true });
    expect(packArena(intervals, 0)).toMatchObject({ optimal: false });
  });
});
