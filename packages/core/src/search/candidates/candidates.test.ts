import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { type Toy, toySpace } from "../../testing/searcher.ts";
import { benchmarkSearch, type SearchTable } from "../searchBenchmark.ts";
import type { EvaluatedCandidate } from "../searcher.ts";
import { createSearcher } from "../searchers.ts";

const space = toySpace([10, 10, 10, 10]);
const sum = (g: Toy) => g.reduce((a, b) => a + b, 0);
const all = Array.from(
  { length: 10_000 },
  (_, i): Toy => [Math.floor(i / 1000), Math.floor(i / 100) % 10, Math.floor(i / 10) % 10, i % 10],
);
const weights = [1, 3, 2, 5];
/** Falls with the sum, unevenly. */
const errorOf = (g: Toy) => 80 - g.reduce((total, x, i) => total + x * (weights[i] as number) ** 0.5, 0);

/** A budget on the sum of the genotype that this share of the space meets, and the least error within it. */
function budgetFor(share: number) {
  const budget = all.map(sum).sort((a, b) => a - b)[Math.ceil(share * all.length) - 1] as number;
  const violation = (g: Toy) => sum(g) / Math.max(budget, 1) - 1;
  const best = all.reduce((least, g) => (violation(g) <= 0 ? Math.min(least, errorOf(g)) : least), Infinity);
  return { violation, best };
}

describe("candidates that are known to be over budget", () => {
  it.each(["random", "nsga2", "regularised-evolution", "motpe", "linas"])(
    "are asked last, while others are easily found: %s",
    (algorithm) => {
      const { violation } = budgetFor(0.3);
      const over = (g: Toy) => Math.max(0, violation(g));
      for (const turnsAway of [false, true]) {
        const options = { space, rng: createRng("last"), objectives: 1, evaluations: 60, violation: over, turnsAway };
        const searcher = createSearcher(algorithm, options);
        const told: EvaluatedCandidate<Toy>[] = [];
        while (told.length < 60) {
          const trials = searcher.ask(searcher.batch).map((genotype): EvaluatedCandidate<Toy> => {
            const violation = over(genotype);
            if (violation > 0) return { genotype, status: "infeasible", violation };
            return { genotype, status: "feasible", objectives: [errorOf(genotype)] };
          });
          searcher.tell(trials);
          told.push(...trials);
        }
        const turned = told.filter(({ status }) => status === "infeasible").length;
        // Searches by predictors have no use for such a candidate even where it costs nothing.
        if (turnsAway && algorithm !== "motpe" && algorithm !== "linas") expect(turned).toBeGreaterThan(0);
        else expect(turned).toBeLessThanOrEqual(3);
      }
    },
  );

  it("are all asked in the end", () => {
    const small = toySpace([4, 4]);
    const options = { space: small, rng: createRng("end"), objectives: 1, evaluations: 16, violation: (g: Toy) => Number(sum(g) > 2) };
    expect(createSearcher("random", options).ask(20)).toHaveLength(16);
  });
});

describe("budgets that few candidates meet", () => {
  // Of a made-up space, so that every clone tests it: the best of all that are within is known by looking at all.
  it.each([
    ["nsga2", 0.1, 3],
    ["nsga2", 0.01, 1.5],
    ["nsga2", 0.001, 0.01],
    ["linas", 0.1, 5],
    ["linas", 0.01, 0.5],
    ["linas", 0.001, 0.01],
    ["bayesian", 0.01, 0.01],
    ["bayesian", 0.001, 0.01],
  ])("lead %s to the best of them: %d of the space", (algorithm, share, most) => {
    const { violation, best } = budgetFor(share);
    const table: SearchTable = {
      rows: new Map(all.map((g) => [space.format(g), [errorOf(g)]])),
      reference: [100],
      violations: new Map(all.map((g) => [space.format(g), violation(g)])),
    };
    const isDear = algorithm === "bayesian";
    const result = benchmarkSearch<Toy>({
      ...{ space, table, algorithm, evaluations: isDear ? 60 : 100, trials: isDear ? 1 : 2, seed: 0 },
      violation: (g) => Math.max(0, violation(g)),
    });
    for (const text of result.best ?? []) expect(errorOf(space.parse(text ?? "0-0-0-0")) - best).toBeLessThanOrEqual(most);
  });
});
