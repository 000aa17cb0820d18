import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, type Rng } from "../../../base/index.ts";
import { chiSquaredTail, normalCdf, normalRangeCdf } from "./distributions.ts";
import {
  bootstrapInterquartileMean,
  cliques,
  equivalenceTest,
  friedmanTest,
  holm,
  interquartileMean,
  nemenyiDifference,
  signedRankTest,
  varghaDelaney,
} from "./index.ts";

/** Repeats of the simulations: the full tier takes as many as the promise is about. */
const repeats = process.env.MODE === "full" ? 1000 : 300;

/** Few values, so that ties and zeros happen. */
const coarse = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 9 });

/** Ranks the slow way: one plus the smaller ones plus half the other equal ones. */
const rankOf = (value: number, values: readonly number[]) =>
  1 + values.filter((other) => other < value).length + (values.filter((other) => other === value).length - 1) / 2;

describe("signedRankTest", () => {
  it("is exact: every assignment of signs, by enumeration", () => {
    fc.assert(
      fc.property(coarse, (differences) => {
        const sizes = differences.map(Math.abs);
        const own = differences.flatMap((d) => (d === 0 ? [] : [{ rank: rankOf(Math.abs(d), sizes), positive: d > 0 }]));
        const seen = own.reduce((sum, { rank, positive }) => sum + (positive ? rank : 0), 0);
        let [less, greater] = [0, 0];
        for (let signs = 0; signs < 2 ** own.length; signs++) {
          const sum = own.reduce((total, { rank }, i) => total + (signs & (1 << i) ? rank : 0), 0);
          if (sum <= seen) less++;
          if (sum >= seen) greater++;
        }
        const result = signedRankTest(differences);
        expect(result.positiveRanks).toBe(seen);
        expect(result.pLess).toBeCloseTo(less / 2 ** own.length, 12);
        expect(result.pGreater).toBeCloseTo(greater / 2 ** own.length, 12);
        expect(result.pValue).toBeCloseTo(Math.min(1, (2 * Math.min(less, greater)) / 2 ** own.length), 12);
      }),
    );
  });

  it("agrees with the published table of critical values", () => {
    // Wilcoxon and Wilcox, Some Rapid Approximate Statistical Procedures, 1964: two-sided 5 % at n = 20 is a sum of 52 and at n = 10 of 8.
    const pOfSum = (n: number, sum: number) => {
      let left = sum;
      const differences = Array.from({ length: n }, (_, i) => n - i).map((rank) => {
        if (rank > left) return -rank;
        left -= rank;
        return rank;
      });
      return signedRankTest(differences).pValue;
    };
    expect(pOfSum(20, 52)).toBeLessThanOrEqual(0.05);
    expect(pOfSum(20, 53)).toBeGreaterThan(0.05);
    expect(pOfSum(10, 8)).toBeLessThanOrEqual(0.05);
    expect(pOfSum(10, 9)).toBeGreaterThan(0.05);
  });

  it("goes over smoothly into its approximation", () => {
    const rng = createRng(1);
    for (const shift of [0, 0.1, 0.3]) {
      const differences = Array.from({ length: 100 }, () => rng.normal() + shift);
      // One more, of the smallest rank, hardly changes anything.
      const approximate = signedRankTest([...differences, 1e-12]).pValue;
      expect(Math.abs(approximate - signedRankTest(differences).pValue)).toBeLessThan(0.01);
    }
  });

  it("takes no difference for none, and refuses what is not finite", () => {
    expect(signedRankTest([0, 0, 0])).toMatchObject({ pValue: 1, pLess: 1, pGreater: 1 });
    expect(signedRankTest([]).pValue).toBe(1);
    expect(() => signedRankTest([Number.NaN])).toThrow(RangeError);
  });
});

