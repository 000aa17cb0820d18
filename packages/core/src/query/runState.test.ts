import { expect, it } from "vitest";
import type { Experiment, Run, Trial } from "../experiment/index.ts";
import { nearestToBudgets } from "./nearest.ts";
import { runJson, runState } from "./runState.ts";

const experiment = {
  evaluator: { kind: "train", training: { epochs: 10 } },
  devices: [{ name: "board", kind: "table", budgets: { latencyMs: 10 } }],
  task: { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 },
  objectives: [{ metric: "error" }],
} as unknown as Experiment;
const run = {
  ...{ id: "e-1", name: "e", seed: 7, status: "running", seconds: 0, experiment },
  ...{ createdAt: "2026-01-01T00:00:00.000Z", updatedAt: "2026-01-01T00:01:00.000Z" },
} as unknown as Run;
const trial = (number: number, rest: object) =>
  ({ number, architecture: `a${number}`, devices: {}, excesses: [], gate: "trained", ...rest }) as unknown as Trial;
const overBudget = (number: number, value: number) =>
  trial(number, { status: "infeasible", gate: "analytic", excesses: [{ device: "board", cost: "latencyMs", value, budget: 10 }] });
const trials = [
  trial(0, { status: "feasible", score: 80 }),
  trial(1, { status: "feasible", score: 90 }),
  overBudget(2, 20),
  trial(3, { status: "failed", failure: { code: "timeout", message: "" } }),
];
const store = { trials: () => trials };

it("counts what a run has come to, and tells its time by the clock while it goes on", () => {
  const now = Date.parse("2026-01-01T00:05:00.000Z");
  const state = runState(store, run, { status: "running", now });
  expect(state).toMatchObject({
    trials: 4,
    evaluations: 2,
    bestScore: 90,
    stopped: { analytic: 1, trained: 1 },
    failures: { timeout: 1 },
  });
  expect(state.front.map(({ number }) => number)).toEqual([1]);
  expect(state.seconds).toBe(300);
  // Of one that was killed, the last that was heard of it.
  expect(runState(store, run, { status: "killed", now }).seconds).toBe(60);
  expect(runState(store, { ...run, status: "done", seconds: 12 }, { status: "done", now }).seconds).toBe(12);
  expect(runJson(run, state)).toMatchObject({ id: "e-1", experiment: "e", status: "running", front: 1, best_accuracy: 90, process: null });
});

it("names the trial nearest to the budgets, and what they would have to be", () => {
  const near = nearestToBudgets(experiment, [overBudget(0, 30), overBudget(1, 12), overBudget(2, 12), trials[0] as Trial]);
  expect(near).toMatchObject({ trial: { number: 1 }, attainable: true, isSecond: false });
  expect(near?.raised).toEqual([{ device: "board", cost: "latencyMs", value: 12, limit: expect.stringMatching(/ms$/) }]);
  expect(nearestToBudgets(experiment, [trials[0] as Trial])).toBeUndefined();
});
