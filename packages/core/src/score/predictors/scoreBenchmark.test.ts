import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { InputError, spearman } from "../../base/index.ts";
import { item } from "../../base/matrix.ts";
import { parseTable, tableColumn } from "../../devices/index.ts";
import { candidateFeatures } from "../../experiment/index.ts";
import { createSpace, resolveSpaceSpec, usualTask } from "../../spaces/index.ts";
import { publishedTables } from "../../testing/publishedTables.fixture.ts";
import { NormalPrediction } from "./prediction.ts";
import type { ScoreModel, ScoreTrial } from "./predictor.ts";
import { scoreModelNamed } from "./registry.ts";
import { benchmarkScores, type ScoreBenchmark } from "./scoreBenchmark.ts";

const architectures = Array.from({ length: 120 }, (_, i) => `a${i}`);
/** The number in the text, but for every tenth, which is unknown. */
const scores = Float64Array.from(architectures, (_, i) => (i % 10 === 9 ? Number.NaN : i));
const truth = (architecture: string) => Number(architecture.slice(1));

/** A model that knows the truth up to a made-up error, and says it to be of standard deviation 10. */
function oracle(error: (architecture: string) => number, learned: (trials: readonly ScoreTrial[]) => void = () => undefined): ScoreModel {
  const predict = (asked: readonly { architecture: string }[]) =>
    asked.map(({ architecture }) => new NormalPrediction(truth(architecture) + error(architecture), 10));
  const learn = (trials: readonly ScoreTrial[]) => {
    learned(trials);
    return { predict };
  };
  return { name: "oracle", title: "knows all", needsFeatures: false, prepare: () => ({ learn }) };
}

const base: ScoreBenchmark = {
  architectures,
  scores,
  describe: (architecture) => ({ architecture, encoding: Float64Array.of(truth(architecture)) }),
  models: [oracle(() => 0)],
  trialsKnown: [5, 20],
  trials: 2,
  seed: 0,
};

describe("the benchmark of score models", () => {
  it("judges all that was not learned from, and nothing unknown", () => {
    const learned: string[][] = [];
    const model = oracle(
      (architecture) => (truth(architecture) % 2 === 0 ? 30 : -30),
      (trials) => learned.push(trials.map(({ candidate }) => candidate.architecture)),
    );
    const { known, results } = benchmarkScores({ ...base, models: [model], trialsKnown: [20], trials: 1 });
    expect(known).toBe(108);
    const others = architectures.filter((a, i) => i % 10 !== 9 && !learned[0]?.includes(a)).map(truth);
    expect(others).toHaveLength(88);
    const predicted = others.map((value) => value + (value % 2 === 0 ? 30 : -30));
    expect(results[0]?.spearmanMean).toBeCloseTo(spearman(predicted, others), 12);
    const best = others.slice(-22);
    expect(results[0]?.spearmanBestMean).toBeCloseTo(spearman(predicted.slice(-22), best), 12);
    expect(results[0]).toMatchObject({ coverage95Mean: 0, spearmanSd: 0, trialsKnown: 20, model: "oracle" });
    expect(results[0]?.rmseMean).toBeCloseTo(30, 12);
    // Three standard deviations off.
    expect(results[0]?.logDensityMean).toBeCloseTo(-0.5 * Math.log(2 * Math.PI) - Math.log(10) - 4.5, 12);
  });

  it("knows the first trials of a choice whatever the number, and gives the same for the same seed", () => {
    const learned: string[][] = [];
    const model = oracle(
      () => 0,
      (trials) => learned.push(trials.map(({ candidate }) => candidate.architecture)),
    );
    const result = benchmarkScores({ ...base, models: [model] });
    expect(learned.map(({ length }) => length)).toEqual([5, 20, 5, 20]);
    expect(learned[1]?.slice(0, 5)).toEqual(learned[0]);
    expect(learned[3]).not.toEqual(learned[1]);
    expect(benchmarkScores({ ...base, models: [model] })).toEqual(result);
    expect(result.results[0]).toMatchObject({ spearmanMean: 1, kendallMean: 1, coverage95Mean: 1, rmseMean: 0, fitMs: 0 });
  });

  it("judges perfect scores too", () => {
    const perfect = scores.map((score) => Math.min(100, score));
    const { results } = benchmarkScores({ ...base, scores: perfect, models: [scoreModelNamed("gp")], traits: { best: 100 } });
    for (const result of results) {
      for (const value of Object.values(result)) if (typeof value === "number") expect(Number.isFinite(value)).toBe(true);
    }
  });

  it.each<[string, Partial<ScoreBenchmark>, RegExp]>([
    ["no model", { models: [] }, /no score model/],
    ["no number of trials", { trialsKnown: [] }, /no number of trials/],
    ["half a trial", { trialsKnown: [0.5] }, /0.5 known trials/],
    ["nearly all", { trialsKnown: [100] }, /100 trials are to be learned from, and 108 of 120 scores are known[\s\S]*at most 88/],
    ["no repetition", { trials: 0 }, /0 trials/],
  ])("refuses %s", (_name, change, message) => {
    expect(() => benchmarkScores({ ...base, ...change })).toThrow(InputError);
    expect(() => benchmarkScores({ ...base, ...change })).toThrow(message);
  });
});

const excerpt = item(publishedTables("nasbench201"), 0);

it("shows what features of the graph are worth, on published accuracies", { timeout: 60_000 }, () => {
  const table = parseTable(readFileSync(`${excerpt.folder}accuracy.csv`, "utf8"), "accuracy.csv");
  const spec = resolveSpaceSpec({ name: "nasbench201" });
  const space = createSpace(spec);
  const look = candidateFeatures(spec, usualTask);
  const features = new Map(table.architectures.map((text) => [text, look(space.parse(text))]));
  const correlation = (name: string, seesGraph: boolean) => {
    const { results } = benchmarkScores({
      architectures: table.architectures,
      scores: tableColumn(table, "cifar100_valid"),
      describe: (architecture) => {
        const [encoding, graph] = [space.encode(space.parse(architecture)), features.get(architecture)];
        return { architecture, encoding, ...(seesGraph && graph && { features: graph }) };
      },
      models: [scoreModelNamed(name)],
      trialsKnown: [25],
      traits: { best: 100 },
      trials: 3,
      seed: "excerpt",
    });
    const [{ coverage95Mean = 0, spearmanMean = 0 } = {}] = results;
    expect(coverage95Mean).toBeGreaterThan(0.85);
    return spearmanMean;
  };
  const size = correlation("size", true);
  for (const name of ["gp", "trees"]) {
    const graph = correlation(name, true);
    expect(graph).toBeGreaterThan(correlation(name, false) + 0.05);
    expect(graph).toBeGreaterThan(size);
  }
});
