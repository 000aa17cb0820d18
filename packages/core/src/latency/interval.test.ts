import { expect, it } from "vitest";
import { studentQuantile, widening } from "./interval.ts";

it("has Student's quantiles within one percent", () => {
  // Any textbook's table.
  const table = { 1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 8: 2.306, 13: 2.16, 30: 2.042, 100: 1.984 };
  for (const [degrees, quantile] of Object.entries(table))
    expect(Math.abs(studentQuantile(Number(degrees)) / quantile - 1)).toBeLessThan(0.01);
});

it("widens less with every measurement", () => {
  const factors = [3, 4, 5, 6, 8, 10, 20, 100].map(widening);
  expect(factors).toEqual([...factors].sort((a, b) => b - a));
  expect(factors.at(-1)).toBeLessThan(1.02);
});
