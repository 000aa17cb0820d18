import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { ParetoArchive } from "./archive.ts";
import { compareObjectives, dominates } from "./pareto.ts";

describe("ParetoArchive", () => {
  it.each([1, 2, 3, 4])("agrees with filtering all that was offered, after every offer: %d objectives", (axes) => {
    const point = fc.array(fc.integer({ min: 0, max: 7 }), { minLength: axes, maxLength: axes });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 40 }), (points) => {
        const archive = new ParetoArchive<number>(axes);
        points.forEach((objectives, index) => {
          const offered = points.slice(0, index + 1);
          const isKept = (p: number[], at: number) =>
            !offered.some((q) => dominates(q, p)) && !offered.slice(0, at).some((q) => compareObjectives(q, p) === 0);
          expect(archive.add(objectives, index)).toBe(isKept(objectives, index));
          const expected = offered.flatMap((p, item) => (isKept(p, item) ? [{ objectives: p, item }] : []));
          expect(archive.entries()).toEqual(expected.sort((a, b) => compareObjectives(a.objectives, b.objectives)));
          expect(archive.size).toBe(expected.length);
        });
      }),
    );
  });

  it("keeps nothing without objectives, and the first of equal ones", () => {
    const archive = new ParetoArchive<string>(2);
    expect(archive.add(undefined, "infeasible")).toBe(false);
    expect(archive.add([1, 2], "first")).toBe(true);
    expect(archive.add([1, 2], "second")).toBe(false);
    expect(archive.items()).toEqual(["first"]);
    expect(archive.front()).toEqual([[1, 2]]);
  });

  it("is not changed by what the caller does to a vector afterwards", () => {
    for (const axes of [2, 3]) {
      const archive = new ParetoArchive<number>(axes);
      const mine = new Array<number>(axes).fill(1);
      archive.add(mine, 0);
      mine.fill(9);
      expect(archive.front()).toEqual([new Array<number>(axes).fill(1)]);
    }
  });

  it("refuses vectors of another length and what is no number", () => {
    const archive = new ParetoArchive<number>(2);
    expect(() => archive.add([1], 0)).toThrow("expected 2 numbers");
    expect(() => archive.add([1, Number.NaN], 0)).toThrow("expected 2 numbers");
    expect(() => new ParetoArchive(0)).toThrow(RangeError);
  });

  it("holds the front alone after a million offers", () => {
    const archive = new ParetoArchive<number>(2);
    const rng = createRng("million");
    for (let count = 0; count < 1_000_000; count++) {
      const x = Math.floor(rng.next() * 1000);
      archive.add([x, 1000 - x + Math.floor(rng.next() * 50)], count);
    }
    // 1000 different first objectives allow no more members.
    expect(archive.size).toBeLessThanOrEqual(1000);
    expect(archive.size).toBeGreaterThan(500);
  });
});
