import { createRng, createSpace, resolveSpaceSpec, type Task, trainingSchema } from "@archwright/core";
import { evaluatorConformance } from "@archwright/core/testing";
import { expect, it } from "vitest";
import { datasetShape } from "../datasets/index.ts";
import { createTrainingEvaluator } from "./train.ts";

const limits = { trialTimeMs: 60_000, trialMemoryBytes: 2 ** 31 };

it("refuses a dataset that is not the one that the search began with", async () => {
  const { contentHash, input, ...shape } = await datasetShape({ kind: "digits", limit: 40 });
  const task: Task = { kind: "image-classification", ...shape };
  const space = createSpace(resolveSpaceSpec({ name: "mobile" }, task), task);
  const evaluator = (limit: number) =>
    createTrainingEvaluator({
      space,
      task,
      limits,
      spec: { kind: "train", dataset: { kind: "digits", limit }, datasetHash: contentHash, input, training: trainingSchema.parse({}) },
    });
  await expect(evaluator(41)).rejects.toThrow(`the hash ${contentHash}, not`);
  await evaluator(40);
});

evaluatorConformance("training", async () => {
  const { contentHash, input, ...shape } = await datasetShape({ kind: "digits", limit: 200 });
  const task: Task = { kind: "image-classification", ...shape };
  const space = createSpace(resolveSpaceSpec({ name: "nasbench201", cells_per_stage: 1, channels: 4 }, task), task);
  const spec = {
    kind: "train",
    dataset: { kind: "digits", limit: 200 },
    datasetHash: contentHash,
    input,
    training: trainingSchema.parse({ epochs: 1 }),
  } as const;
  return {
    evaluator: await createTrainingEvaluator({ space, task, spec, limits }),
    architecture: space.format(space.sample(createRng("evaluator"))),
  };
});
