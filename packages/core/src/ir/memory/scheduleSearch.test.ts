import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leastLiveSet, liveBytes } from "./minimumCut.ts";
import { searchBeam, searchExact } from "./scheduleSearch.ts";
import type { Segment } from "./segment.ts";

/** A random segment of tensors that all die in it where they have a consumer; the last two come from before. */
const segmentArbitrary: fc.Arbitrary<Segment> = fc
  .record({
    size: fc.integer({ min: 2, max: 10 }),
    bytes: fc.array(fc.constantFrom(1, 2, 4, 4, 8, 9), { minLength: 12, maxLength: 12 }),
    scratch: fc.array(fc.constantFrom(0, 0, 0, 1, 5), { minLength: 10, maxLength: 10 }),
    inPlace: fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }),
    edges: fc.array(fc.tuple(fc.nat(11), fc.nat(9)), { maxLength: 20 }),
  })
  .map(({ size, bytes, scratch, inPlace, edges }) => {
    const consumers: number[][] = Array.from({ length: size + 2 }, () => []);
    for (const [a, b] of edges) {
      const [from, to] = a >= 10 ? [size + a - 10, b % size] : [Math.min(a, b) % size, Math.max(a, b) % size];
      if ((from >= size || from < to) && !consumers[from]?.includes(to)) consumers[from]?.push(to);
    }
    const freeableOf = (vertex: number) => consumers.flatMap((all, tensor) => (all.includes(vertex) ? [tensor] : []));
    const vertices = Array.from({ length: size }, (_, vertex) => vertex);
    return {
      vertices,
      startBytes: (bytes[size] as number) + (bytes[size + 1] as number),
      bytes: Float64Array.from(bytes.slice(0, size + 2)),
      scratch: Float64Array.from(scratch.slice(0, size)),
      predecessors: vertices.map((vertex) => vertices.filter((other) => consumers[other]?.includes(vertex))),
      successors: vertices.map((vertex) => [...(consumers[vertex] as number[])]),
      freeable: vertices.map(freeableOf),
      // Less than what it saves, as a plane of scratch is.
      inPlaceBytes: Float64Array.from(vertices, (vertex) => Math.floor((bytes[vertex] as number) / 3)),
      overwrites: vertices.map((vertex) => (inPlace[vertex] ? freeableOf(vertex).filter((tensor) => bytes[tensor] === bytes[vertex]) : [])),
      consumers,
      lowerBound: 0,
    };
  });

function downsets(segment: Segment): number[] {
  const sets = Array.from({ length: 2 ** segment.vertices.length }, (_, set) => set);
  return sets.filter((set) =>
    segment.vertices.every((vertex) => !(set & (1 << vertex)) || segment.predecessors[vertex]?.every((before) => set & (1 << before))),
  );
}

/** Bytes alive while a vertex runs after a set of others, by definition. */
function stepBytes(segment: Segment, set: number, vertex: number): number {
  const dies = (tensor: number) => segment.consumers[tensor]?.every((other) => other === vertex || set & (1 << other));
  const live = liveBytes(
    segment,
    Uint8Array.from(segment.vertices, (other) => (set >> other) & 1),
  );
  const allocated = segment.overwrites[vertex]?.some(dies) ? (segment.inPlaceBytes[vertex] as number) : (segment.bytes[vertex] as number);
  return live + allocated + (segment.scratch[vertex] as number);
}

/** Smallest peak of all orders: the plain recursion over sets. */
function leastPeak(segment: Segment): number {
  const known = new Map<number, number>();
  const from = (set: number): number => {
    if (set === 2 ** segment.vertices.length - 1) return 0;
    let best = known.get(set) ?? Number.POSITIVE_INFINITY;
    if (known.has(set)) return best;
    for (const vertex of segment.vertices) {
      if (set & (1 << vertex) || segment.predecessors[vertex]?.some((before) => !(set & (1 << before)))) continue;
      best = Math.min(best, Math.max(stepBytes(segment, set, vertex), from(set | (1 << vertex))));
    }
    known.set(set, best);
    return best;
  };
  return from(0);
}

function peakOf(segment: Segment, order: readonly number[]): number {
  expect([...order].sort((a, b) => a - b)).toEqual(segment.vertices);
  let set = 0;
  let peak = 0;
  for (const vertex of order) {
    expect(segment.predecessors[vertex]?.every((before) => set & (1 << before))).toBe(true);
    peak = Math.max(peak, stepBytes(segment, set, vertex));
    set |= 1 << vertex;
  }
  return peak;
}

describe("the search of a segment", () => {
  it("finds the smallest peak, forward and backward", () => {
    fc.assert(
      fc.property(segmentArbitrary, fc.constantFrom("forward", "backward"), fc.nat(20), (segment, direction, floor) => {
        const least = leastPeak(segment);
        const { found, proven } = searchExact(segment, { floor, below: Number.POSITIVE_INFINITY, limit: 1_000_000, direction });
        expect(proven).toBe(true);
        expect(found?.peakBytes).toBe(Math.max(floor, least));
        expect(peakOf(segment, found?.order ?? [])).toBeLessThanOrEqual(Math.max(floor, least));
        // Nothing smaller is found where nothing smaller exists.
        const none = searchExact(segment, { floor: 0, below: least, limit: 1_000_000, direction });
        expect(none).toMatchObject({ found: undefined, proven: true });
      }),
      { numRuns: 1500 },
    );
  });

  it("by beam gives a valid order with the peak it states", () => {
    fc.assert(
      fc.property(segmentArbitrary, fc.integer({ min: 1, max: 4 }), (segment, width) => {
        const { order, peakBytes } = searchBeam(segment, 0, width);
        expect(peakOf(segment, order)).toBe(peakBytes);
        expect(peakBytes).toBeGreaterThanOrEqual(leastPeak(segment));
      }),
    );
  });
});

describe("leastLiveSet", () => {
  it("finds the largest and the smallest of the sets that leave least alive", () => {
    fc.assert(
      fc.property(segmentArbitrary, fc.nat(), fc.nat(), (segment, a, b) => {
        const sets = downsets(segment);
        const asArray = (set: number) => Uint8Array.from(segment.vertices, (vertex) => (set >> vertex) & 1);
        const base = (sets[a % sets.length] as number) & (sets[b % sets.length] as number);
        const top = (sets[a % sets.length] as number) | (sets[b % sets.length] as number);
        const between = sets.filter((set) => (set & base) === base && (set | top) === top);
        const least = Math.min(...between.map((set) => liveBytes(segment, asArray(set))));
        const best = between.filter((set) => liveBytes(segment, asArray(set)) === least);
        const added = segment.vertices.filter((vertex) => top & ~base & (1 << vertex));
        const found = (prefer: "largest" | "smallest") =>
          leastLiveSet(segment, asArray(base), added, prefer).reduce((set, vertex) => set | (1 << vertex), base);
        expect(found("largest")).toBe(best.reduce((union, set) => union | set));
        expect(found("smallest")).toBe(best.reduce((intersection, set) => intersection & set));
      }),
      { numRuns: 500 },
    );
  });
});
