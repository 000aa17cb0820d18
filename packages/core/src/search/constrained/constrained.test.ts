import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { type Toy, toySpace } from "../../testing/searcher.ts";
import { type BudgetedSearch, searchWithinBudget } from "./withinBudget.ts";
import { expectedBest, type Uncertain, worthMeasuring } from "./worthMeasuring.ts";

const uncertain: fc.Arbitrary<Uncertain> = fc.record({
  value: fc.integer({ min: 0, max: 20 }),
  probability: fc.constantFrom(0.1, 0.25, 0.5, 0.9, 1),
});

/** Over all outcomes: which are within, how probable that is, and the least value then. */
function expectedByEnumeration(candidates: readonly Uncertain[], fallback: number): number {
  let expected = 0;
  for (let outcome = 0; outcome < 2 ** candidates.length; outcome++) {
    let [chance, least] = [1, fallback];
    candidates.forEach(({ value, probability }, i) => {
      const isWithin = (outcome >> i) % 2 === 1;
      chance *= isWithin ? probability : 1 - probability;
      if (isWithin) least = Math.min(least, value);
    });
    expected += chance * least;
  }
  return expected;
}

describe("worthMeasuring", () => {
  it("knows the expected best of some candidates", () => {
    fc.assert(
      fc.property(fc.array(uncertain, { maxLength: 7 }), fc.integer({ min: 0, max: 25 }), (candidates, fallback) => {
        expect(expectedBest(candidates, fallback)).toBeCloseTo(expectedByEnumeration(candidates, fallback), 9);
      }),
    );
  });

  it("begins a set that gains at least 1 − 1/e of what the best set does, with its best value", () => {
    fc.assert(
      fc.property(fc.array(uncertain, { minLength: 1, maxLength: 7 }), fc.integer({ min: 1, max: 4 }), (candidates, count) => {
        const best = 21;
        const taken: Uncertain[] = [];
        // What it would measure if nothing were found: one after another.
        for (let left = count; left > 0; left--) {
          const next = worthMeasuring(
            candidates.filter((candidate) => !taken.includes(candidate)),
            left,
            best,
          );
          if (next) taken.push(next);
        }
        const first = worthMeasuring(candidates, count, best) as Uncertain;
        if (count === 1) {
          const gains = candidates.map((candidate) => best - expectedBest([candidate], best));
          expect(best - expectedBest([first], best)).toBeCloseTo(Math.max(...gains), 9);
        }
        let largest = 0;
        for (let set = 0; set < 2 ** candidates.length; set++) {
          const chosen = candidates.filter((_, i) => (set >> i) % 2 === 1);
          if (chosen.length <= count) largest = Math.max(largest, best - expectedBest(chosen, best));
        }
        expect(best - expectedBest(taken, best)).toBeGreaterThanOrEqual((1 - 1 / Math.E) * largest - 1e-9);
      }),
    );
  });

  it("leaves alone what is no better than what is known to be within, and what cannot be", () => {
    expect(worthMeasuring([{ value: 3, probability: 1 }], 2, 3)).toBeUndefined();
    expect(worthMeasuring([{ value: 1, probability: 0 }], 2, 3)).toBeUndefined();
    expect(worthMeasuring([], 2, undefined)).toBeUndefined();
    expect(worthMeasuring([{ value: 3, probability: 0.5 }], 2, undefined)).toEqual({ value: 3, probability: 0.5 });
  });
});

const space = toySpace([6, 6, 6, 6]);
const sum = (text: string) =>
  text
    .split("-")
    .map(Number)
    .reduce((a, b) => a + b, 0);

/** Error falls with the sum and cost rises with it; each architecture's cost is off the prediction by some percent of its own. */
function searchOf(options: Partial<BudgetedSearch<Toy>> & { readonly noise: number }): {
  readonly search: BudgetedSearch<Toy>;
  readonly costOf: (text: string) => number;
  readonly measuredBy: string[];
} {
  const measuredBy: string[] = [];
  const costOf = (text: string) => (1 + sum(text)) * (1 + options.noise * (2 * createRng(`cost ${text}`).next() - 1));
  const measure = (text: string) => {
    measuredBy.push(text);
    return costOf(text);
  };
  return {
    measuredBy,
    costOf,
    search: {
      ...{ space, algorithm: "nsga2", settings: {}, rng: createRng("within"), budget: 12, evaluations: 60 },
      evaluate: (text) => 50 - sum(text) + createRng(`error ${text}`).next(),
      measure,
      measurements: 8,
      measured: new Map([["0-0-0-0", costOf("0-0-0-0")]]),
      believe: () => (text) => ({ median: 1 + sum(text), logSd: options.noise }),
      ...options,
    },
  };
}

describe("searchWithinBudget", () => {
  it.each(["nsga2", "random", "bayesian"])(
    "names what was measured within the budget, with no more measurements than allowed: %s",
    (algorithm) => {
      for (const noise of algorithm === "bayesian" ? [0.2] : [0, 0.2]) {
        const { search, costOf, measuredBy } = searchOf({ noise, algorithm, ...(algorithm === "bayesian" && { evaluations: 20 }) });
        const { found, evaluated, measured } = searchWithinBudget(search);
        if (!found) throw new Error("nothing was found");
        expect(costOf(found.architecture)).toBe(found.cost);
        expect(found.cost).toBeLessThanOrEqual(12);
        expect(found.value).toBe(search.evaluate(found.architecture));
        expect(evaluated.size).toBe(search.evaluations);
        expect(measured.size).toBe(measuredBy.length + 1);
        expect(new Set(measuredBy).size).toBe(measuredBy.length);
        expect(measuredBy.length).toBeLessThanOrEqual(8);
        for (const text of measuredBy) expect(evaluated.has(text)).toBe(true);
        // Of all that was measured within the budget it is the best.
        for (const [text, cost] of measured) if (cost <= 12) expect(evaluated.get(text) ?? Infinity).toBeGreaterThanOrEqual(found.value);
        expect(searchWithinBudget(search)).toEqual({
          found,
          evaluated,
          measured,
          nearest: { architecture: "0-0-0-0", cost: costOf("0-0-0-0") },
        });
      }
    },
  );

  it("finds what is best within the budget where predictions are right", () => {
    const { search } = searchOf({ noise: 0, algorithm: "bayesian", evaluations: 32 });
    expect(sum(searchWithinBudget(search).found?.architecture ?? "")).toBe(11);
  });

  it("names nothing, and the nearest, where nothing is within the budget", () => {
    const { found, nearest } = searchWithinBudget(searchOf({ noise: 0.1, budget: 0.1 }).search);
    expect(found).toBeUndefined();
    expect(nearest?.architecture).toBe("0-0-0-0");
  });

  it("goes on where measurements fail, which count, and where evaluations do", () => {
    const isBroken = (text: string) => createRng(`broken ${text}`).next() < 0.5;
    const { search } = searchOf({ noise: 0.2 });
    const { found, measured } = searchWithinBudget({
      ...search,
      measure: (text) => (isBroken(text) ? Number.NaN : search.measure(text)),
      evaluate: (text) => (text.startsWith("1") ? Number.NaN : search.evaluate(text)),
    });
    expect(found?.architecture.startsWith("1")).toBe(false);
    expect([...measured.values()].some(Number.isNaN)).toBe(false);
    expect(isBroken(found?.architecture ?? "")).toBe(false);
  });
});
