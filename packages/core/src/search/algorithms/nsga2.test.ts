import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { type Toy, toySpace } from "../../testing/searcher.ts";
import { ParetoArchive } from "../front/archive.ts";
import { hypervolume } from "../front/hypervolume.ts";
import type { EvaluatedCandidate, Evaluation, Variation } from "../searcher.ts";
import { createSearcher } from "../searchers.ts";

/** Searches and gives the archive of what is feasible. */
function search(
  algorithm: string,
  space: Variation<Toy>,
  judge: (g: Toy) => Evaluation,
  evaluations: number,
  seed: number,
  objectives = 2,
) {
  const searcher = createSearcher(algorithm, { space, rng: createRng(seed), objectives, evaluations });
  const archive = new ParetoArchive<Toy>(objectives);
  for (let done = 0; done < evaluations; ) {
    const asked = searcher.ask(Math.min(searcher.batch, evaluations - done));
    const told = asked.map((genotype): EvaluatedCandidate<Toy> => ({ genotype, ...judge(genotype) }));
    for (const trial of told) if (trial.status === "feasible") archive.add(trial.objectives, trial.genotype);
    searcher.tell(told);
    done += asked.length;
  }
  return archive;
}

/** The same, steadily: so many are open at once, and whichever of them is told next. */
function searchSteadily(
  algorithm: string,
  space: Variation<Toy>,
  judge: (g: Toy) => Evaluation,
  evaluations: number,
  seed: number,
  open: number,
) {
  const searcher = createSearcher(algorithm, { space, rng: createRng(seed), objectives: 2, evaluations });
  const archive = new ParetoArchive<Toy>(2);
  const order = createRng(`order ${seed}`);
  const asked = searcher.ask(open);
  for (let done = 0; done < evaluations; done++) {
    const [genotype] = asked.splice(order.int(asked.length), 1) as [Toy];
    const told = { genotype, ...judge(genotype) };
    if (told.status === "feasible") archive.add(told.objectives, genotype);
    searcher.tell([told]);
    asked.push(...searcher.ask(1));
  }
  return archive;
}

const seeds = Array.from({ length: 10 }, (_, seed) => seed);
const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** ZDT1 (Zitzler, Deb and Thiele 2000) with 12 variables of 11 steps each. The true front is y = 1 − √x. */
const zdt1 = (g: Toy): Evaluation => {
  const [x, ...rest] = g.map((step) => step / 10) as [number, ...number[]];
  const distance = 1 + (9 * rest.reduce((a, b) => a + b, 0)) / rest.length;
  return { status: "feasible", objectives: [x, distance * (1 - Math.sqrt(x / distance))] };
};

describe("nsga2", () => {
  it("comes nearer to the front of ZDT1 than random search", () => {
    const space = toySpace(new Array(12).fill(11));
    const whole = hypervolume(
      Array.from({ length: 11 }, (_, step) => [step / 10, 1 - Math.sqrt(step / 10)]),
      [1.1, 8],
    );
    const ratio = (algorithm: string) =>
      average(seeds.map((seed) => hypervolume(search(algorithm, space, zdt1, 500, seed).front(), [1.1, 8]) / whole));
    const [random, nsga2] = [ratio("random"), ratio("nsga2")];
    expect(nsga2).toBeGreaterThan(0.9);
    expect(nsga2).toBeGreaterThan(random + 0.1);

    // Told of one at a time, out of order, it loses little.
    const steady = average(seeds.map((seed) => hypervolume(searchSteadily("nsga2", space, zdt1, 500, seed, 8).front(), [1.1, 8]) / whole));
    expect(steady).toBeGreaterThan(0.9);
  });

  it("finds its way into a small feasible region by the violations", () => {
    // Weights of a knapsack: of the 4^16 genotypes one in 50,000 or so has a sum of at most 8.
    const space = toySpace(new Array(16).fill(4));
    const judge = (g: Toy): Evaluation => {
      const weight = g.reduce((a, b) => a + b, 0);
      if (weight > 8) return { status: "infeasible", violation: weight / 8 - 1 };
      return { status: "feasible", objectives: [weight, g.reduce((a, b, i) => a + (3 - b) * (i + 1), 0)] };
    };
    const found = (algorithm: string) => average(seeds.map((seed) => search(algorithm, space, judge, 300, seed).size));
    expect(found("nsga2")).toBeGreaterThan(3);
    expect(found("random")).toBeLessThan(0.5);
  });

  it("handles one objective and five", () => {
    const space = toySpace(new Array(10).fill(6));
    const one = (g: Toy): Evaluation => ({ status: "feasible", objectives: [g.reduce((a, b) => a + (b - 2) ** 2, 0)] });
    const best = (algorithm: string) => average(seeds.map((seed) => search(algorithm, space, one, 200, seed, 1).front()[0]?.[0] as number));
    expect(best("nsga2")).toBeLessThan(best("random") / 2);

    const five = (g: Toy): Evaluation => ({
      status: "feasible",
      objectives: [0, 1, 2, 3, 4].map((i) => (g[i] as number) + (g[i + 5] as number)),
    });
    const volume = (algorithm: string) =>
      average(seeds.slice(0, 5).map((seed) => hypervolume(search(algorithm, space, five, 300, seed, 5).front(), new Array(5).fill(10))));
    expect(volume("nsga2")).toBeGreaterThan(volume("random") * 1.02);
  });
});
