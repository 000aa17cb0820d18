import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, mean, sampleVariance } from "../../../base/index.ts";
import * as statistics from "./meanDifferences.ts";
import { studentLimit, studentTails } from "./student.ts";

/** Of the repeats themselves. */
function meanDifferences(groups: readonly (readonly number[])[], pairs: readonly (readonly [number, number])[]) {
  const repeats = groups.map((values) => {
    const variance = sampleVariance(values);
    return { count: values.length, mean: mean(values), deviation: variance === undefined ? undefined : Math.sqrt(variance) };
  });
  return statistics.meanDifferences(repeats, pairs);
}

const full = process.env.MODE === "full";

describe("Student's t", () => {
  it("has the published limits", () => {
    // Abramowitz and Stegun, table 26.10, A = .95 and .99.
    const published: Record<number, readonly [number, number]> = {
      ...{ 1: [12.706, 63.657], 2: [4.303, 9.925], 3: [3.182, 5.841], 4: [2.776, 4.604], 5: [2.571, 4.032], 8: [2.306, 3.355] },
      ...{ 10: [2.228, 3.169], 15: [2.131, 2.947], 30: [2.042, 2.75], 60: [2.0, 2.66], 120: [1.98, 2.617] },
    };
    for (const [degrees, limits] of Object.entries(published)) {
      for (const [i, level] of [0.95, 0.99].entries()) {
        expect(Math.abs(studentLimit(level, Number(degrees)) - (limits[i] as number))).toBeLessThan(0.0006);
      }
    }
  });

  it("has the tails of its density, by Simpson's rule", () => {
    // Without its constant the density is (1 + x² / ν)^(−(ν + 1) / 2); with x = √ν tan u that is cos^(ν − 1) u du.
    const area = (from: number, to: number, degrees: number) => {
      const steps = 2000;
      let sum = 0;
      for (let i = 0; i <= steps; i++) {
        const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
        sum += weight * Math.cos(from + ((to - from) * i) / steps) ** (degrees - 1);
      }
      return (sum * (to - from)) / steps / 3;
    };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: -8, max: 8, noNaN: true }), (degrees, t) => {
        const angle = Math.atan(Math.abs(t) / Math.sqrt(degrees));
        const tails = area(angle, Math.PI / 2, degrees) / area(0, Math.PI / 2, degrees);
        expect(studentTails(t, degrees)).toBeCloseTo(tails, 9);
      }),
    );
  });

  it("is Cauchy's distribution with one degree of freedom, and refuses what is none", () => {
    expect(studentTails(1, 1)).toBeCloseTo(0.5, 14);
    expect(studentTails(Number.POSITIVE_INFINITY, 5)).toBe(0);
    expect(studentTails(0, 4)).toBe(1);
    for (const degrees of [0, 1.5, Number.NaN]) expect(() => studentTails(1, degrees)).toThrow(RangeError);
    for (const level of [0, 1]) expect(() => studentLimit(level, 3)).toThrow(RangeError);
  });
});

