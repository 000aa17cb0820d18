import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { type Toy, toySpace } from "../../testing/searcher.ts";
import { createSearcher } from "../searchers.ts";
import { Candidates } from "./candidates.ts";
import { createBudgetedSampler } from "./withinBudgets.ts";

const cost = (g: Toy) => g.reduce((sum, value, position) => sum + value * (1 + position), 0);
const overBudget = (budget: number) => (g: Toy) => Math.max(0, cost(g) / budget - 1);

describe("new candidates within known budgets", () => {
  it("come before all others, and of a small space the others come by violation", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.nat(), (budget, seed) => {
        const space = toySpace([3, 4, 2, 3]);
        const violation = overBudget(budget);
        const options = { space, rng: createRng(seed), violation };
        const candidates = new Candidates(options);
        const sample = createBudgetedSampler(options, candidates);
        const found: number[] = [];
        for (let next = sample(candidates.draw()); next !== undefined; next = sample(candidates.draw())) found.push(violation(next));
        expect(found).toHaveLength(Number(space.size));
        expect(found).toEqual([...found].sort((a, b) => a - b));
      }),
      { numRuns: 30 },
    );
  });

  it("are found in a space too large to be listed of which a ten-thousandth is within", () => {
    const space = toySpace(new Array<number>(12).fill(4));
    const violation = (g: Toy) => g.reduce((sum, value) => sum + value, 0) / 6 - 1;
    const within = (g: Toy) => Math.max(0, violation(g));
    const options = { space, rng: createRng("large"), violation: within };
    const candidates = new Candidates(options);
    const sample = createBudgetedSampler(options, candidates);
    const found = Array.from({ length: 50 }, () => sample(candidates.draw()) as Toy);
    expect(found.map(within)).toEqual(found.map(() => 0));
    expect(new Set(found.map(space.format)).size).toBe(50);
  });
});

describe.each(["linas", "motpe"])("%s", (name) => {
  it("never asks for what is known to be over budget while anything else is left, steadily or by generation", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 25 }), fc.nat(), fc.boolean(), (budget, seed, steady) => {
        const space = toySpace([3, 4, 2, 3]);
        const violation = overBudget(budget);
        const searcher = createSearcher(name, { space, rng: createRng(seed), objectives: 2, evaluations: 100, violation });
        const within = [...Array(72).keys()].map((i) => [i % 3, Math.floor(i / 3) % 4, Math.floor(i / 12) % 2, Math.floor(i / 24)]);
        const feasible = within.filter((g) => violation(g) === 0).length;
        const asked: Toy[] = [];
        while (asked.length < feasible) {
          const batch = searcher.ask(Math.min(steady ? 1 : searcher.batch, feasible - asked.length));
          expect(batch.length).toBeGreaterThan(0);
          asked.push(...batch);
          searcher.tell(batch.map((genotype) => ({ genotype, status: "feasible", objectives: [-cost(genotype), genotype[0] as number] })));
        }
        expect(asked.filter((g) => violation(g) > 0)).toEqual([]);
        expect(searcher.ask(100)).toHaveLength(72 - feasible);
      }),
      { numRuns: 12 },
    );
  });
});
