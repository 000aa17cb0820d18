import fc from "fast-check";
import { expect, it } from "vitest";
import { correlation, createRng } from "../../base/index.ts";
import { hypervolume } from "../front/hypervolume.ts";
import { type Belief, expectedAreaImprovement, expectedShortfall, staircase } from "./improvement.ts";
import { scalarisedImprovement } from "./scalarised.ts";

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const belief: fc.Arbitrary<Belief> = fc.record({
  shape: fc.constantFrom("normal", "logNormal"),
  mean: number(-1, 1.2),
  sd: number(0.05, 1),
  least: number(-1, 1),
});

/** Values of a belief and their probabilities, by the midpoint rule over the normal's ± 8 standard deviations. */
function grid({ shape, mean, sd, least }: Belief, count: number): readonly (readonly [value: number, probability: number])[] {
  const width = 16 / count;
  return Array.from({ length: count }, (_, i) => {
    const z = -8 + (i + 0.5) * width;
    const x = mean + sd * z;
    return [shape === "normal" ? x : least + Math.exp(x), (width * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI)] as const;
  });
}

it("expects the shortfall that quadrature gives", () => {
  fc.assert(
    fc.property(belief, number(-2, 4), (x, bound) => {
      const slow = grid(x, 4000).reduce((sum, [value, p]) => sum + p * Math.max(bound - value, 0), 0);
      expect(expectedShortfall(x, bound)).toBeCloseTo(slow, 4);
      const certain = { ...x, sd: 0 };
      const value = x.shape === "normal" ? x.mean : x.least + Math.exp(x.mean);
      expect(expectedShortfall(certain, bound)).toBeCloseTo(Math.max(bound - value, 0), 12);
    }),
  );
});

it("expects the gain of hypervolume that quadrature gives", () => {
  const point = fc.tuple(number(-1, 3), number(-1, 3));
  fc.assert(
    fc.property(fc.array(point, { maxLength: 6 }), belief, belief, (points, x, y) => {
      const reference = [2, 2.5] as const;
      const before = hypervolume(points, reference);
      let slow = 0;
      const ys = grid(y, 120);
      for (const [a, p] of grid(x, 120)) for (const [b, q] of ys) slow += p * q * (hypervolume([...points, [a, b]], reference) - before);
      expect(Math.abs(expectedAreaImprovement(staircase(points, reference), x, y) - slow)).toBeLessThan(0.02 * (1 + slow));
    }),
    { numRuns: 12 },
  );
});

it("orders certain points of three objectives by the hypervolume that they add", () => {
  const points = [
    [0.2, 0.6, 0.8],
    [0.7, 0.3, 0.3],
    [0.5, 0.5, 0.5],
  ];
  const reference = [1, 1, 1];
  const improvement = scalarisedImprovement(points, reference);
  const certain = (values: readonly number[]) => values.map((mean): Belief => ({ shape: "normal", mean, sd: 0, least: 0 }));
  const candidates = [
    [0.3, 0.3, 0.3],
    [0.45, 0.45, 0.45],
    [0.1, 0.9, 0.9],
    [0.6, 0.6, 0.6],
  ];
  const fast = candidates.map((candidate) => improvement.of(certain(candidate)));
  const exact = candidates.map((candidate) => hypervolume([...points, candidate], reference) - hypervolume(points, reference));
  const order = (values: readonly number[]) => candidates.map((_, i) => i).sort((a, b) => (values[b] as number) - (values[a] as number));
  expect(order(fast)).toEqual(order(exact));
  expect(fast[3]).toBe(0);
  improvement.add([0.3, 0.3, 0.3]);
  expect(improvement.of(certain([0.45, 0.45, 0.45]))).toBe(0);
});

it("expects of three objectives about the gain of hypervolume that draws give, up to a factor", () => {
  const rng = createRng("three");
  const draws = Array.from({ length: 600 }, () => [rng.normal(), rng.normal(), rng.normal()] as const);
  for (let front = 0; front < 3; front++) {
    const points = Array.from({ length: 5 }, () => [rng.next(), rng.next(), rng.next()]);
    const reference = [1, 1, 1];
    const before = hypervolume(points, reference);
    const improvement = scalarisedImprovement(points, reference);
    const pairs = Array.from({ length: 15 }, () => {
      const beliefs = [0, 1, 2].map(
        (): Belief => ({ shape: "normal", mean: 0.1 + 0.7 * rng.next(), sd: 0.05 + 0.2 * rng.next(), least: 0 }),
      );
      const gains = draws.map(
        (z) => hypervolume([...points, beliefs.map(({ mean, sd }, axis) => mean + sd * (z[axis] as number))], reference) - before,
      );
      return [improvement.of(beliefs), gains.reduce((a, b) => a + b) / gains.length] as const;
    });
    const [estimates, exact] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
    expect(correlation(estimates, exact)).toBeGreaterThan(0.9);
  }
});
