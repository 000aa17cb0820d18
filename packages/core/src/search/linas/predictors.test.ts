import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { type Toy, toySpace } from "../../testing/searcher.ts";
import { hypervolume } from "../front/hypervolume.ts";
import type { CandidateFeatures, EvaluatedCandidate, SearcherOptions } from "../searcher.ts";
import { createSearcher } from "../searchers.ts";
import { PredictorInputs } from "./inputs.ts";
import { mostPromising } from "./mostPromising.ts";
import { isFeasible, trainObjectives } from "./predictors.ts";

const space = toySpace([3, 3, 3, 3]);
const error = (g: Toy) => 20 - g.reduce((sum, value, position) => sum + value * (1 + position), 0) / 2;
const latency = (g: Toy) => 1 + g.reduce((sum, value, position) => sum + value * (4 - position), 0);
const all = Array.from({ length: 81 }, (_, i): Toy => [i % 3, Math.floor(i / 3) % 3, Math.floor(i / 9) % 3, Math.floor(i / 27)]);
const trial = (genotype: Toy) => ({ genotype, status: "feasible" as const, objectives: [error(genotype), latency(genotype)] });
const draw = createRng("some");
const some = draw.shuffle(all).slice(0, 30).map(trial);

const train = (options: Partial<SearcherOptions<Toy>>) => {
  const whole: SearcherOptions<Toy> = { space, rng: createRng(1), objectives: 2, evaluations: 100, ...options };
  return trainObjectives(whole, new PredictorInputs(whole), some);
};

describe("predictors of objectives", () => {
  it("look up what is known exactly, though trials showed something else", () => {
    const [predictError, predictLatency] = train({ known: (g) => [undefined, { value: 1000 + latency(g), sd: 0 }] });
    for (const g of all) expect(predictLatency?.(g)).toBe(1000 + latency(g));
    for (const g of all) expect(Math.abs((predictError?.(g) ?? 0) - error(g))).toBeLessThan(0.5);
  });

  it("correct what was predicted beforehand by what trials showed", () => {
    const [, predictLatency] = train({ known: (g) => [undefined, { value: latency(g) / (g[0] === 2 ? 3 : 1.5), sd: 1 }] });
    for (const g of all) expect(Math.abs((predictLatency?.(g) ?? 0) / latency(g) - 1)).toBeLessThan(0.05);
  });

  it("stay above the least possible value, and take what is useless as equal", () => {
    const [predictError] = train({ traits: [{ nature: "score", least: 9.9, worst: 14 }, { nature: "cost" }] });
    for (const g of all) {
      expect(predictError?.(g)).toBeGreaterThan(9.9);
      expect(predictError?.(g)).toBeLessThan(16);
    }
  });

  it("learn from features what the encoding does not tell, whatever their units, a cost also from what is executed", () => {
    const hidden = new Map(all.map((g) => [space.format(g), draw.normal()]));
    const of = (g: Toy) => hidden.get(space.format(g)) ?? 0;
    const features = (g: Toy): CandidateFeatures => ({
      summary: new Map([["a", 1e6 * of(g)]]),
      structure: new Map(),
      executed: new Map([["b", 1e-3 * of(g)]]),
    });
    const options: SearcherOptions<Toy> = { space, rng: draw, objectives: 2, evaluations: 100, features };
    const trials = some.map(({ genotype }) => ({ genotype, status: "feasible" as const, objectives: [of(genotype), -of(genotype)] }));
    const [first, second] = trainObjectives(options, new PredictorInputs(options), trials);
    for (const g of all) {
      expect(Math.abs((first?.(g) ?? 0) - of(g))).toBeLessThan(0.4);
      expect(Math.abs((second?.(g) ?? 0) + of(g))).toBeLessThan(0.4);
    }
  });
});

/** One after the other that which adds most hypervolume, by trying all. */
function greedily(trials: readonly EvaluatedCandidate<Toy>[], candidates: readonly EvaluatedCandidate<Toy>[], count: number): number[] {
  const front = trials.filter(isFeasible).map(({ objectives }) => objectives);
  const axes = [0, 1].map(
    (axis) => [Math.min(...front.map((point) => point[axis] as number)), Math.max(...front.map((point) => point[axis] as number))] as const,
  );
  const scaled = (point: readonly number[]) =>
    point.map((value, axis) => (value - (axes[axis]?.[0] ?? 0)) / ((axes[axis]?.[1] ?? 1) - (axes[axis]?.[0] ?? 0)));
  const points = front.map(scaled);
  const volumes: number[] = [];
  const left = candidates.filter(isFeasible).map(({ objectives }) => scaled(objectives));
  for (let n = 0; n < count; n++) {
    let best = 0;
    left.forEach((point, i) => {
      if (hypervolume([...points, point], [1.1, 1.1]) > hypervolume([...points, left[best] as number[]], [1.1, 1.1])) best = i;
    });
    points.push(...left.splice(best, 1));
    volumes.push(hypervolume(points, [1.1, 1.1]));
  }
  return volumes;
}

describe("the candidates of a round", () => {
  it("are those that add most hypervolume one after the other, where predictions are exact", () => {
    for (const seed of [1, 2, 3]) {
      const shuffled = createRng(seed).shuffle(all).map(trial);
      const [trials, rest] = [shuffled.slice(0, 20), shuffled.slice(20)];
      const chosen = mostPromising(trials, rest, 3, 2).map(trial);
      expect(greedily(trials, chosen, 3)).toEqual(greedily(trials, rest, 3));
    }
  });

  it("are of the true front where both objectives are known", () => {
    const known = (g: Toy) => [
      { value: error(g), sd: 0 },
      { value: latency(g), sd: 0 },
    ];
    const searcher = createSearcher(
      "linas",
      { space, rng: createRng("known"), objectives: 2, evaluations: 40, known },
      { round: 4, initial: 4 },
    );
    searcher.tell(searcher.ask(4).map(trial));
    const isDominated = (g: Toy) =>
      all.some(
        (other) => error(other) <= error(g) && latency(other) <= latency(g) && (error(other) < error(g) || latency(other) < latency(g)),
      );
    const asked = searcher.ask(4);
    expect(asked.filter(isDominated)).toEqual([]);
  });
});
