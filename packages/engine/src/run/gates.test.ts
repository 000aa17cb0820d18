/** How often the gate of predicted costs is right, through the real latency model, over made-up devices of different noise. */
import { readFileSync } from "node:fs";
import {
  createAnalyticModel,
  createRng,
  createSpace,
  describeSpace,
  type Experiment,
  type FittedDevice,
  learnLatencyPredictor,
  parseDeviceProfile,
  type SpaceSpec,
  sampleSpace,
  type Task,
} from "@archwright/core";
import { describe, expect, it } from "vitest";
import { passCheapGates } from "./gates.ts";
import { createProblem, type Problem } from "./problem.ts";

const space: SpaceSpec = { name: "nasbench201", cells_per_stage: 1, channels: 16 };
const task: Task = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 };
const architectures = sampleSpace(space, task, 150, 0);
const opened = createSpace(space, task);
const predictor = learnLatencyPredictor("default", { architectures, devices: [] }, describeSpace(space, task));
const profiles = ["datacenter-gpu", "esp32s3", "jetson-nano", "laptop-cpu", "phone-cpu", "stm32f746"].map((name) => {
  const file = new URL(`../../../../configs/devices/${name}.yaml`, import.meta.url);
  return parseDeviceProfile(readFileSync(file, "utf8"), name);
});
const exact = profiles.map((profile) =>
  architectures.map(
    (text) => createAnalyticModel(profile).estimate(opened.network(opened.parse(text), task)).costs.latencyMs?.value as number,
  ),
);

/** A shipped profile's latencies with log-normal noise, and the problem of a search on a device fitted to some of them. */
function device(index: number, logSd: number, measured: number): { readonly problem: Problem; readonly truth: readonly number[] } {
  const rng = createRng(`device ${index} ${logSd}`);
  const truth = (exact[index % exact.length] as readonly number[]).map((latencyMs) => latencyMs * Math.exp(logSd * rng.normal()));
  const measurements = predictor.suggest(architectures, measured, rng).map((architecture) => ({
    architecture,
    latencyMs: truth[architectures.indexOf(architecture)] as number,
  }));
  const own = { space, task, predictor: predictor.toJson(), measurements };
  const fitted = { kind: "fitted", version: 2, name: "made-up", spaces: [own] } as unknown as FittedDevice;
  const experiment = {
    space,
    task,
    devices: [{ kind: "fitted", name: "made-up", budgets: {}, fitted }],
    objectives: [],
    evaluator: { kind: "train" },
  } as unknown as Experiment;
  return { problem: { ...createProblem(experiment), needsNetwork: false }, truth };
}

/** The share of candidates that the gate turns away where each has this multiple of its true latency as its budget. */
function turnedAway({ problem, truth }: ReturnType<typeof device>, multiple: number): number {
  const [entry] = problem.devices;
  if (!entry) throw new Error("no device");
  const stopped = architectures.filter((architecture, i) => {
    const budgets = { latencyMs: multiple * (truth[i] as number) };
    const { excesses } = passCheapGates(
      { ...problem, devices: [{ ...entry, device: { ...entry.device, budgets } }] },
      undefined,
      architecture,
    );
    for (const { value, low95, budget } of excesses) expect(value > (low95 as number) && (low95 as number) > budget).toBe(true);
    return excesses.length > 0;
  });
  return stopped.length / architectures.length;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const noises = [0.05, 0.1, 0.2, 0.3, 0.45, 0.6];

describe("the gate of predicted latency", () => {
  it.each([10, 20])(
    "turns away one to five percent of the candidates that just meet the budget, on average over noise, with %s measurements",
    // More than a hundred devices are fitted.
    { timeout: 180_000 },
    (count) => {
      const shares = noises.map((noise) => mean(Array.from({ length: 18 }, (_, index) => turnedAway(device(index, noise, count), 1))));
      console.log(`${count} measurements: ${shares.map((share) => (100 * share).toFixed(1)).join(", ")} % at noise ${noises.join(", ")}`);
      expect(mean(shares)).toBeGreaterThan(0.01);
      expect(mean(shares)).toBeLessThan(0.05);
    },
  );

  it("turns away at least nine in ten of those three times over it, up to a log-sd of .3", () => {
    for (const noise of noises.filter((noise) => noise <= 0.3)) {
      expect(mean([0, 1, 2, 3, 4, 5].map((index) => turnedAway(device(index, noise, 20), 1 / 3)))).toBeGreaterThan(0.9);
    }
  });

  it("still turns away candidates of very noisy devices", () => {
    expect(mean([0, 1, 2, 3].map((index) => turnedAway(device(index, 0.6, 20), 0.1)))).toBeGreaterThan(0.9);
  });
});
