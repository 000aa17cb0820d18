import type { Experiment } from "@archwright/core";
import { wordsFor } from "@archwright/core/query";
import { expect, it } from "vitest";
import { describeExperiment, describeState } from "./runsView.ts";

const experiment = {
  task: { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 },
  space: { name: "nasbench201" },
  evaluator: { kind: "table", accuracy: { file: "accuracy.csv", column: "valid" } },
  devices: [{ name: "phone", kind: "table", budgets: { latencyMs: 0.25, peakMemoryBytes: 327_680, energyMj: 0.003 } }],
  objectives: [{ metric: "error" }, { metric: "latencyMs", device: "phone" }],
  search: { algorithm: "nsga2", evaluations: 40, candidates: 1000 },
} as unknown as Experiment;

const state = {
  ...{ status: "done", trials: 50, evaluations: 40, bestScore: 71.234, front: [], stages: [], seconds: 2 },
  stopped: { analytic: 9, trained: 1 },
  failures: {},
};

it("a run over tables is not said to train anything, and its budgets are written as people write them", () => {
  const said = [...describeExperiment(experiment), ...describeState(wordsFor(experiment), state, experiment)].join("\n");
  expect(said).not.toContain("train");
  expect(said).toContain("stopped by gate: analytic 9, looked up 1");
  expect(said).toContain("device phone: latency up to 250µs, peak_memory up to 320KiB, energy up to 3µJ");
});
