/** The conformance suite of latency models: what every row of their registry promises. */
import { beforeAll, describe, expect, it } from "vitest";
import { createRng, InputError, type Json, spearman } from "../base/index.ts";
import {
  type LatencyMeasurement,
  type LatencyModel,
  type LatencyPredictor,
  type LatencySources,
  loadLatencyPredictor,
} from "../latency/index.ts";
import { madeUpLatencies } from "./examples/madeUpLatencies.ts";

const { architectures, describeArchitecture, latencies } = madeUpLatencies(200);

const sources: LatencySources = {
  architectures,
  devices: ["a", "b", "c", "d"].map((name) => ({ name, latenciesMs: latencies(name) })),
};

export interface LatencyModelSubject {
  /** Learns in seconds. */
  readonly model: LatencyModel;
  /** Least rank correlation over all architectures of a made-up device of which 30 were measured. */
  readonly leastSpearman: number;
}

/** What every {@link LatencyModel} promises, and the predictors that it learns. */
export function latencyModelConformance(name: string, { model, leastSpearman }: LatencyModelSubject): void {
  describe(`latency model ${name}`, () => {
    let predictor: LatencyPredictor;
    const truth = latencies("x");
    const latencyOf = new Map(architectures.map((architecture, i) => [architecture, truth[i] ?? Number.NaN]));
    const measure = (chosen: readonly string[]): LatencyMeasurement[] =>
      chosen.map((architecture) => ({ architecture, latencyMs: latencyOf.get(architecture) ?? Number.NaN }));
    const measured = (count: number) => measure(predictor.suggest(architectures, count, createRng("measured")));

    beforeAll(async () => {
      await model.prepare?.();
      predictor = await model.learn(sources, describeArchitecture);
    }, 60_000);

    it("names what it learned, and tells of its progress if of anything", async () => {
      expect(predictor.name).toBe(model.name);
      const shares: number[] = [];
      await model.learn(sources, describeArchitecture, (share) => void shares.push(share));
      expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
      expect(shares).toEqual([...shares].sort((a, b) => a - b));
    });

    it("is the same when it is learned again", async () => {
      expect((await model.learn(sources, describeArchitecture)).toJson()).toEqual(predictor.toJson());
    });

    it("suggests different architectures of the pool, the same for the same generator, and none that is measured", () => {
      const pool = architectures.slice(0, 60);
      const suggested = predictor.suggest([...pool, ...pool], 10, createRng(1));
      expect(new Set(suggested).size).toBe(10);
      expect(suggested.every((architecture) => pool.includes(architecture))).toBe(true);
      expect(predictor.suggest([...pool, ...pool], 10, createRng(1))).toEqual(suggested);
      const further = predictor.suggest(pool, 10, createRng(1), suggested);
      expect(further.filter((architecture) => suggested.includes(architecture))).toEqual([]);
      expect(() => predictor.suggest(pool.slice(0, 5), 6, createRng(1))).toThrow(InputError);
      expect(() => predictor.suggest(pool, 0, createRng(1))).toThrow(InputError);
    });

    it("ranks a device that it has not seen", () => {
      const predictions = predictor.adapt(measured(30)).predict(architectures);
      expect(predictions).toHaveLength(architectures.length);
      expect(
        spearman(
          predictions.map(({ latencyMs }) => latencyMs),
          truth,
        ),
      ).toBeGreaterThan(leastSpearman);
    });

    it("gives finite positive numbers and an interval around them, in the order of the question", () => {
      const adapted = predictor.adapt(measured(10));
      const predictions = adapted.predict(architectures);
      for (const { latencyMs, sdMs, low95Ms, high95Ms } of predictions) {
        for (const value of [latencyMs, sdMs, low95Ms, high95Ms]) expect(Number.isFinite(value) && value > 0).toBe(true);
        expect(low95Ms < latencyMs && latencyMs < high95Ms).toBe(true);
      }
      const asked = [architectures[7], architectures[3]] as string[];
      adapted.predict(asked).forEach((prediction, i) => {
        expect(prediction.latencyMs).toBeCloseTo(predictions[architectures.indexOf(asked[i] ?? "")]?.latencyMs ?? 0, 3);
      });
      expect(adapted.predict([])).toEqual([]);
    });

    it("does not change by being adapted", () => {
      const before = predictor.adapt(measured(10)).predict(architectures);
      predictor.adapt(measured(10).map(({ architecture, latencyMs }) => ({ architecture, latencyMs: 100 / latencyMs })));
      expect(predictor.adapt(measured(10)).predict(architectures)).toEqual(before);
    });

    it("explains itself by its source devices and its noise", () => {
      const { sources: resembled, totals, noise, warnings } = predictor.adapt(measured(10)).explain();
      for (const { device, correlation } of resembled) {
        expect(sources.devices.map((source) => source.name)).toContain(device);
        expect(Math.abs(correlation)).toBeLessThanOrEqual(1 + 1e-9);
      }
      expect(totals.every(({ correlation }) => Number.isFinite(correlation))).toBe(true);
      expect(noise).toBeGreaterThan(0);
      expect(warnings.every((warning) => warning.length > 0)).toBe(true);
    });

    it("comes back from its text as it was", () => {
      const saved = JSON.parse(JSON.stringify(predictor.toJson())) as Json;
      const loaded = loadLatencyPredictor(saved, describeArchitecture, { architectures, models: [model] });
      expect(loaded.name).toBe(model.name);
      expect(loaded.toJson()).toEqual(predictor.toJson());
      expect(loaded.suggest(architectures, 12, createRng(2))).toEqual(predictor.suggest(architectures, 12, createRng(2)));
      const [before, after] = [predictor.adapt(measured(12)), loaded.adapt(measured(12))];
      expect(after.predict(architectures)).toEqual(before.predict(architectures));
      expect(after.explain()).toEqual(before.explain());
    });

    it.each<[string, (good: LatencyMeasurement[]) => LatencyMeasurement[]]>([
      ["two measurements", (good) => good.slice(0, 2)],
      ["one architecture three times", ([first]) => (first ? [first, first, first] : [])],
      ["a latency of zero", (good) => good.map((one, i) => (i === 0 ? { ...one, latencyMs: 0 } : one))],
      ["a latency that is no number", (good) => good.map((one, i) => (i === 0 ? { ...one, latencyMs: Number.NaN } : one))],
    ])("refuses to adapt to %s", (_name, change) => {
      expect(() => predictor.adapt(change(measured(5)))).toThrow(InputError);
    });

    it.each<[string, LatencySources]>([
      ["an architecture twice", { ...sources, architectures: [...architectures.slice(1), architectures[1] ?? ""] }],
      ["a device twice", { ...sources, devices: [...sources.devices, ...sources.devices] }],
      ["a short column", { ...sources, devices: [{ name: "short", latenciesMs: [1] }] }],
      ["a negative cell", { ...sources, devices: [{ name: "n", latenciesMs: latencies("n").map((v, i) => (i === 3 ? -v : v)) }] }],
    ])("refuses to learn from %s", async (_name, given) => {
      await expect((async () => model.learn(given, describeArchitecture))()).rejects.toThrow(InputError);
    });
  });
}
