import fc from "fast-check";
import { expect, it } from "vitest";
import { density, distribution, exp, log, quantile } from "./normal.ts";

it("is the exponential and the logarithm", () => {
  fc.assert(
    fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
      expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(1e-14);
      expect(log(Math.exp(x))).toBeCloseTo(x, 9);
    }),
  );
  expect([exp(0), exp(-800), exp(800), exp(Number.NEGATIVE_INFINITY)]).toEqual([1, 0, Number.POSITIVE_INFINITY, 0]);
});

it("is the normal distribution", () => {
  // Abramowitz and Stegun, table 26.1.
  expect(distribution(0)).toBeCloseTo(0.5, 14);
  expect(distribution(1)).toBeCloseTo(0.841344746068543, 14);
  expect(distribution(2)).toBeCloseTo(0.97724986805182, 14);
  expect(distribution(-5) / 2.8665157187919e-7).toBeCloseTo(1, 10);
  expect(density(1)).toBeCloseTo(0.241970724519143, 14);
  fc.assert(
    fc.property(fc.double({ min: -6, max: 6, noNaN: true }), (z) => {
      const h = 1e-4;
      expect((distribution(z + h) - distribution(z - h)) / (2 * h)).toBeCloseTo(density(z), 7);
      expect(distribution(z) + distribution(-z)).toBeCloseTo(1, 13);
      expect(quantile(distribution(z))).toBeCloseTo(z, 5);
    }),
  );
});
