/** Experiments that were stored by older versions. */
import { describe, expect, it } from "vitest";
import { decidingChanges } from "./changes.ts";
import { type Experiment, experimentHash } from "./experiment.ts";
import { upgradeExperiment } from "./upgrade.ts";

const profile = { name: "laptop-cpu", budgets: {} };
const stored = {
  version: 1,
  name: "old",
  seed: 0,
  task: { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 },
  space: { name: "nasbench201", cells_per_stage: 1, channels: 8 },
  evaluator: { kind: "table", accuracy: { file: "/a.csv", column: "a", contentHash: "hash" } },
  devices: [
    { kind: "analytic", name: "board", budgets: { latencyMs: 3 }, profile, format: "float32" },
    { kind: "local", name: "local", budgets: {}, profile, format: "float32" },
    { kind: "table", name: "column", budgets: {}, latency: { file: "/l.csv", column: "column", contentHash: "hash" } },
  ],
  objectives: [{ metric: "error" }, { metric: "latencyMs", device: "board" }],
  search: { algorithm: "random", evaluations: 10, candidates: 500 },
  limits: { trialTimeMs: 1000, trialMemoryBytes: 2 ** 30 },
};

describe("upgradeExperiment", () => {
  it("gives devices of version 1 their kinds of today, and leaves the rest", () => {
    const upgraded = upgradeExperiment(stored);
    expect(upgraded).toEqual({
      ...stored,
      version: 3,
      devices: [
        { ...stored.devices[0], kind: "profile" },
        { ...stored.devices[1], kind: "measured", runtime: "onnxruntime-node" },
        stored.devices[2],
      ],
    });
    expect(upgradeExperiment(JSON.parse(JSON.stringify(upgraded)))).toEqual(upgraded);
  });

  it("keeps NSGA-II where version 2 had it as the default", () => {
    const search = { population: 8, evaluations: 10, candidates: 500 };
    const upgraded = upgradeExperiment({ ...stored, version: 2, devices: [], search: { algorithm: "default", ...search } });
    expect(upgraded.search).toEqual({ algorithm: "nsga2", byDefault: true, ...search });
    const named = upgradeExperiment({ ...stored, version: 2, devices: [], search: { algorithm: "nsga2", ...search } });
    expect(named).toEqual({ ...upgraded, search: { algorithm: "nsga2", ...search } });
    expect(experimentHash(named)).toBe(experimentHash(upgraded));
  });

  it("leads to an experiment that goes on with the run", () => {
    const today: Experiment = upgradeExperiment(stored);
    const more = { ...today, search: { ...today.search, evaluations: 20, candidates: 1000 } };
    expect(decidingChanges(upgradeExperiment(stored), more, { time: false, memory: false })).toEqual([]);
  });

  it("refuses a version that it does not know", () => {
    expect(() => upgradeExperiment({ ...stored, version: "2" })).toThrow("not understood");
    expect(() => upgradeExperiment({ ...stored, version: 4 })).toThrow("experiments of version 4 are not understood here");
  });
});
