import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Evaluation } from "../searcher.ts";
import { constrainedDominates, constrainedSort, crowdingDistances, dominates, nonDominatedSort } from "./pareto.ts";

/** Few distinct values, so that ties and equal vectors are common. */
const vectors = (axes: number, maxLength = 40) =>
  fc.array(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: axes, maxLength: axes }), { maxLength });

const standing: fc.Arbitrary<Evaluation> = fc.oneof(
  fc.record({
    status: fc.constant("feasible" as const),
    objectives: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: 2 }),
  }),
  fc.record({ status: fc.constant("infeasible" as const), violation: fc.integer({ min: 1, max: 4 }) }),
  fc.constant({ status: "failed" as const }),
);

/** The definition: peel off what nobody left dominates. */
function peel(count: number, beats: (a: number, b: number) => boolean): number[][] {
  const fronts: number[][] = [];
  let left = Array.from({ length: count }, (_, index) => index);
  while (left.length > 0) {
    const front = left.filter((index) => !left.some((other) => beats(other, index)));
    fronts.push(front);
    left = left.filter((index) => !front.includes(index));
  }
  return fronts;
}

const ascending = (fronts: number[][]) => fronts.map((front) => [...front].sort((a, b) => a - b));

describe("domination", () => {
  it("needs one objective better and none worse", () => {
    expect(dominates([1, 2], [1, 3])).toBe(true);
    expect(dominates([1, 2], [1, 2])).toBe(false);
    expect(dominates([1, 2], [0, 9])).toBe(false);
    expect(dominates([-Infinity, 0, 1], [0, 0, 1])).toBe(true);
  });

  it("puts feasible before infeasible by violation before failed", () => {
    const order: Evaluation[] = [
      { status: "feasible", objectives: [9, 9] },
      { status: "infeasible", violation: 0.1 },
      { status: "infeasible", violation: 0.2 },
      { status: "failed" },
    ];
    order.forEach((a, i) => {
      order.forEach((b, j) => {
        expect(constrainedDominates(a, b)).toBe(i < j);
      });
    });
    expect(constrainedSort(order)).toEqual([[0], [1], [2], [3]]);
  });
});

describe("non-dominated sorting", () => {
  it.each([1, 2, 3, 5])("agrees with peeling off front by front: %d objectives", (axes) => {
    fc.assert(
      fc.property(vectors(axes), (points) => {
        const expected = peel(points.length, (a, b) => dominates(points[a] as number[], points[b] as number[]));
        expect(ascending(nonDominatedSort(points))).toEqual(expected);
      }),
    );
  });

  it("agrees with it where vectors are many, with ties and infinities: three objectives", () => {
    const value = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom(Infinity, -Infinity));
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value, value), { minLength: 50, maxLength: 200 }), (points) => {
        const expected = peel(points.length, (a, b) => dominates(points[a] as number[], points[b] as number[]));
        expect(ascending(nonDominatedSort(points))).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it("agrees with it under constraints", () => {
    fc.assert(
      fc.property(fc.array(standing, { maxLength: 30 }), (standings) => {
        const expected = peel(standings.length, (a, b) => constrainedDominates(standings[a] as Evaluation, standings[b] as Evaluation));
        expect(ascending(constrainedSort(standings))).toEqual(expected);
      }),
    );
  });
});

describe("crowding distance", () => {
  it("is the relative size of the box between the neighbours", () => {
    // By hand: ranges 4 and 8; the middle ones have gaps 3/4 + 6/8 and 3/4 + 5/8 (neighbours 0..3 and 1..4).
    const front = [
      [0, 8],
      [1, 5],
      [3, 2],
      [4, 0],
    ];
    expect(crowdingDistances(front)).toEqual([Infinity, 3 / 4 + 6 / 8, 3 / 4 + 5 / 8, Infinity]);
  });

  it("says nothing of an objective in which all are equal", () => {
    const same = [
      [1, 1],
      [1, 1],
      [1, 1],
    ];
    expect(crowdingDistances(same)).toEqual([0, 0, 0]);
    expect(crowdingDistances([])).toEqual([]);
  });
});
