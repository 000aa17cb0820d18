import { expect, it } from "vitest";
import type { Excess, Experiment, Gate, Trial } from "../experiment/index.ts";
import { describeExceeded, exceededBudgets } from "./exceeded.ts";
import { describeVerdict, gateStates } from "./explain.ts";

const experiment = {
  evaluator: { kind: "train" },
  devices: [
    { name: "board", kind: "profile", budgets: { latencyMs: 40, peakMemoryBytes: 65_536 } },
    { name: "phone", kind: "fitted", budgets: { latencyMs: 10 } },
  ],
  objectives: [{ metric: "error" }, { metric: "latencyMs", device: "board" }],
} as unknown as Experiment;
const trial = (gate: Gate, status: Trial["status"], rest: Partial<Trial> = {}) =>
  ({ number: 3, architecture: "a", gate, status, excesses: [], devices: {}, ...rest }) as unknown as Trial;

it("says which gates a trial passed, which stopped it, and which it never came to", () => {
  const states = (one: Trial) => gateStates(one).map(({ gate, state }) => `${gate} ${state}`);
  expect(states(trial("predicted", "infeasible"))).toEqual([
    "valid passed",
    "analytic passed",
    "predicted stopped",
    "measured not reached",
    "trained not reached",
  ]);
  expect(states(trial("trained", "feasible")).at(-1)).toBe("trained passed");
  expect(states(trial("trained", "failed")).at(-1)).toBe("trained stopped");
});

it("explains an exceeded budget in units that people write, and a failure with its code", () => {
  const excesses: Excess[] = [
    { device: "board", cost: "peakMemoryBytes", value: 98_304, budget: 65_536 },
    { device: "phone", cost: "latencyMs", value: 15, low95: 12, budget: 10 },
  ];
  expect(describeVerdict(experiment, trial("analytic", "infeasible", { excesses }))).toEqual([
    // Nothing is measured here, so that gate is left out.
    "gates: valid passed, analytic stopped, predicted not reached, trained not reached",
    "over budget: peak_memory@board is 96KiB, 1.50 times the budget of 64KiB",
    "over budget: latency@phone is 15ms, 1.50 times the budget of 10ms (the low end of its 95 % interval, 12ms, is over it too)",
  ]);
  const failure = { code: "timeout", message: "not done within 2 min" } as const;
  expect(describeVerdict(experiment, trial("trained", "failed", { failure })).at(-1)).toBe("failed: timeout: not done within 2 min");
  const inherits = { trial: 1, share: 0.837 };
  expect(describeVerdict(experiment, trial("trained", "feasible", { inherits })).at(-1)).toBe(
    "trained from weights of trial 1, 84 % of its parameters",
  );
});

it("marks budgets that a trial is above by the best that is known: measured, else predicted", () => {
  const estimate = (value: number) => ({ latencyMs: { value, low95: null, high95: null, source: "predicted" } });
  const measurement = { metric: "latencyMs", value: 9 };
  const devices = {
    board: { estimates: estimate(41), measurements: [] },
    phone: { estimates: estimate(12), measurements: [measurement] },
  } as unknown as Trial["devices"];
  const marks = exceededBudgets(experiment, trial("trained", "feasible", { devices }));
  expect(marks.map(describeExceeded)).toEqual(["latency@board is 41ms (predicted), the budget 40ms"]);
});
