import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../base/index.ts";
import type { Experiment } from "../experiment.ts";
import { defaultStages, type Stage } from "./stages.ts";
import { needsPlan, planned } from "./timePlan.ts";

/** Only what a plan looks at. */
function experimentOf(ms: number, stages: readonly Stage[], candidates = 0): Experiment {
  const evaluator = { kind: "train", training: { stages } };
  return { evaluator, search: { algorithm: "random", time: { ms }, evaluations: 0, candidates } } as unknown as Experiment;
}
const first: Stage = { steps: 100, seeds: 1 };
const hour = 3_600_000;

describe("a plan for a time", () => {
  it("fills nine tenths of it, by what the stages were measured or reckoned to take", () => {
    const stage = fc.record({
      steps: fc.integer({ min: 1, max: 400 }),
      keep: fc.integer({ min: 1, max: 20 }),
      seeds: fc.integer({ min: 1, max: 3 }),
    });
    const speed = fc.record({
      slots: fc.integer({ min: 1, max: 8 }),
      seconds: fc.array(fc.double({ min: 0.1, max: 9, noNaN: true }), { minLength: 1, maxLength: 9 }),
    });
    fc.assert(
      fc.property(fc.array(stage, { maxLength: 2 }), speed, (later, { slots, seconds }) => {
        const experiment = experimentOf(24 * hour, [first, ...later]);
        const { evaluations, candidates, time } = planned(experiment, { slots, seconds }).search;
        const sorted = [...seconds].sort((a, b) => a - b);
        const half = sorted.slice(Math.floor(seconds.length / 2));
        const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
        const total = (count: number) =>
          count * mean(seconds) + later.reduce((sum, { steps, keep, seeds }) => sum + (keep * seeds * steps * mean(half)) / 100, 0);
        const available = 0.9 * 24 * 3600 * slots;
        expect(total(evaluations)).toBeLessThanOrEqual(available * (1 + 1e-9));
        expect(total(evaluations + 1)).toBeGreaterThan(available * (1 - 1e-9));
        expect(candidates).toBe(50 * evaluations);
        expect(time).toMatchObject({ ms: 24 * hour, plan: { slots } });
      }),
    );
  });

  it("gives default stages the candidates that follow from the number of evaluations", () => {
    const training = { batch_size: 32, stagesFor: 51_000, stages: defaultStages(51_000, 32, 100) };
    const experiment = { ...experimentOf(hour, []), evaluator: { kind: "train", training } } as unknown as Experiment;
    for (const seconds of [0.2, 1, 3]) {
      const { evaluator, search } = planned(experiment, { slots: 2, seconds: [seconds] });
      expect(evaluator).toMatchObject({ training: { stages: defaultStages(51_000, 32, search.evaluations) } });
      const total = (evaluations: number) =>
        defaultStages(51_000, 32, evaluations).reduce(
          (sum, { steps = 0, keep = evaluations, seeds }) => sum + (keep * seeds * steps) / 160,
          0,
        );
      expect(total(search.evaluations) * seconds).toBeLessThanOrEqual(0.9 * 7200);
      expect(total(search.evaluations + 1) * seconds).toBeGreaterThan(0.9 * 7200);
    }
  });

  it("is made once, and keeps the limit of candidates that was written", () => {
    const experiment = experimentOf(hour, [first], 77);
    expect(needsPlan(experiment)).toBe(true);
    const plan = planned(experiment, { slots: 2, seconds: [1] });
    expect(needsPlan(plan)).toBe(false);
    expect(plan.search).toMatchObject({ evaluations: 6480, candidates: 77 });
    expect(needsPlan({ ...experiment, search: { ...experiment.search, time: undefined as never } })).toBe(false);
  });

  it("says how long it would have to be, where the later stages alone take more", () => {
    const stages = [first, { steps: 1000, keep: 12, seeds: 2 }];
    // 12 evaluations of 5 s and 24 trainings of 50 s: 1,260 s, of which nine tenths are planned.
    const plan = () => planned(experimentOf(20 * 60_000, stages), { slots: 1, seconds: [5] });
    expect(plan).toThrow(InputError);
    expect(plan).toThrow(/a search of 1200s is too short[\s\S]*about 1440s at least/);
    expect(planned(experimentOf(24 * 60_000, stages), { slots: 1, seconds: [5] }).search.evaluations).toBeGreaterThanOrEqual(12);
  });

  it("refuses to reckon epochs against steps", () => {
    const stages = [first, { epochs: 3, keep: 2, seeds: 1 }];
    expect(() => planned(experimentOf(hour, stages), { slots: 1, seconds: [1] })).toThrow("'steps' in every stage, or 'epochs'");
  });
});
