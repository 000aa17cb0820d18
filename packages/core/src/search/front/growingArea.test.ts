import fc from "fast-check";
import { expect, it } from "vitest";
import { GrowingArea } from "./growingArea.ts";
import { hypervolume } from "./hypervolume.ts";

it("is the hypervolume of all points so far, and grows where they do", () => {
  // Few values, so that many are equal, and some beyond the reference.
  const value = fc.oneof(fc.integer({ min: 0, max: 8 }), fc.double({ min: -2, max: 9, noNaN: true }));
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value), { maxLength: 40 }), (points) => {
      const growing = new GrowingArea([7, 6]);
      points.forEach(([x, y], i) => {
        const before = growing.area;
        const grew = growing.add(x, y);
        const expected = hypervolume(points.slice(0, i + 1), [7, 6]);
        expect(growing.area).toBeCloseTo(expected, 9);
        if (!grew) expect(growing.area).toBe(before);
        if (expected > before + 1e-9) expect(grew).toBe(true);
      });
    }),
  );
});
