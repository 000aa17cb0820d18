/** Every kind of evaluator, with an example of each, through the suite; and the table as a whole. */
import { describe, expect, it } from "vitest";
import { createSpace, type Task } from "../../spaces/index.ts";
import { type EvaluatorKindSubject, evaluatorKindConformance } from "../../testing/evaluatorKind.ts";
import { programSchema } from "../program/spec.ts";
import { trainingSchema } from "../training/training.ts";
import { type EvaluatorSpec, evaluatorKinds, evaluatorRows, publishedEvaluator } from "./index.ts";
import { probeKind } from "./probe.ts";

const task: Task = { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 };
const context: EvaluatorKindSubject["context"] = {
  path: (text) => `/base/${text}`,
  column: (written) => ({ ...written, contentHash: "hash" }),
  readDataset: async (spec) => ({ spec, task, contentHash: "0".repeat(64) }),
  readBackbone: () => ({ network: {}, contentHash: "1".repeat(64) }),
  trialMemoryBytes: 2 ** 31,
};
const space = createSpace({ name: "nasbench201", cells_per_stage: 1, channels: 8 }, task);

/** The compiler asks for an example of a new kind here. */
const examples: Record<EvaluatorSpec["kind"], EvaluatorKindSubject> = {
  train: { document: { dataset: { kind: "digits" }, training: trainingSchema.parse({}) }, context },
  command: {
    document: {
      evaluator: programSchema.parse({ command: ["python3", "train.py"], version: 2, metrics: { recall: { goal: "maximise" } } }),
    },
    context,
  },
  probe: {
    document: {
      space: { name: "backbone", model: "model.onnx" },
      probe: { dataset: { kind: "digits" }, mean: 0, std: [0.5] },
    },
    context,
  },
  table: {
    document: { accuracy: { file: "/accuracy.csv", column: "validation" } },
    context,
    lookup: { space, accuracies: () => new Map([["an architecture", 71.5]]) },
  },
};

for (const row of evaluatorRows) evaluatorKindConformance(row, () => examples[row.kind as EvaluatorSpec["kind"]]);

describe("the table of evaluator kinds", () => {
  it("has each kind and key once", () => {
    for (const names of [evaluatorKinds.map(({ kind }) => kind), evaluatorRows.flatMap(({ keys }) => Object.keys(keys))]) {
      expect(new Set<string>(names).size).toBe(names.length);
    }
  });
});

it("does not send a backbone's model to a fleet", async () => {
  const { document } = examples.probe;
  const { evaluator } = await probeKind.resolve(document, { ...context, located: (_, read) => read(), locatedAsync: (_, read) => read() });
  expect(() => publishedEvaluator(evaluator)).toThrow(/does not travel to the workers of a fleet[\s\S]*without --redis/);
});
