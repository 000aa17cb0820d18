/** Searches in stages of training, through the command line: small networks on the digits, trained for a few steps. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { StageTraining, Trial } from "@archwright/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { createFolder, root } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";
import { workersOf } from "./support/processes.ts";
import { redisIsInstalled, startRedis } from "./support/redis.ts";
import { full } from "./support/tier.ts";

const folder = createFolder();
const stages = [{ steps: 8 }, { steps: 16, keep: 3 }, { steps: 24, keep: 2, seeds: 2 }];
const yaml = (changes: object = {}) =>
  experiment({
    name: "staged",
    search: { algorithm: "nsga2", population: 4, evaluations: 6 },
    training: { stages, batch_size: 16, learning_rate: 0.01 },
    ...changes,
  });

interface Shown {
  readonly number: number;
  readonly stage: number;
  readonly seeds: number;
  readonly accuracy: number;
  readonly test_accuracy: number;
  readonly accuracy_sd: number;
  readonly metrics?: { readonly recall: number };
}
interface Found {
  readonly trials: readonly Shown[];
  readonly summary: { readonly stages: unknown };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const trainingsOf = (trials: readonly Trial[]) => trials.flatMap(({ trainings = [] }) => trainings);
const withoutSeconds = (trials: readonly Trial[]) =>
  trials.map(({ seconds: _, trainings, ...trial }) => ({
    ...trial,
    ...(trainings && { trainings: trainings.map(({ seconds: _, ...training }: StageTraining) => training) }),
  }));
/** As it is shown, but for how long it took. */
const shown = (found: Found) => JSON.parse(JSON.stringify(found.trials, (key, value) => (key === "seconds" ? undefined : value)));

it("a search in stages shows the last stage's networks everywhere, by means over their seeds", async () => {
  folder.write("staged.yaml", yaml());
  const found = (await folder.json("search", "staged.yaml", "--workers", "2")) as Found;
  expect(found.summary.stages).toEqual([
    { trainings: 3, failed: 0 },
    { trainings: 4, failed: 0 },
  ]);
  const trials = folder.trials("staged-1");
  for (const one of found.trials) {
    const last = (trials[one.number]?.trainings ?? []).filter(({ stage }) => stage === 2);
    expect(one).toMatchObject({ stage: 3, seeds: 2 });
    expect(one.accuracy).toBeCloseTo(mean(last.map(({ score }) => score as number)), 9);
    expect(one.test_accuracy).toBeCloseTo(mean(last.map(({ testScore }) => testScore as number)), 9);
    expect(last.filter(({ weightsKept }) => weightsKept)).toHaveLength(1);
  }
  expect(found.trials.length).toBeGreaterThan(0);
  const [front, runs] = await Promise.all([folder.json("pareto", "staged-1"), folder.json("runs", "show")]);
  expect((front as Found).trials.map(({ number, accuracy }) => [number, accuracy])).toEqual(
    found.trials.map(({ number, accuracy }) => [number, accuracy]),
  );
  expect(runs).toMatchObject({ front: found.trials.length, stages: [{ trained: 3 }, { stage: 3, trained: 4, trainings: 4 }] });
});

