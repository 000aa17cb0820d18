import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kendall, mean, meanAbsolutePercentageError, quantile, ranks, sampleVariance, shareWithin, spearman } from "./statistics.ts";

const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })), { minLength: 2, maxLength: 25 });

it("gives means and variances as by their definitions", () => {
  expect(mean([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5);
  expect(sampleVariance([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(32 / 7, 14);
  expect(sampleVariance([88.4])).toBeUndefined();
  expect(mean([])).toBeNaN();
});

it("ranks as counting smaller and equal values does", () => {
  fc.assert(
    fc.property(pairs, (list) => {
      const values = list.map(([a]) => a);
      const slow = values.map((x) => values.filter((y) => y < x).length + (values.filter((y) => y === x).length - 1) / 2);
      expect([...ranks(values)]).toEqual(slow);
    }),
  );
});

it("computes Kendall's tau-b as comparing all pairs does", () => {
  fc.assert(
    fc.property(pairs, (list) => {
      let [agree, left, right] = [0, 0, 0];
      list.forEach(([a, b], i) => {
        for (const [c, d] of list.slice(i + 1)) {
          agree += Math.sign(a - c) * Math.sign(b - d);
          if (a !== c) left++;
          if (b !== d) right++;
        }
      });
      const expected = left > 0 && right > 0 ? agree / Math.sqrt(left * right) : 0;
      expect(
        kendall(
          list.map(([a]) => a),
          list.map(([, b]) => b),
        ),
      ).toBeCloseTo(expected, 10);
    }),
  );
});

it("correlates ranks: textbook values", () => {
  // 1 − 6 Σd² / (n (n² − 1)) without ties; here Σd² = 8, n = 5.
  expect(spearman([1, 2, 3, 4, 5], [3, 1, 2, 5, 4])).toBeCloseTo(1 - (6 * 8) / (5 * 24), 12);
  expect(spearman([1, 2, 3], [10, 100, 1000])).toBeCloseTo(1, 12);
  expect(spearman([1, 2, 3], [5, 5, 5])).toBe(0);
});

it("measures relative errors", () => {
  expect(meanAbsolutePercentageError([11, 18], [10, 20])).toBeCloseTo(10, 12);
  expect(shareWithin([11, 17], [10, 20], 0.1)).toBe(0.5);
});

describe("quantile", () => {
  it("interpolates", () => {
    expect(quantile([3, 1, 2], 0.5)).toBe(2);
    expect(quantile([0, 10], 0.25)).toBe(2.5);
    expect(quantile([5, Infinity, Infinity], 0.9)).toBe(Infinity);
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });
});