describe("equivalenceTest", () => {
  const rejections = (draw: (rng: Rng) => number, margin: number) => {
    const rng = createRng(7);
    let count = 0;
    for (let i = 0; i < repeats; i++) {
      if (
        equivalenceTest(
          Array.from({ length: 20 }, () => draw(rng)),
          margin,
        ) <= 0.05
      )
        count++;
    }
    return count / repeats;
  };

  it("finds equal what is within the margin, and rarely what lies on it", () => {
    expect(rejections((rng) => rng.normal(), 1.5)).toBeGreaterThan(0.95);
    expect(rejections((rng) => rng.normal() + 1, 1)).toBeLessThan(0.065);
    // Too few or too noisy runs are no proof of equality.
    expect(rejections((rng) => 5 * rng.normal(), 1)).toBeLessThan(0.05);
  });

  it("refuses a margin that is none", () => expect(() => equivalenceTest([1], 0)).toThrow(RangeError));
});

describe("holm", () => {
  it("adjusts as by its definition", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
        fc.double({ min: 0.001, max: 0.5, noNaN: true }),
        (p, alpha) => {
          // Step down: from the smallest p-value on, until one is above α / (number left).
          const sorted = p.map((value, i) => [value, i] as const).sort(([a, i], [b, j]) => a - b || i - j);
          const rejected = new Set<number>();
          for (const [place, [value, i]] of sorted.entries()) {
            if ((p.length - place) * value > alpha) break;
            rejected.add(i);
          }
          holm(p).forEach((adjusted, i) => {
            expect(adjusted <= alpha).toBe(rejected.has(i));
          });
        },
      ),
    );
  });
});

describe("varghaDelaney", () => {
  it("counts all pairs", () => {
    fc.assert(
      fc.property(coarse, coarse, (a, b) => {
        const pairs = a.flatMap((x) => b.map((y): number => (x > y ? 1 : x === y ? 0.5 : 0)));
        expect(varghaDelaney(a, b)).toBeCloseTo(pairs.reduce((sum, win) => sum + win, 0) / pairs.length, 12);
      }),
    );
  });
});

describe("friedmanTest", () => {
  it("gives the statistic of the textbook's formula where nothing is tied", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 9 }), (seed, algorithms, tasks) => {
        const rng = createRng(seed);
        const scores = Array.from({ length: tasks }, () => Array.from({ length: algorithms }, () => rng.next()));
        const { meanRanks, statistic } = friedmanTest(scores);
        const naive = scores[0]?.map(
          (_, i) =>
            scores.reduce(
              (sum, task) =>
                sum +
                rankOf(
                  -(task[i] as number),
                  task.map((score) => -score),
                ),
              0,
            ) / tasks,
        ) as number[];
        for (const [i, rank] of naive.entries()) expect(meanRanks[i]).toBeCloseTo(rank, 12);
        const squares = naive.reduce((sum, rank) => sum + rank * rank, 0);
        const textbook = ((12 * tasks) / (algorithms * (algorithms + 1))) * (squares - (algorithms * (algorithms + 1) ** 2) / 4);
        expect(statistic).toBeCloseTo(textbook, 8);
      }),
    );
  });

  it("gives Demšar's example", () => {
    // Demšar, JMLR 7, 2006, table 6: mean ranks of C4.5 and three variants over 14 data sets, and Friedman's statistic 9.28.
    const c45 = [0.763, 0.599, 0.954, 0.628, 0.882, 0.936, 0.661, 0.583, 0.775, 1.0, 0.94, 0.619, 0.972, 0.957];
    const m = [0.768, 0.591, 0.971, 0.661, 0.888, 0.931, 0.668, 0.583, 0.838, 1.0, 0.962, 0.666, 0.981, 0.978];
    const cf = [0.771, 0.59, 0.968, 0.654, 0.886, 0.916, 0.609, 0.563, 0.866, 1.0, 0.965, 0.614, 0.9751, 0.946];
    const mcf = [0.798, 0.569, 0.967, 0.657, 0.898, 0.931, 0.685, 0.625, 0.875, 1.0, 0.962, 0.669, 0.975, 0.97];
    const { meanRanks, pValue } = friedmanTest(c45.map((score, i) => [score, m[i] as number, cf[i] as number, mcf[i] as number]));
    for (const [i, rank] of [3.143, 2.0, 2.893, 1.964].entries()) expect(meanRanks[i]).toBeCloseTo(rank, 3);
    expect(pValue).toBeLessThan(0.05);
  });

  it("finds nothing where all are alike", () => {
    expect(
      friedmanTest([
        [1, 1, 1],
        [2, 2, 2],
      ]),
    ).toEqual({ meanRanks: [2, 2, 2], statistic: 0, pValue: 1 });
  });
});

