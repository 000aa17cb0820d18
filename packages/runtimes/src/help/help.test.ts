import { createRng, InputError, type Json, spearman } from "@archwright/core/base";
import { type DescribeArchitecture, type LatencyPredictor, type LatencySources, loadLatencyPredictor } from "@archwright/core/latency";
import { latencyModelConformance, madeUpLatencies } from "@archwright/core/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { allLatencyModels } from "../latencyModels.ts";
import { helpModel, learnHelp } from "./index.ts";

const { architectures, describeArchitecture, latencies } = madeUpLatencies(300);

const sourcesOf = (...names: string[]): LatencySources => ({
  architectures,
  devices: names.map((name) => ({ name, latenciesMs: latencies(name) })),
});
const sources = sourcesOf("a", "b", "c", "d", "e");
const target = latencies("x");
const latencyOf = new Map(architectures.map((architecture, i) => [architecture, target[i] as number]));
const measure = (asked: readonly string[]) =>
  asked.map((architecture) => ({ architecture, latencyMs: latencyOf.get(architecture) as number }));
const small = { hidden: 24, query: 64, warmUpEpisodes: 0, episodes: 0 } as const;

let predictor: LatencyPredictor;
let references: readonly string[];
beforeAll(async () => {
  predictor = await learnHelp(sources, describeArchitecture, { ...small, warmUpEpisodes: 100, episodes: 6 });
  references = predictor.suggest(architectures, 10, createRng(0));
}, 60_000);

const scoreOf = (model: LatencyPredictor): number => {
  const measurements = measure(model.suggest(architectures, 20, createRng("choice")));
  const predictions = model.adapt(measurements).predict(architectures);
  return spearman(
    predictions.map(({ latencyMs }) => latencyMs),
    target,
  );
};

it("is a row of the registry of all models, after those that need no engine", () => {
  expect(allLatencyModels.map(({ name }) => name)).toEqual(["bayesian", "flops", "operators", "ridge", "help"]);
});

latencyModelConformance("help", { model: helpModel({ ...small, warmUpEpisodes: 60, episodes: 2 }), leastSpearman: 0.8 });

describe("learning", () => {
  it("orders a new device's architectures, which the untrained model does not", async () => {
    const untrained = await learnHelp(sources, describeArchitecture, small);
    expect(scoreOf(untrained)).toBeLessThan(0.8);
    expect(scoreOf(predictor)).toBeGreaterThan(0.93);
  });

  it("gives the same for the same seed, and another model for another", async () => {
    const learn = async (seed: number) =>
      (await learnHelp(sources, describeArchitecture, { ...small, warmUpEpisodes: 1, episodes: 2, seed })).toJson();
    const first = await learn(1);
    expect(await learn(1)).toEqual(first);
    expect(await learn(2)).not.toEqual(first);
  });

  it("leaves out devices that teach nothing, and says so", async () => {
    const constant = { name: "constant", latenciesMs: architectures.map(() => 5) };
    const sparse = { name: "sparse", latenciesMs: architectures.map((_, i) => (i < 8 ? i + 1 : Number.NaN)) };
    const model = await learnHelp({ architectures, devices: [...sources.devices, constant, sparse] }, describeArchitecture, small);
    const { warnings, sources: resembled } = model.adapt(measure(architectures.slice(0, 10))).explain();
    expect(warnings.filter((warning) => /'(constant|sparse)' is left out/.test(warning))).toHaveLength(2);
    expect(resembled).toHaveLength(5);
  });

  it.each([
    ["one device", sourcesOf("a"), /1 source device to learn from/],
    ["none", sourcesOf(), /0 source devices to learn from/],
    [
      "devices that measured different architectures",
      {
        architectures,
        devices: ["a", "b"].map((name, which) => ({
          name,
          latenciesMs: latencies(name).map((value, i) => (i % 2 === which ? value : Number.NaN)),
        })),
      },
      /0 architectures were measured on every source device/,
    ],
    ["a negative cell", { architectures, devices: [{ name: "a", latenciesMs: latencies("a").fill(-1, 3, 4) }] }, /is -1/],
  ])("refuses %s", async (_name, given, message) => {
    const learned = learnHelp(given, describeArchitecture, small);
    await expect(learned).rejects.toThrow(InputError);
    await expect(learned).rejects.toThrow(message);
  });

  it("refuses architectures without an encoding", async () => {
    const bare: DescribeArchitecture = (architecture) => ({ ...describeArchitecture(architecture), encoding: [] });
    await expect(learnHelp(sources, bare, small)).rejects.toThrow(/no encoding/);
  });
});

describe("what to measure", () => {
  it("is the reference networks first, whatever the generator", () => {
    expect(predictor.suggest(architectures, 20, createRng("other")).slice(0, 10)).toEqual(references);
    expect(predictor.suggest(architectures, 4, createRng(2))).toEqual(references.slice(0, 4));
  });

  it("continues from what is measured", () => {
    const next = predictor.suggest(architectures, 12, createRng(1), references.slice(0, 3));
    expect(next.slice(0, 7)).toEqual(references.slice(3));
    expect(new Set([...next, ...references]).size).toBe(15);
  });

  it("serves a pool without reference networks, and refuses one that is too small", () => {
    const pool = architectures.filter((architecture) => !references.includes(architecture)).slice(0, 12);
    expect(new Set(predictor.suggest(pool, 12, createRng(1)))).toEqual(new Set(pool));
    expect(() => predictor.suggest(pool, 13, createRng(1))).toThrow(/1 to 12/);
  });
});

