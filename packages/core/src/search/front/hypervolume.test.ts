import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hypervolume } from "./hypervolume.ts";

/** Counts the unit cells of the integer grid that some point dominates. */
function cells(points: readonly (readonly number[])[], reference: readonly number[]): number {
  let count = 0;
  const walk = (corner: number[]) => {
    if (corner.length === reference.length) {
      if (points.some((point) => point.every((value, axis) => value <= (corner[axis] as number)))) count++;
      return;
    }
    for (let value = 0; value < (reference[corner.length] as number); value++) walk([...corner, value]);
  };
  walk([]);
  return count;
}

/** Inclusion–exclusion over all subsets. */
function inclusionExclusion(points: readonly (readonly number[])[], reference: readonly number[]): number {
  let sum = 0;
  for (let subset = 1; subset < 2 ** points.length; subset++) {
    const members = points.filter((_, index) => subset & (1 << index));
    const volume = reference.reduce((v, bound, axis) => v * Math.max(0, bound - Math.max(...members.map((p) => p[axis] as number))), 1);
    sum += members.length % 2 === 1 ? volume : -volume;
  }
  return sum;
}

describe("hypervolume", () => {
  it.each([1, 2, 3, 4, 5])("counts the dominated cells of a grid: %d objectives", (axes) => {
    // Values from 0 (dominates everything) to 6 (beyond the reference), with many ties.
    const point = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: axes, maxLength: axes });
    const reference = [5, 4, 5, 3, 3].slice(0, axes);
    fc.assert(fc.property(fc.array(point, { maxLength: 25 }), (points) => hypervolume(points, reference) === cells(points, reference)));
  });

  it.each([2, 3, 4, 6])("agrees with inclusion–exclusion on real numbers, also negative ones: %d objectives", (axes) => {
    const point = fc.array(fc.double({ min: -3, max: 1.5, noNaN: true }), { minLength: axes, maxLength: axes });
    const reference = new Array<number>(axes).fill(1);
    fc.assert(
      fc.property(fc.array(point, { maxLength: 8 }), (points) => {
        expect(hypervolume(points, reference)).toBeCloseTo(inclusionExclusion(points, reference), 6);
      }),
    );
  });

  it("has known values on known fronts", () => {
    // n points evenly on the line x + y = 1, reference (1, 1): a staircase of n − 1 steps below the triangle, (1 − 1/(n − 1)) / 2.
    const line = Array.from({ length: 101 }, (_, i) => [i / 100, 1 - i / 100]);
    expect(hypervolume(line, [1, 1])).toBeCloseTo((1 - 1 / 100) / 2, 12);
    // All (i, j, k) / n with i + j + k = n, reference (1, 1, 1): a unit cell with lower corner (i, j, k) is covered where i + j + k ≥ n,
    // so n³ − (n)(n + 1)(n + 2) / 6 cells are.
    const n = 12;
    const simplex: number[][] = [];
    for (let i = 0; i <= n; i++) for (let j = 0; i + j <= n; j++) simplex.push([i, j, n - i - j]);
    expect(hypervolume(simplex, [n, n, n])).toBe(n ** 3 - (n * (n + 1) * (n + 2)) / 6);
    expect(
      hypervolume(
        simplex.map((p) => [...p, 0]),
        [n, n, n, 2],
      ),
    ).toBe(2 * (n ** 3 - (n * (n + 1) * (n + 2)) / 6));
  });

  it("is zero for nothing, on the reference, and beyond it", () => {
    expect(hypervolume([], [1, 1])).toBe(0);
    expect(hypervolume([[1, 0]], [1, 1])).toBe(0);
    expect(hypervolume([[Infinity, 0]], [1, 1])).toBe(0);
    expect(
      hypervolume(
        [
          [2, -5],
          [0.5, 0.5],
        ],
        [1, 1],
      ),
    ).toBe(0.25);
  });

  it("measures 100,000 points of a three-objective front, on which nobody is dominated", () => {
    // On the octant of a sphere, so that the staircase is long.
    const sphere = (count: number) =>
      Array.from({ length: count }, (_, i) => {
        const [z, angle] = [(i + 0.5) / count, ((i * 0.618034) % 1) * (Math.PI / 2)];
        const radius = Math.sqrt(1 - z * z);
        return [1 - radius * Math.cos(angle), 1 - radius * Math.sin(angle), 1 - z];
      });
    // The volume left by the unit sphere's octant, π/6, is approached from below.
    const value = hypervolume(sphere(100_000), [1, 1, 1]);
    expect(value).toBeLessThan(Math.PI / 6);
    expect(value).toBeGreaterThan(Math.PI / 6 - 0.01);
  });

  it("refuses points that do not fit", () => {
    expect(() => hypervolume([[1, 2, 3]], [1, 1])).toThrow(RangeError);
    expect(() => hypervolume([[Number.NaN, 2]], [1, 1])).toThrow(RangeError);
    expect(() => hypervolume([], [])).toThrow(RangeError);
    expect(() => hypervolume([], [1, Infinity])).toThrow(RangeError);
  });
});
