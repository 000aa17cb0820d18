import fc from "fast-check";
import { expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { quantile } from "../../search/bayesian/process/normal.ts";
import { widening } from "./calibration.ts";
import { NormalPrediction, type ScorePrediction, ShortfallPrediction } from "./prediction.ts";

/** Draws, by the inverse of nothing but the definition. */
const drawn = (of: (z: number) => number) => {
  const rng = createRng("draws");
  return Float64Array.from({ length: 40_000 }, () => of(rng.normal()));
};

const cases: readonly [string, ScorePrediction, (z: number) => number][] = [
  ["normal", new NormalPrediction(3, 2), (z) => 3 + 2 * z],
  ["log-normal shortfall", new ShortfallPrediction(100, 2, 0.4), (z) => 100 - Math.exp(2 + 0.4 * z)],
];

it.each(cases)("a %s prediction has the moments and the interval of its draws", (_name, prediction, of) => {
  const draws = drawn(of).sort();
  const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
  const sd = Math.sqrt(draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length);
  expect(Math.abs(prediction.mean - mean)).toBeLessThan(0.03 * sd);
  expect(prediction.sd / sd).toBeCloseTo(1, 1);
  expect(Math.abs(prediction.median - (draws[20_000] as number))).toBeLessThan(0.03 * sd);
  const within = draws.filter((value) => prediction.low95 <= value && value <= prediction.high95).length / draws.length;
  expect(within).toBeCloseTo(0.95, 2);
});

it.each(cases)("a %s prediction scores as the integrals say", (_name, prediction) => {
  // ∫ (F(x) − 1{x ≥ y})² dx (Matheson and Winkler 1976), with F by summing the density.
  const step = 0.002;
  const from = prediction.mean - 14 * prediction.sd;
  const grid = Float64Array.from({ length: Math.round((20 * prediction.sd) / step) }, (_, i) => from + (i + 0.5) * step);
  const density = grid.map((x) => Math.exp(prediction.logDensity(x)));
  expect(density.reduce((sum, value) => sum + value, 0) * step).toBeCloseTo(1, 3);
  for (const score of [prediction.median, prediction.low95, prediction.mean + prediction.sd]) {
    let [below, integral] = [0, 0];
    density.forEach((value, i) => {
      below += value * step;
      integral += (below - ((grid[i] as number) >= score ? 1 : 0)) ** 2 * step;
    });
    expect(prediction.crps(score)).toBeCloseTo(integral, 2);
  }
});

it("knows that nothing is better than the best", () => {
  const prediction = new ShortfallPrediction(100, 0, 0.5);
  expect(prediction.logDensity(100)).toBe(Number.NEGATIVE_INFINITY);
  expect(prediction.crps(100)).toBeGreaterThan(prediction.crps(99));
  expect(prediction.high95).toBeLessThan(100);
});

it("widens what was too sure and narrows what was not sure enough", () => {
  fc.assert(
    fc.property(fc.integer({ min: 60, max: 400 }), fc.double({ min: 0.3, max: 5, noNaN: true }), (count, size) => {
      // As a normal distribution of this standard deviation is spread.
      const factor = widening(Float64Array.from({ length: count }, (_, i) => size * quantile((i + 0.5) / count)));
      expect(Math.abs(Math.log(factor / size))).toBeLessThan(0.25);
    }),
  );
  expect(widening(new Float64Array(0))).toBe(1);
  expect(widening(Float64Array.of(0))).toBeLessThan(1);
});