describe("adapting", () => {
  const plausible = (model: LatencyPredictor, measurements: readonly { architecture: string; latencyMs: number }[]) => {
    const adapted = model.adapt(measurements);
    for (const { latencyMs, sdMs, low95Ms, high95Ms } of adapted.predict(architectures)) {
      for (const value of [latencyMs, sdMs, low95Ms, high95Ms]) expect(Number.isFinite(value) && value > 0).toBe(true);
      expect(low95Ms < latencyMs && latencyMs < high95Ms).toBe(true);
    }
    return adapted;
  };

  it("covers most latencies with its intervals", () => {
    const predictions = plausible(predictor, measure(predictor.suggest(architectures, 20, createRng(3)))).predict(architectures);
    const covered = predictions.filter(({ low95Ms, high95Ms }, i) => low95Ms <= (target[i] as number) && (target[i] as number) <= high95Ms);
    expect(covered.length / predictions.length).toBeGreaterThan(0.85);
  });

  it("explains itself by source devices and totals", () => {
    const { sources: resembled, totals, noise, warnings } = plausible(predictor, measure(references)).explain();
    expect(resembled.map(({ device }) => device).sort()).toEqual(["a", "b", "c", "d", "e"]);
    expect(resembled[0]?.correlation).toBeGreaterThan(0.9);
    expect(totals[0]?.correlation).toBeGreaterThan(0.5);
    expect(noise).toBeGreaterThan(0);
    expect(warnings).toEqual([]);
  });

  it("estimates the embedding where reference networks were not measured, and says so", () => {
    const others = architectures.filter((architecture) => !references.includes(architecture));
    for (const chosen of [others.slice(0, 10), others.slice(0, 3), [...references.slice(0, 2), ...others.slice(0, 4)]]) {
      const adapted = plausible(predictor, measure(chosen));
      expect(adapted.explain().warnings.join()).toMatch(/of the 10 reference networks were not measured.*source device '[a-e]'/);
      const predicted = adapted.predict(architectures).map(({ latencyMs }) => latencyMs);
      expect(spearman(predicted, target)).toBeGreaterThan(0.8);
    }
  });

  it("falls back where all measurements are equal", () => {
    const adapted = plausible(
      predictor,
      references.map((architecture) => ({ architecture, latencyMs: 7 })),
    );
    expect(adapted.explain().warnings.join()).toMatch(/equal latencies/);
  });

  it("stays plausible where measurements contradict all that it knows", () => {
    const others = architectures.filter((architecture) => !references.includes(architecture)).slice(0, 10);
    const flat = references.map((architecture, i) => ({ architecture, latencyMs: 7 + 0.02 * i }));
    plausible(predictor, [...flat, ...others.map((architecture, i) => ({ architecture, latencyMs: i % 2 === 0 ? 1 : 60 }))]);
    plausible(
      predictor,
      [...flat].map(({ architecture, latencyMs }, i) => ({ architecture, latencyMs: i === 0 ? 40 : latencyMs })),
    );
  });

  it("takes the mean of an architecture's repeated measurements, as logarithms", () => {
    const first = references[0] as string;
    const truth = latencyOf.get(first) as number;
    const doubled = [
      ...measure(references.slice(1)),
      { architecture: first, latencyMs: truth / 2 },
      { architecture: first, latencyMs: 2 * truth },
    ];
    const [a, b] = [doubled, measure([...references.slice(1), first])].map((given) => predictor.adapt(given).predict(architectures)[0]);
    expect(a?.latencyMs).toBeCloseTo(b?.latencyMs as number, 5);
  });

  it.each([
    ["two", () => measure(references.slice(0, 2)), /2 architectures were measured/],
    ["a zero", () => measure(references).map((m, i) => (i === 0 ? { ...m, latencyMs: 0 } : m)), /is 0/],
    ["seconds among milliseconds", () => measure(references).map((m, i) => (i === 0 ? { ...m, latencyMs: m.latencyMs / 1000 } : m)), /1\//],
    ["an unknown architecture", () => [...measure(references), { architecture: "nonsense", latencyMs: 1 }], /nonsense/],
  ])("refuses %s", (_name, measurements, message) => {
    expect(() => predictor.adapt(measurements())).toThrow(message);
  });
});

describe("a saved model", () => {
  it.each([
    [
      "one with weights missing",
      () => {
        const saved = predictor.toJson() as { state: { weights: string } };
        return { ...saved, state: { ...saved.state, weights: saved.state.weights.slice(0, 400) } };
      },
      /damaged/,
    ],
    ["one without a state", () => ({ ...(predictor.toJson() as object), state: null }), /damaged/],
  ])("refuses %s", async (_name, json, message) => {
    const models = [helpModel()];
    await models[0]?.prepare?.();
    expect(() => loadLatencyPredictor(json() as Json, describeArchitecture, { models })).toThrow(message);
  });
});
