import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseObjectives, type Trial } from "../experiment/index.ts";
import { queryExperiment as experiment } from "../testing/examples/queryExamples.ts";
import { queryTrials as trials } from "../testing/examples/queryTrials.ts";
import { frontOf, queryFront } from "./front.ts";
import { frontJson } from "./frontJson.ts";
import { parseCondition } from "./where.ts";

describe("a query", () => {
  const objectives = parseObjectives("error,latency@local", ["local", "board"], experiment.task);

  it("compares measurements only where all trials in question have one, and says so", () => {
    fc.assert(
      fc.property(trials({ measuredShare: 6 }), (all) => {
        const feasible = all.filter(({ status }) => status === "feasible");
        const everywhere = feasible.length > 0 && feasible.every((trial) => (trial.devices.local?.measurements.length ?? 0) > 0);
        const { compared_as } = frontJson(experiment, "e-1", frontOf(experiment.task, all, objectives), objectives);
        expect(compared_as).toEqual({ "latency@local": everywhere ? "measured" : "predicted" });
      }),
    );
  });

  it("asks its conditions of the same kind of value", () => {
    const condition = parseCondition("latency@local<=25ms", experiment);
    fc.assert(
      fc.property(trials(), (all) => {
        const { compared, values, trials: front } = frontOf(experiment.task, all, objectives, [condition]);
        for (const trial of compared) expect(values.cost(trial, "local", "latencyMs")).toBeLessThanOrEqual(25);
        expect(front.every((trial) => compared.includes(trial))).toBe(true);
      }),
    );
  });

  it.each([
    ["accuracy>=70%", 70],
    ["accuracy ≥ 70 %", 70],
    ["test_accuracy>=70", 70],
    ["error<=30%", 30],
    ["macs<1.5M", 1.5e6],
    ["latency@board=>5ms", 5],
    ["latency_ms@board<=500us", 0.5],
    ["peak_memory@board<=64 KiB", 65_536],
  ])("understands the condition %s", (text, bound) => {
    const value = (at: number): Trial =>
      ({
        ...{ score: text.startsWith("error") ? 100 - at : at, testScore: at, macs: at },
        devices: { board: { estimates: { latencyMs: { value: at }, peakMemoryBytes: { value: at } }, measurements: [] } },
      }) as unknown as Trial;
    const { holds } = parseCondition(text, experiment);
    const { values } = frontOf(experiment.task, [], objectives);
    const upwards = /[>≥]/.test(text);
    expect(holds(value(bound * 1.01), values)).toBe(upwards);
    expect(holds(value(bound * 0.99), values)).toBe(!upwards);
  });

  it("refuses the same objective twice, an unknown device, and a unit of something else", () => {
    expect(() => queryFront(experiment, [], { objectives: "error,latency@local,error" })).toThrow(
      "the objective 'error' is listed twice\n  expected: different objectives: error, latency@local",
    );
    expect(() => queryFront(experiment, [], { device: "bord" })).toThrow("write instead: board");
    expect(() => parseCondition("accuracy>=70ms", experiment)).toThrow("'ms' is not a unit of percent");
    expect(() => parseCondition("accuracy", experiment)).toThrow("write instead: latency_ms<=5");
  });

  it("refuses what is not known for any trial, and names what is known", () => {
    const known = (value: number) => ({ value, low95: null, high95: null, source: "analytic" });
    const trial = (number: number, local: object) =>
      ({
        ...{ number, architecture: `a${number}`, status: "feasible", score: 80 },
        devices: { local, board: { estimates: { latencyMs: known(5), flashBytes: known(9) }, measurements: [] } },
      }) as unknown as Trial;
    const bare = [trial(0, { estimates: {}, measurements: [] }), trial(1, { estimates: {}, measurements: [] })];
    const energy =
      "energy@board is not known for any feasible trial of the run\n  expected: a cost that is known on 'board': latency@board, flash@board";
    expect(() => queryFront(experiment, bare, { objectives: "error,energy@board" })).toThrow(energy);
    expect(() => queryFront(experiment, bare, { where: ["energy<=1mJ"], device: "board" })).toThrow(energy);
    expect(() => queryFront(experiment, bare, { device: "local" })).toThrow(
      "latency@local is not known for any feasible trial of the run\n  expected: a cost that is known: latency@board, flash@board",
    );
    expect(() => queryFront(experiment, bare, { where: ["test_accuracy>=1"] })).toThrow("test_accuracy is not known for any");
    expect(() => queryFront(experiment, bare, { where: ["macs<=1"] })).toThrow("macs is not known for any");

    // Measured for some and predicted for none is compared as predicted, of which nothing is known.
    const measurement = { metric: "latencyMs", value: 3 };
    const mixed = [trial(0, { estimates: {}, measurements: [measurement] }), trial(1, { estimates: {}, measurements: [] })];
    expect(() => queryFront(experiment, mixed, { objectives: "latency@local" })).toThrow(
      "latency@local was measured for only 1 of 2 trials, and is predicted for none",
    );
    expect(queryFront(experiment, mixed.slice(0, 1), { objectives: "latency@local" }).trials).toHaveLength(1);
    expect(queryFront(experiment, [], { objectives: "error,energy@board" }).trials).toEqual([]);
  });

  it("agrees with a slow, obvious answer", () => {
    const metrics = ["error", "macs", "latency@local", "latency@board", "peak_memory@board"];
    const queries = fc.record({
      objectives: fc.uniqueArray(fc.constantFrom(...metrics), { minLength: 1, maxLength: 3 }),
      where: fc.array(
        fc.record({
          name: fc.constantFrom(...metrics, "accuracy"),
          sign: fc.constantFrom("<=", ">=", "<", ">"),
          share: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        }),
        { maxLength: 2 },
      ),
    });
    const largest: Record<string, number> = { error: 50, macs: 9000, "peak_memory@board": 9 * 1024, accuracy: 100 };
    fc.assert(
      fc.property(trials({ measuredShare: 8 }), queries, (all, { objectives, where }) => {
        const conditions = where.map(({ name, sign, share }) => ({
          name,
          sign,
          bound: Number((share * (largest[name] ?? 50)).toFixed(3)),
        }));
        const query = { objectives: objectives.join(), where: conditions.map(({ name, sign, bound }) => `${name}${sign}${bound}`) };
        expect(numbersOf(all, query)).toEqual(slowFront(all, objectives, conditions));
      }),
      { numRuns: 500 },
    );
  });

  /** None where the query is refused: then nothing is known of what it asks. */
  function numbersOf(all: readonly Trial[], query: Parameters<typeof queryFront>[2]): readonly number[] {
    try {
      return queryFront(experiment, all, query).trials.map(({ number }) => number);
    } catch (error) {
      expect(String(error)).toContain("is not known for any");
      return [];
    }
  }

  interface Asked {
    readonly name: string;
    readonly sign: string;
    readonly bound: number;
  }

  /** Reads every value by hand, and compares each trial with each other one. */
  function slowFront(all: readonly Trial[], objectives: readonly string[], conditions: readonly Asked[]): readonly number[] {
    const plain = (trial: Trial, name: string) =>
      ({
        accuracy: trial.score,
        error: trial.score === undefined ? undefined : 100 - trial.score,
        macs: trial.macs,
        "latency@board": trial.devices.board?.estimates.latencyMs?.value,
        "peak_memory@board": trial.devices.board?.estimates.peakMemoryBytes?.value,
      })[name];
    const meets = (value: number | undefined, { sign, bound }: Asked) => {
      if (value === undefined) return false;
      if (sign === "<=") return value <= bound;
      if (sign === ">=") return value >= bound;
      return sign === "<" ? value < bound : value > bound;
    };
    const isCost = (name: string) => name.includes("@");
    const candidates = all
      .filter(({ status }) => status === "feasible")
      .filter((trial) => conditions.every((asked) => isCost(asked.name) || meets(plain(trial, asked.name), asked)));
    const measuredByAll = candidates.every((trial) => trial.devices.local?.measurements.length === 1);
    const value = (trial: Trial, name: string) => {
      if (name !== "latency@local") return plain(trial, name);
      return measuredByAll ? trial.devices.local?.measurements[0]?.value : trial.devices.local?.estimates.latencyMs?.value;
    };
    const compared = candidates
      .filter((trial) => conditions.every((asked) => !isCost(asked.name) || meets(value(trial, asked.name), asked)))
      .map((trial) => ({ number: trial.number, vector: objectives.map((name) => value(trial, name) ?? Number.NaN) }))
      .filter(({ vector }) => !vector.some(Number.isNaN));
    type Compared = (typeof compared)[number];
    const isWorse = (one: Compared, other: Compared) => {
      const same = one.vector.every((value, i) => value === other.vector[i]);
      // Of equal ones the first stays.
      return same ? other.number < one.number : one.vector.every((value, i) => value >= (other.vector[i] as number));
    };
    return compared
      .filter((one) => !compared.some((other) => other !== one && isWorse(one, other)))
      .sort((a, b) => a.vector.map((value, i) => value - (b.vector[i] as number)).find((difference) => difference !== 0) ?? 0)
      .map(({ number }) => number);
  }
});