describe("meanDifferences", () => {
  it("is the textbook's t test for two groups", () => {
    // Variances 1 and 4, pooled 2.5 with 4 degrees of freedom; the error is √(2.5 × 2 / 3).
    const found = meanDifferences(
      [
        [1, 2, 3],
        [4, 6, 8],
      ],
      [[1, 0]],
    );
    const error = Math.sqrt(5 / 3);
    expect(found).toMatchObject({ degrees: 4, pooledDeviation: expect.closeTo(Math.sqrt(2.5), 12) });
    expect(found?.pairs[0]?.difference).toBe(4);
    expect(found?.pairs[0]?.low95).toBeCloseTo(4 - 2.776445 * error, 5);
    expect(found?.pairs[0]?.high95).toBeCloseTo(4 + 2.776445 * error, 5);
    expect(found?.pairs[0]?.pValue).toBeCloseTo(studentTails(4 / error, 4), 14);
  });

  it("takes a pair's own variance where that is larger, and the pooled one of all groups elsewhere", () => {
    const calm = [
      [0, 1],
      [5, 6],
    ];
    const [quiet, wild] = [
      [...calm, [9, 10]],
      [...calm, [0, 20]],
    ].map((groups) =>
      meanDifferences(groups, [
        [0, 1],
        [0, 2],
      ]),
    );
    const width = (pair: { low95: number; high95: number } | undefined) => (pair ? pair.high95 - pair.low95 : Number.NaN);
    expect(width(quiet?.pairs[0])).toBeCloseTo(2 * studentLimit(0.95, 3) * Math.sqrt(0.5), 12);
    expect(width(wild?.pairs[0])).toBeCloseTo(2 * studentLimit(0.95, 3) * Math.sqrt((0.5 + 0.5 + 200) / 3), 12);
    expect(width(wild?.pairs[1])).toBeCloseTo(2 * studentLimit(0.95, 3) * Math.sqrt((0.5 + 200) / 2), 12);
  });

  it("knows nothing where nothing was repeated, and takes single values where others were", () => {
    expect(meanDifferences([[1], [2]], [[0, 1]])).toBeUndefined();
    expect(meanDifferences([[1], [2, 2.2]], [[1, 0]])?.pairs[0]?.difference).toBeCloseTo(1.1, 12);
  });

  it("finds certainty where nothing varies, and no difference in rounding", () => {
    const { pairs = [] } =
      meanDifferences(
        [[0.1, 0.1, 0.1], [0.1, 0.1], [3]],
        [
          [0, 1],
          [2, 0],
        ],
      ) ?? {};
    expect(pairs.map(({ pValue }) => pValue)).toEqual([1, 0]);
  });

  it("changes with scale and order as a difference does", () => {
    const group = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(group, group, group, fc.double({ min: 0.5, max: 4, noNaN: true }), (a, b, c, scale) => {
        const [one] = meanDifferences([a, b, c], [[0, 1]])?.pairs ?? [];
        const [other] =
          meanDifferences(
            [a, b, c].map((values) => values.map((value) => scale * value)),
            [[1, 0]],
          )?.pairs ?? [];
        if (one === undefined || other === undefined) throw new Error("nothing was compared");
        expect(other.difference).toBeCloseTo(-scale * one.difference, 8);
        expect(other.low95).toBeCloseTo(-scale * one.high95, 6);
        expect(one.difference).toBeCloseTo(mean(a) - mean(b), 12);
        expect(one.pHolm).toBe(one.pValue);
      }),
    );
  });
});

/** Of fronts of so many members, three repeats each: how often a pair's interval covers the true difference, and Holm finds one that is none. */
function simulate(deviations: readonly number[], rounds: number) {
  const rng = createRng(11);
  const last = deviations.length - 1;
  // Each with its neighbour and with the last, as members of a front are compared.
  const neighbours = deviations.slice(1).map((_, i) => [i, i + 1] as const);
  const pairs = [...neighbours, ...deviations.slice(2).map((_, i) => [i, last] as const)];
  const covered = pairs.map(() => 0);
  let falseRounds = 0;
  for (let round = 0; round < rounds; round++) {
    const groups = deviations.map((deviation) => Array.from({ length: 3 }, () => 88 + deviation * rng.normal()));
    const found = meanDifferences(groups, pairs)?.pairs ?? [];
    found.forEach(({ low95, high95 }, i) => {
      if (low95 <= 0 && 0 <= high95) covered[i] = (covered[i] as number) + 1;
    });
    if (found.some(({ pHolm }) => pHolm <= 0.05)) falseRounds++;
  }
  const shares = covered.map((count) => count / rounds);
  return { coverage: mean(shares), least: Math.min(...shares), falseRate: falseRounds / rounds };
}

describe("with three repeats each", () => {
  const rounds = full ? 20_000 : 2_000;
  // Three standard errors of a share of 95 %.
  const tolerance = 3 * Math.sqrt((0.95 * 0.05) / rounds);

  it.each([2, 3, 4, 8])("intervals of %i groups that vary alike cover the difference as often as they say", (count) => {
    const { least, falseRate } = simulate(Array<number>(count).fill(0.4), rounds);
    expect(least).toBeGreaterThan(0.95 - tolerance);
    expect(falseRate).toBeLessThan(0.05 + tolerance);
  });

  it("intervals of groups of which some vary three times as much cover it nearly as often", () => {
    const { coverage, least, falseRate } = simulate([0.2, 0.2, 0.6, 0.6], rounds);
    expect(coverage).toBeGreaterThan(0.94 - tolerance);
    expect(least).toBeGreaterThan(0.9 - tolerance);
    expect(falseRate).toBeLessThan(0.06 + tolerance);
  });
});
