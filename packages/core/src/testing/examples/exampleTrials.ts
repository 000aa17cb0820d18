/** A small experiment, and trials with every field that one can have, for tests of what keeps them. */
import { type Experiment, experimentVersion, type Measurement, type RunOwner, type Trial } from "../../experiment/index.ts";

/** A small experiment, for tests of what keeps one. */
export const exampleExperiment: Experiment = {
  version: experimentVersion,
  name: "digits",
  seed: 1,
  task: { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 },
  space: { name: "nasbench201", cells_per_stage: 5, channels: 16 },
  evaluator: { kind: "table", accuracy: { file: "/tables/ü.csv", column: "accuracy", contentHash: "5d41402a" } },
  devices: [],
  objectives: [{ metric: "error" }],
  search: { algorithm: "random", evaluations: 50, candidates: 500 },
  limits: { trialTimeMs: 60_000, trialMemoryBytes: 2 ** 30 },
};

export const examplePlan = { name: "digits", experiment: exampleExperiment, experimentHash: "5d41402a", seed: 1 };

export const exampleOwner: RunOwner = { pid: 4711, host: "laptop", start: "boot 17" };

export const exampleMeasurement: Measurement = {
  device: "local",
  metric: "latencyMs",
  value: 1.25,
  median: 1.3,
  spread: 0.05,
  repetitions: 100,
  runtime: "onnxruntime-node 1.30.0, 1 thread",
  takenAt: "2026-11-22T03:00:00.000Z",
};

/** A feasible trial with every field that one can have. */
export function exampleTrial(number: number): Trial {
  return {
    number,
    architecture: `|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|avg_pool_3x3~2| #${number}`,
    fidelity: { epochs: 3 },
    seed: 4_000_000_000 + number,
    status: "feasible",
    gate: "trained",
    excesses: [],
    devices: { local: { estimates: {}, measurements: [exampleMeasurement] } },
    macs: 1_234_567,
    parameters: 4321,
    score: 0.1 + 0.2 + number,
    testScore: 95.27777777777777,
    objectives: [100 - (0.1 + 0.2 + number), 1.25],
    trainings: [
      { stage: 1, fidelity: { steps: 40 }, seed: 3, failure: { code: "timeout", message: "too slow" }, seconds: 2 },
      {
        stage: 2,
        fidelity: { epochs: 2.5 },
        seed: 9,
        score: 0.1 + 0.7,
        testScore: 0.3,
        metrics: { recall: 1 / 3 },
        weightsKept: true,
        seconds: 2,
      },
    ],
    seconds: 1 / 3,
  };
}

export function infeasibleTrial(number: number): Trial {
  const { score, testScore, objectives, trainings, ...trial } = exampleTrial(number);
  return {
    ...trial,
    status: "infeasible",
    gate: "analytic",
    excesses: [{ device: "stm32f746", cost: "peakMemoryBytes", value: 400_000, budget: 262_144 }],
  };
}

export function failedTrial(number: number): Trial {
  const { score, testScore, objectives, trainings, macs, parameters, ...trial } = exampleTrial(number);
  return { ...trial, status: "failed", gate: "trained", failure: { code: "out-of-memory", message: "limit of 1 GiB reached" } };
}
