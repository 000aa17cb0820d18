import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Segment } from "./segment.ts";
import { leastAliveBetween, liveBytes } from "./valley.ts";

/** A random segment of tensors that all die in it where they have a consumer; the last two come from before. */
const segmentArbitrary: fc.Arbitrary<Segment> = fc
  .record({
    size: fc.integer({ min: 2, max: 8 }),
    bytes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 10, maxLength: 10 }),
    edges: fc.array(fc.tuple(fc.nat(9), fc.nat(7)), { maxLength: 16 }),
  })
  .map(({ size, bytes, edges }) => {
    const consumers: number[][] = Array.from({ length: size + 2 }, () => []);
    for (const [a, b] of edges) {
      const [from, to] = a >= 8 ? [size + a - 8, b % size] : [Math.min(a, b) % size, Math.max(a, b) % size];
      if ((from >= size || from < to) && !consumers[from]?.includes(to)) consumers[from]?.push(to);
    }
    const vertices = Array.from({ length: size }, (_, vertex) => vertex);
    return {
      vertices,
      startBytes: (bytes[size] as number) + (bytes[size + 1] as number),
      bytes: bytes.slice(0, size + 2),
      scratch: vertices.map(() => 0),
      predecessors: vertices.map((vertex) => vertices.filter((other) => consumers[other]?.includes(vertex))),
      successors: vertices.map((vertex) => [...(consumers[vertex] as number[])]),
      mortal: vertices.map((vertex) => consumers.flatMap((all, tensor) => (all.includes(vertex) ? [tensor] : []))),
      overwrites: vertices.map(() => []),
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

describe("leastAliveBetween", () => {
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
          leastAliveBetween(segment, asArray(base), added, prefer).reduce((set, vertex) => set | (1 << vertex), base);
        expect(found("largest")).toBe(best.reduce((union, set) => union | set));
        expect(found("smallest")).toBe(best.reduce((intersection, set) => intersection & set));
      }),
      { numRuns: 500 },
    );
  });
});
