import { describe, expect, it } from "vitest";
import { createRng, type Rng } from "../../base/index.ts";
import { type Toy, toySpace } from "../../testing/searcher.ts";
import { benchmarkSearch, type SearchTable } from "../searchBenchmark.ts";
import type { EarlierRun, EvaluatedCandidate, SearcherOptions } from "../searcher.ts";
import { FeatureSpace } from "./featureSpace.ts";
import { createModels } from "./models.ts";

const space = toySpace([4, 4, 4, 4, 4, 4]);

function distinct(count: number, rng: Rng): Toy[] {
  const found = new Map<string, Toy>();
  while (found.size < count) {
    const g = space.sample(rng);
    found.set(space.format(g), g);
  }
  return [...found.values()];
}

/** Root mean square of what a model of `trials` says of candidates, less the truth. */
function errorOf(
  trials: readonly EvaluatedCandidate<Toy>[],
  candidates: readonly Toy[],
  truth: (g: Toy) => number,
  seen: Partial<SearcherOptions<Toy>>,
): number {
  const options = { space, rng: createRng(1), objectives: 1, evaluations: 50, ...seen };
  const features = new FeatureSpace(space, undefined, distinct(300, createRng("sample")));
  const fitted = createModels(options)(features, trials);
  if (!fitted) throw new Error("no model");
  const [beliefs] = fitted(candidates).objectives;
  const squares = candidates.map((g, i) => ((beliefs?.of(i).mean ?? Number.NaN) - truth(g)) ** 2);
  return Math.sqrt(squares.reduce((a, b) => a + b, 0) / squares.length);
}

const feasible = (genotype: Toy, value: number, fidelity: number): EvaluatedCandidate<Toy> => ({
  ...{ genotype, fidelity, status: "feasible", objectives: [value] },
});

describe("side data", () => {
  // Luck of each architecture: nothing that its encoding tells.
  const luck = new Map<string, number>();
  const rng = createRng("luck");
  const luckOf = (g: Toy) => {
    const text = space.format(g);
    if (!luck.has(text)) luck.set(text, rng.normal());
    return luck.get(text) as number;
  };
  const truth = (g: Toy) => 3 + 0.5 * luckOf(g);
  const candidates = distinct(80, createRng("candidates"));
  const low = candidates.map((g) => feasible(g, luckOf(g), 0));
  const fidelities = [{ cost: 0.1 }, { cost: 1 }];
  const full = candidates.slice(0, 16).map((g) => feasible(g, truth(g), 1));
  const others = candidates.slice(16);

  it("recovers a linear relation to what a lower fidelity shows, where encodings tell nothing", () => {
    const without = errorOf(full, others, truth, { fidelities });
    expect(without).toBeGreaterThan(0.35);
    expect(errorOf([...low, ...full], others, truth, { fidelities })).toBeLessThan(0.2 * without);
  });

  it("recovers a trend that an earlier run saw elsewhere, of candidates that nobody saw", () => {
    const draw = createRng("weights");
    const weights = Array.from({ length: 24 }, () => draw.normal());
    const trend = (g: Toy) => g.reduce((sum, value, i) => sum + (weights[4 * i + value] as number) * (1 + i), 0);
    const seen = distinct(120, createRng("seen"));
    const earlier: EarlierRun<Toy>[] = [
      { trials: seen.slice(0, 100).map((genotype) => ({ genotype, objectives: [100 - 7 * trend(genotype)] })) },
    ];
    const trials = seen.slice(100, 108).map((g) => feasible(g, trend(g), 0));
    const without = errorOf(trials, seen.slice(108), trend, {});
    expect(errorOf(trials, seen.slice(108), trend, { earlier })).toBeLessThan(0.3 * without);
  });

  it("harms little where it says nothing", () => {
    const cold = errorOf(full, others, truth, { fidelities });
    // One in ten shuffles agrees with sixteen trials by chance, so half of them are looked at.
    const errors = Array.from({ length: 9 }, (_, i) => {
      const values = createRng(`shuffle ${i}`).shuffle(low);
      const shuffled = values.map((trial, j) => ({ ...trial, genotype: candidates[j] as Toy }));
      return errorOf([...shuffled, ...full], others, truth, { fidelities });
    });
    expect(errors.sort((a, b) => a - b)[4]).toBeLessThan(1.1 * cold);
  });

  it("leaves out a source of too few values, and objectives that an earlier run did not see", () => {
    const cold = errorOf(full, others, truth, { fidelities });
    const nothing: EarlierRun<Toy>[] = [
      { trials: low.slice(0, 3).map(({ genotype }) => ({ genotype, objectives: [1] })) },
      { trials: low.map(({ genotype }) => ({ genotype, objectives: [undefined] })) },
    ];
    expect(errorOf(full, others, truth, { fidelities, earlier: nothing })).toBe(cold);
  });
});

describe("searches that begin with an earlier run", () => {
  const tradeOff = (g: Toy, tilt: number): readonly number[] => {
    const cost = g.reduce((sum, value, i) => sum + value * (1 + ((i + tilt) % 3)), 0);
    return [
      60 - 2 * g.reduce((sum, value, i) => sum + Math.sqrt(value) * (6 - i), 0) + 3 * Math.abs((g[0] as number) - (g[1] as number)),
      1 + cost,
    ];
  };
  const small = toySpace([4, 4, 4, 4, 4]);
  const all = [...Array(4 ** 5).keys()].map((code): Toy => [0, 1, 2, 3, 4].map((place) => Math.floor(code / 4 ** place) % 4));
  const table: SearchTable = { rows: new Map(all.map((g) => [small.format(g), tradeOff(g, 0)])), reference: [60, 40] };
  const rng = createRng("earlier");
  const trials = rng
    .shuffle(all)
    .slice(0, 60)
    .map((genotype) => ({ genotype, objectives: tradeOff(genotype, 1).map((value) => 2 * value) }));
  const values = rng.shuffle(trials.map(({ objectives }) => objectives));
  const shuffled = trials.map(({ genotype }, i) => ({ genotype, objectives: values[i] as readonly number[] }));
  const search = (earlier?: EarlierRun<Toy>) =>
    benchmarkSearch({
      ...{ space: small, table, algorithm: "bayesian", settings: { pool: 100 }, evaluations: 40, trials: 8, seed: 1 },
      traits: [{ nature: "score" }, { nature: "cost", least: 0 }],
      ...(earlier && { earlier: () => [earlier] }),
    }).hypervolumeRatioMean;

  it("find more at once, and hardly less where it says nothing", () => {
    const [cold, warm, misled] = [search(), search({ trials }), search({ trials: shuffled })];
    expect(warm[1]).toBeGreaterThan(cold[1] as number);
    // Means of eight searches move by about so much with the seed.
    for (const quarter of [1, 2, 3]) expect(misled[quarter]).toBeGreaterThan((cold[quarter] as number) - 0.03);
  });
});
