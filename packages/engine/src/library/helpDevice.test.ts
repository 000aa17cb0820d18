/** A device fitted with a latency model that needs an engine, from its measurements to the gate that it decides at. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createRng,
  describeSpace,
  type Experiment,
  type FittedDevice,
  fitDevice,
  fitSpace,
  openFittedSpace,
  type SpaceSpec,
  sampleSpace,
  type Task,
} from "@archwright/core";
import { allLatencyModels, helpModel } from "@archwright/runtimes";
import { afterAll, expect, it } from "vitest";
import { passCheapGates } from "../run/gates.ts";
import { createProblem } from "../run/problem.ts";
import { createDeviceLibrary } from "./deviceLibrary.ts";
import { learnModel, prepareForDevices } from "./learnedModels.ts";

const space: SpaceSpec = { name: "nasbench201", cells_per_stage: 1, channels: 16 };
const task: Task = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 };
const folder = mkdtempSync(join(tmpdir(), "archwright-help-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("is fitted with HELP, kept, opened again, and turns candidates away", { timeout: 60_000 }, async () => {
  const architectures = sampleSpace(space, task, 80, 0);
  const latencies = (device: string) => {
    const rng = createRng(device);
    return architectures.map(() => 1 + rng.next());
  };
  const sources = { architectures, devices: ["a", "b"].map((name) => ({ name, latenciesMs: latencies(name) })) };
  const models = [helpModel({ hidden: 4, warmUpEpisodes: 0, episodes: 0 })];
  const options = { name: "help", space: "cells", folder: join(folder, "models"), models };
  const predictor = await learnModel(options, sources, describeSpace(space, task));
  const measurements = predictor
    .suggest(architectures, 10, createRng(1))
    .map((architecture, i) => ({ architecture, latencyMs: 10 + i / 10 }));
  const own = fitSpace({ space, task, predictor, sources: ["a", "b"], architectures, measurements });
  expect(own.model).toBe("help");
  const fitted = fitDevice({ name: "mine", spaces: [own], files: [], measuredOn: null, fittedAt: "2026-01-01T00:00:00.000Z" });

  const library = createDeviceLibrary({ shipped: join(folder, "none"), own: join(folder, "devices") });
  library.keepFitted(fitted);
  const read = library.read("mine") as FittedDevice;
  await prepareForDevices([read]);
  const [kept] = read.spaces;
  if (!kept) throw new Error("the device has a space");
  const predicted = openFittedSpace(kept, allLatencyModels).predict(architectures);
  expect(predicted).toEqual(predictor.adapt(measurements).predict(architectures));
  expect(() => openFittedSpace(kept)).toThrow("there is no latency model 'help'");

  const excessesWithin = (latencyMs: number) => {
    const experiment = {
      space,
      task,
      devices: [{ kind: "fitted", name: "mine", budgets: { latencyMs }, fitted: read }],
      objectives: [],
      evaluator: { kind: "train" },
    } as unknown as Experiment;
    const problem = createProblem(experiment);
    return architectures.flatMap((architecture) => passCheapGates(problem, problem.space.parse(architecture), architecture).excesses);
  };
  expect(excessesWithin(1e6)).toEqual([]);
  expect(excessesWithin(1e-3)).toHaveLength(architectures.length);
});
