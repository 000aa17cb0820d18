import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { type Toy, toySpace } from "../../testing/searcher.ts";
import type { EvaluatedCandidate } from "../searcher.ts";
import { createSearcher } from "../searchers.ts";

const space = toySpace(new Array(12).fill(5));
/** Of 5¹² candidates those whose choices sum to `most` or less are within; below 6 that is one in ten thousand. */
const sum = (g: Toy) => g.reduce((a, b) => a + b, 0);

/** A search in which what is known to be over budget is turned away without an evaluation. @returns evaluations, and checks of budgets. */
function search(most: number, asks: number) {
  let checks = 0;
  const violation = (g: Toy) => {
    checks++;
    return Math.max(0, sum(g) - most) / 10;
  };
  const searcher = createSearcher("bayesian", { space, rng: createRng(3), objectives: 1, evaluations: asks, violation, turnsAway: true });
  let evaluations = 0;
  for (let asked = 0; asked < asks; asked += 4) {
    searcher.tell(
      searcher.ask(4).map((genotype): EvaluatedCandidate<Toy> => {
        const over = Math.max(0, sum(genotype) - most) / 10;
        if (over > 0) return { genotype, status: "infeasible", violation: over };
        evaluations++;
        return { genotype, status: "feasible", objectives: [100 - (genotype[0] as number) - (genotype[1] as number)] };
      }),
    );
  }
  return { evaluations, checks };
}

describe("budgets that nearly no candidate meets", () => {
  it("are met by nearly all that is asked after the first candidates", () => {
    expect(search(6, 32).evaluations).toBeGreaterThanOrEqual(20);
  });

  it("take little where nothing meets them", () => {
    const { evaluations, checks } = search(-1, 400);
    expect(evaluations).toBe(0);
    // Of which most are made for the first forty.
    expect(checks).toBeLessThan(100 * 400);
  });
});
