import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { item } from "../../base/matrix.ts";
import { type Toy, toySpace } from "../../testing/searcher.ts";
import { hypervolume } from "../front/hypervolume.ts";
import { createSearcher } from "../searchers.ts";
import { weightsOf } from "./motpe.ts";
import { densityRatio } from "./parzen.ts";

const number = fc.double({ min: 0, max: 1, noNaN: true });
const point = fc.array(number, { minLength: 3, maxLength: 3 }).map((values) => Float64Array.from(values));

describe("Parzen densities", () => {
  it("are mixtures of products of one kernel a column, as a slow sum has it", () => {
    const set = fc.array(fc.tuple(point, fc.double({ min: 0.1, max: 1, noNaN: true })), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(set, set, point, fc.double({ min: 0.5, max: 5, noNaN: true }), (good, others, x, decay) => {
        const slow = (all: typeof good) => {
          let [sum, ofWeights] = [0, 0];
          for (const [y, weight] of all) {
            let product = 1;
            y.forEach((value, column) => {
              product *= Math.exp((-decay * Math.abs((x[column] as number) - value)) / 2);
            });
            sum += weight * product;
            ofWeights += weight;
          }
          return sum / ofWeights + Math.exp(-3 * decay) / all.length;
        };
        const set = (all: typeof good) => {
          const total = all.reduce((sum, [, weight]) => sum + weight, 0);
          return { points: all.map(([y]) => y), weights: all.map(([, weight]) => weight / total) };
        };
        const ratio = slow(good) / slow(others);
        expect(densityRatio(set(good), set(others), decay)(x) / ratio).toBeCloseTo(1, 9);
      }),
    );
  });

  it("prefer what is near the good ones and far from the others, and far from all neither", () => {
    const at = (x: number) => Float64Array.of(x);
    const ratio = densityRatio({ points: [at(0)], weights: [1] }, { points: [at(1)], weights: [1] }, 3);
    expect(ratio(at(0))).toBeGreaterThan(1);
    expect(ratio(at(1))).toBeLessThan(1);
    expect(ratio(at(500))).toBeCloseTo(1, 6);
  });
});

describe("the good trials of MOTPE", () => {
  const trial = (objectives: readonly number[]) => ({ genotype: objectives.join(), status: "feasible" as const, objectives });

  it("are weighed by the hypervolume that each alone dominates, whatever the units", () => {
    const vector = fc
      .integer({ min: 2, max: 3 })
      .chain((size) => fc.array(fc.array(number, { minLength: size, maxLength: size }), { minLength: 2, maxLength: 8 }));
    fc.assert(
      fc.property(vector, (vectors) => {
        const objectives = item(vectors, 0).length;
        const weights = weightsOf(vectors.map(trial), vectors.map(trial), objectives);
        expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1);
        // In shares of the ranges, with the reference a tenth beyond.
        const axes = Array.from({ length: objectives }, (_, axis) => {
          const values = vectors.map((objective) => item(objective, axis));
          return [Math.min(...values), Math.max(...values)] as const;
        });
        const scaled = vectors.map((objective) =>
          objective.map((value, axis) => {
            const [least, largest] = item(axes, axis);
            return (value - least) / (largest - least || 1);
          }),
        );
        const volume = (all: readonly (readonly number[])[]) => hypervolume(all, new Array<number>(objectives).fill(1.1));
        const alone = scaled.map((_, index) => volume(scaled) - volume(scaled.filter((_other, other) => other !== index)));
        alone.forEach((mine, i) => {
          alone.forEach((other, j) => {
            if (mine > other + 1e-9) expect(item(weights, i)).toBeGreaterThan(item(weights, j));
          });
        });
      }),
    );
  });
});

it.each([1, 3])("motpe and linas come nearer to the front of %d objectives than random search", (objectives) => {
  const space = toySpace(new Array<number>(10).fill(4));
  const judge = (g: Toy) =>
    Array.from({ length: objectives }, (_, axis) =>
      g.reduce((sum, value, position) => sum + (position % objectives === axis ? value : (3 - value) / 8), 0),
    );
  const reference = new Array<number>(objectives).fill(15);
  const reached = (name: string) => {
    const searcher = createSearcher(name, { space, rng: createRng("objectives"), objectives, evaluations: 60 });
    const found: number[][] = [];
    while (found.length < 60) {
      const told = searcher
        .ask(Math.min(searcher.batch, 60 - found.length))
        .map((genotype) => ({ genotype, status: "feasible" as const, objectives: judge(genotype) }));
      searcher.tell(told);
      found.push(...told.map((one) => one.objectives));
    }
    return hypervolume(found, reference);
  };
  const random = reached("random");
  expect(reached("motpe")).toBeGreaterThan(random);
  expect(reached("linas")).toBeGreaterThan(random);
});