describe.runIf(full)("a search in stages", () => {
  it("killed in each of them and resumed ends as one that was left alone", async () => {
    const whole = (await folder.json("search", "staged.yaml", "--workers", "2", "--store", "whole.db")) as Found;
    const expected = withoutSeconds(folder.trials("staged-1", join(folder.path, "whole.db")));
    const killed = join(folder.path, "killed.db");
    const stored = () => folder.trials("staged-1", killed);
    const reached: readonly (() => boolean)[] = [
      () => stored().length >= 3,
      () => trainingsOf(stored()).length >= 1,
      () => trainingsOf(stored()).some(({ stage }) => stage === 2),
    ];
    for (const [session, isReached] of reached.entries()) {
      const search = folder.start("search", "staged.yaml", "--workers", "1", "--store", killed, ...(session > 0 ? ["--resume"] : []));
      await search.said("run staged-1");
      while (!isReached()) await sleep(2);
      const pid = search.process.pid as number;
      search.process.kill("SIGKILL");
      await search.ended;
      for (let wait = 0; wait < 100 && workersOf(pid).length > 0; wait++) await sleep(50);
      expect(trainingsOf(stored()).length).toBeLessThan(7);
    }
    const resumed = (await folder.json("search", "staged.yaml", "--workers", "2", "--store", killed, "--resume")) as Found;
    expect(withoutSeconds(stored())).toEqual(expected);
    expect(shown(resumed)).toEqual(shown(whole));
  });

  it("says what was exported of a network with several seeds: the training that its weights are of", async () => {
    const [trial] = folder.trials("staged-1").filter(({ trainings = [] }) => trainings.some(({ weightsKept }) => weightsKept));
    const kept = trial?.trainings?.find(({ weightsKept }) => weightsKept);
    await folder.json("export", "staged-1", String(trial?.number), "--format", "onnx", "--output", "best.onnx");
    const model = readFileSync(join(folder.path, "best.onnx"), "latin1");
    for (const value of [kept?.score, kept?.testScore]) expect(model).toContain(String(value));
  });

  it("trained by a program of one's own gives it each stage's fidelity, and means of its own numbers", async () => {
    const fake = join(root, "packages/runtimes/src/evaluators/command/fakeProgram.fixture.mjs");
    const task = { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 };
    const evaluator = {
      ...{ command: [process.execPath, fake, "good"], task, repeatable: true, metrics: { recall: { goal: "maximise" } } },
      stages: [{ epochs: 1 }, { steps: 3, keep: 2, seeds: 3 }],
    };
    folder.write(
      "own.yaml",
      yaml({ name: "own", evaluator, dataset: undefined, training: undefined, objectives: ["recall", "parameters"] }),
    );
    const found = (await folder.json("search", "own.yaml", "--workers", "2")) as Found;
    const trials = folder.trials("own-1");
    for (const one of found.trials) {
      const last = trials[one.number]?.trainings ?? [];
      expect(last.map(({ fidelity, failure }) => [fidelity, failure])).toEqual(new Array(3).fill([{ steps: 3 }, undefined]));
      expect(one.metrics?.recall).toBeCloseTo(mean(last.map(({ metrics }) => metrics?.recall as number)), 9);
      expect(one.test_accuracy).toBeCloseTo(one.accuracy - 1, 9);
    }
    expect(found.trials.length).toBeGreaterThan(0);
  });

  it("all of whose trainings fail in a stage says so, and shows no network of an earlier one", async () => {
    folder.write(
      "timeout.yaml",
      yaml({ name: "late", training: { stages: [{ steps: 8 }, { steps: 100_000, keep: 2 }] }, limits: { trial_time: "8s" } }),
    );
    const { code, stderr } = await folder.run("search", "timeout.yaml", "--workers", "2");
    expect(code).toBe(1);
    expect(stderr).toMatch(/no network came through stage 2 of training: 2 of 2 trainings failed[\s\S]*archwright explain late-1/);
    expect(await folder.json("pareto", "late-1")).toMatchObject({ trials: [] });
  });

  it.skipIf(!redisIsInstalled)("on a fleet gives what it gives on one machine", async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.dispose());
    const url = `redis://127.0.0.1:${redis.address.port}`;
    const worker = folder.start("worker", "--redis", url, "--concurrency", "2", "--devices", "none");
    const found = (await folder.json("search", "staged.yaml", "--redis", url, "--store", "fleet.db")) as Found;
    worker.process.kill("SIGTERM");
    await worker.ended;
    const alone = withoutSeconds(folder.trials("staged-1", join(folder.path, "whole.db")));
    expect(withoutSeconds(folder.trials("staged-1", join(folder.path, "fleet.db")))).toEqual(alone);
    expect(found.trials.length).toBeGreaterThan(0);
  });
});
