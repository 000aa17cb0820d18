import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import type { Experiment, Trial } from "../../experiment/index.ts";
import { createSpace, type Genotype } from "../../spaces/index.ts";
import { createBlockStore } from "../../testing/examples/blockStore.ts";
import { exampleExperiment } from "../../testing/examples/exampleTrials.ts";
import { FollowedRun } from "../columnar/index.ts";
import { bestOptions, upperTail } from "./bestOptions.ts";
import { choiceImportance } from "./importance.ts";
import { describeParents, parentsOf } from "./lineage.ts";

const space = createSpace(exampleExperiment.space, exampleExperiment.task);
const experiment: Experiment = { ...exampleExperiment, objectives: [{ metric: "error" }, { metric: "macs" }] };

/** Trials of sampled cells. @param score of a cell, with a number by chance from 0 to 1. */
function runOf(count: number, score: (g: Genotype, chance: number) => number, macs: (g: Genotype, chance: number) => number = () => 7) {
  const rng = createRng("choices");
  const trials = Array.from({ length: count }, (_, number) => {
    const genotype = space.sample(rng);
    const chance = rng.next();
    return {
      ...{ number, architecture: space.format(genotype), status: "feasible", gate: "trained", excesses: [], devices: {}, seconds: 1 },
      ...{ score: score(genotype, chance), macs: macs(genotype, chance) },
    } as unknown as Trial;
  });
  const { store, write } = createBlockStore();
  write(trials);
  const run = new FollowedRun(store, "digits-1");
  run.update();
  return run;
}

const at = (g: Genotype, gene: number) => g[gene] as number;

describe("the importance of choices", () => {
  it("finds what a score depends on, in order, and gives the rest nothing", () => {
    const run = runOf(300, (g, chance) => 60 + 5 * at(g, 2) + (at(g, 4) === 3 ? 4 : 0) + chance);
    const [error, macs] = choiceImportance(experiment, run);
    expect(error?.explained).toBeGreaterThan(0.9);
    const names = error?.choices.map(({ choice }) => choice) ?? [];
    expect(names.slice(0, 2)).toEqual([space.genes[2]?.name, space.genes[4]?.name]);
    for (const { share, low95, high95 } of error?.choices.slice(2) ?? []) {
      expect(Math.abs(share)).toBeLessThan(0.02);
      expect(low95).toBeLessThanOrEqual(share);
      expect(high95).toBeGreaterThanOrEqual(share);
    }
    expect(error?.choices[1]?.low95).toBeGreaterThan(0);
    expect(macs).toMatchObject({ missing: "all values are equal", choices: [] });
    expect(choiceImportance(experiment, run)).toEqual([error, macs]);
  });

  it("says nothing where a model predicts nothing, and where there are few trials", () => {
    const [chance] = choiceImportance(
      experiment,
      runOf(200, (_, value) => value),
    );
    expect(chance).toMatchObject({ missing: "the model does not predict it", choices: [] });
    expect(chance?.explained).toBeLessThan(0.1);
    expect(
      choiceImportance(
        experiment,
        runOf(20, (g) => at(g, 0)),
      )[0],
    ).toMatchObject({ missing: "too few trials", explained: undefined });
    expect(
      choiceImportance(
        experiment,
        runOf(0, () => 0),
      )[0],
    ).toMatchObject({ trials: 0, missing: "too few trials" });
  });
});

describe("what the best have more often than others", () => {
  it("is found where there is such a thing, with its counts", () => {
    // Cells with option 1 at edge 0 are a front: what is more accurate among them has more MACs. The others are behind all of them.
    const isGood = (g: Genotype) => at(g, 0) === 1;
    const run = runOf(
      400,
      (g, chance) => (isGood(g) ? 80 + chance : 20),
      (g, chance) => (isGood(g) ? 1000 * chance : 2000),
    );
    const { front, others, options } = bestOptions(experiment, run);
    expect(front).toBeGreaterThan(40);
    expect(front + others).toBe(400);
    expect(options[0]).toMatchObject({ choice: space.genes[0]?.name, option: space.genes[0]?.options[1], front, others: 0 });
    expect(options[0]?.pHolm).toBeLessThan(1e-6);
    // No other choice has to do with it.
    expect(options.slice(1).every(({ pHolm }) => pHolm > 0.05)).toBe(true);
    expect(() => bestOptions({ ...experiment, objectives: [{ metric: "parameters" }] }, run)).toThrow("parameters is not known");
  });

  it("is nothing where the front has one member", () => {
    const { front, others, options } = bestOptions(
      experiment,
      runOf(400, (g, chance) => 20 * at(g, 0) + chance),
    );
    expect([front, others]).toEqual([1, 399]);
    expect(options.every(({ pHolm }) => pHolm > 0.05)).toBe(true);
  });

  it("is told from chance by the hypergeometric distribution", () => {
    // All ways to draw 3 of 8, of which 4 have it.
    const having = [0, 0, 0];
    let ways = 0;
    for (let a = 0; a < 8; a++)
      for (let b = a + 1; b < 8; b++)
        for (let c = b + 1; c < 8; c++) {
          ways++;
          const count = [a, b, c].filter((one) => one < 4).length;
          for (let k = 1; k <= count; k++) having[k - 1] = (having[k - 1] as number) + 1;
        }
    for (const k of [1, 2, 3]) expect(upperTail(k, 3, 4 - k, 5)).toBeCloseTo((having[k - 1] as number) / ways, 10);
    expect(upperTail(0, 3, 4, 5)).toBeCloseTo(1, 10);
    expect(upperTail(0, 0, 2, 5)).toBeCloseTo(1, 10);
  });
});

it("a trial's parents are told with the choices in which it differs from them", () => {
  const cell = (...genotype: readonly number[]) => ({ architecture: space.format(genotype) }) as Trial;
  const stored = new Map([
    [3, cell(0, 1, 2, 3, 4, 0)],
    [5, cell(0, 1, 2, 3, 1, 1)],
  ]);
  const parents = parentsOf(experiment, { ...cell(0, 1, 2, 3, 4, 1), parents: [3, 5, 9] } as Trial, (number) => stored.get(number));
  const options = space.genes[5]?.options ?? [];
  expect(parents).toEqual([
    { number: 3, changed: [{ choice: space.genes[5]?.name, from: options[0], to: options[1] }] },
    { number: 5, changed: [{ choice: space.genes[4]?.name, from: options[1], to: options[4] }] },
    { number: 9, changed: undefined },
  ]);
  expect(describeParents(parents)[0]).toBe(`made from trial 3 by ${space.genes[5]?.name}: ${options[0]} → ${options[1]}`);
  expect(parentsOf(experiment, cell(0, 0, 0, 0, 0, 0), () => undefined)).toEqual([]);
});