describe("nemenyiDifference", () => {
  it("gives the published critical values", () => {
    // Demšar, JMLR 7, 2006, table 5 (a): q for 2 to 10 algorithms at α = .05 and .10.
    const published = {
      0.05: [1.96, 2.343, 2.569, 2.728, 2.85, 2.949, 3.031, 3.102, 3.164],
      0.1: [1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.78, 2.855, 2.92],
    };
    for (const [alpha, values] of Object.entries(published)) {
      values.forEach((q, i) => {
        const algorithms = i + 2;
        const difference = nemenyiDifference(algorithms, 1, Number(alpha));
        expect(Math.abs(difference / Math.sqrt((algorithms * (algorithms + 1)) / 6) - q)).toBeLessThan(0.0011);
      });
    }
    // His example: four algorithms on 14 data sets, 1.25 at α = .05 and 1.12 at .10.
    expect(nemenyiDifference(4, 14)).toBeCloseTo(1.25, 2);
    expect(nemenyiDifference(4, 14, 0.1)).toBeCloseTo(1.12, 2);
  });

  it("joins what lies within it, each group once", () => {
    expect(cliques([1, 1.5, 2.2, 4], 1)).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(cliques([4, 1.5, 1], 3)).toEqual([[2, 1, 0]]);
    expect(cliques([1, 3], 1)).toEqual([]);
  });
});

describe("interquartileMean", () => {
  it("is the mean of the middle half", () => {
    expect(interquartileMean([1, 2, 3, 4, 5, 6, 7, 100])).toBe(4.5);
    expect(interquartileMean([7])).toBe(7);
    // Of five values one and a quarter go at each end: (.75 × 2 + 3 + .75 × 9) / 2.5.
    expect(interquartileMean([0, 2, 3, 9, 50])).toBeCloseTo(4.5, 12);
  });

  it("has a bootstrap interval that covers it about as often as it says", () => {
    const rng = createRng(3);
    const rounds = repeats / 2;
    let covered = 0;
    for (let i = 0; i < rounds; i++) {
      const { low, high } = bootstrapInterquartileMean([Array.from({ length: 30 }, () => rng.normal())], rng, 300);
      if (low <= 0 && 0 <= high) covered++;
    }
    expect(covered / rounds).toBeGreaterThan(0.88);
    expect(covered / rounds).toBeLessThan(0.99);
  });
});

describe("distributions", () => {
  it("give published and closed-form values", () => {
    expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 12);
    expect(normalCdf(0)).toBe(0.5);
    // Abramowitz and Stegun, table 26.2: 1 − P(5) = 2.86652e-7.
    expect(normalCdf(-5) * 1e7).toBeCloseTo(2.86652, 5);
    // Two degrees of freedom: exp(−x / 2). One: two normal tails.
    for (const x of [0.1, 1, 3, 20]) {
      expect(chiSquaredTail(x, 2)).toBeCloseTo(Math.exp(-x / 2), 12);
      expect(chiSquaredTail(x, 1)).toBeCloseTo(2 * normalCdf(-Math.sqrt(x)), 12);
    }
    // The difference of two normal variables is normal with variance 2.
    for (const q of [0.5, 2, 4]) expect(normalRangeCdf(q, 2)).toBeCloseTo(2 * normalCdf(q / Math.SQRT2) - 1, 9);
  });
});
