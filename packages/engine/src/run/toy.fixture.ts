/** A toy experiment for the tests of runs: accuracies are made up, nothing is trained. */
import { readFileSync } from "node:fs";
import {
  createRng,
  type Experiment,
  type Job,
  type Measurement,
  type Outcome,
  parseDeviceProfile,
  parseExperiment,
  type Store,
  stableHash,
  type Trial,
} from "@archwright/core";
import { createInlineExecutor, type Handler } from "../executor/index.ts";
import { createProblem, type ResumeOptions, runExperiment } from "./index.ts";

const profileFile = new URL("../../../../configs/devices/stm32f746.yaml", import.meta.url);

/** An experiment as the command line would read it, on images of the digits' shape; nothing is trained in these tests. */
export function experimentOf(
  changes: { budgets?: string; search?: string; devices?: string; objectives?: string; training?: string; seed?: number } = {},
): Promise<Experiment> {
  const text = `
name: toy
seed: ${changes.seed ?? 1}
dataset: digits
training: ${changes.training ?? "{}"}
space: mobile
devices:
  - { name: stm32f746, budgets: ${changes.budgets ?? "{ peak_memory: 24KiB }"} }
  ${changes.devices ?? ""}
objectives: ${changes.objectives ?? "[error, latency@stm32f746]"}
search: ${changes.search ?? "{ algorithm: nsga2, population: 8, evaluations: 40 }"}
`;
  return parseExperiment(text, "toy.yaml", {
    path: (written) => written,
    deviceNames: ["stm32f746", "laptop-cpu"],
    device: () => parseDeviceProfile(readFileSync(profileFile, "utf8"), profileFile.pathname),
    readSpace: () => {
      throw new Error("not used here");
    },
    tableHash: () => "",
    readDataset: async (spec) => ({
      spec,
      task: { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 },
      contentHash: stableHash("digits"),
    }),
  });
}

/** Accuracy as a function of architecture and seed, after a while that depends on neither order nor worker. */
export function toyHandler(behave: (job: Job) => Promise<void> | void = () => undefined): Handler & { readonly jobs: Job[] } {
  const jobs: Job[] = [];
  return {
    jobs,
    run: async (job): Promise<Outcome> => {
      jobs.push(job);
      await behave(job);
      if (job.kind === "test") return { kind: "tested", score: 50 + createRng(job.architecture).next() };
      if (job.kind === "measure") {
        const value = 1 + createRng(`${job.architecture} latency`).next();
        const measurement: Measurement = {
          device: job.device,
          metric: "latencyMs",
          value,
          median: value,
          spread: 0,
          repetitions: 1,
          drift: 0,
          runtime: "made up",
          takenAt: "2026-01-01T00:00:00.000Z",
        };
        return { kind: "measured", measurement, seconds: 0 };
      }
      const size = [...job.architecture].reduce((sum, character) => sum + (Number(character) || 0), 0);
      const score = 90 - 300 / (size + 4) + createRng(`${job.architecture} ${job.seed}`).next();
      return { kind: "evaluated", score, ...(job.test ? { testScore: score - 1 } : {}), weights: Float32Array.of(score), seconds: 0 };
    },
  };
}

export interface Session {
  readonly experiment: Experiment;
  readonly store: Store;
  readonly handler?: Handler;
  readonly slots?: number;
  readonly resume?: boolean | ResumeOptions;
  readonly signal?: AbortSignal;
}

export function runSession({ experiment, store, handler = toyHandler(), slots = 1, resume = false, signal }: Session) {
  return runExperiment({
    problem: createProblem(experiment),
    store,
    createExecutor: () => createInlineExecutor(handler, slots),
    ...(resume ? { resume: resume === true ? {} : resume } : {}),
    ...(signal ? { signal } : {}),
  });
}

/** Everything about trials but how long they took. */
export const comparable = (trials: Iterable<Trial>) => [...trials].map(({ seconds: _, ...trial }) => trial);
