import { createSpace, resolveSpaceSpec, type Task, trainingSchema } from "@archwright/core";
import { datasetShape } from "@archwright/runtimes";
import { expect, it } from "vitest";
import { createTrainingEvaluator } from "./trainingEvaluator.ts";

it("refuses a dataset that is not the one that the search began with", async () => {
  const { contentHash, input, ...shape } = await datasetShape({ kind: "digits", limit: 40 });
  const task: Task = { kind: "image-classification", ...shape };
  const space = createSpace(resolveSpaceSpec({ name: "mobile" }, task), task);
  const evaluator = (limit: number) =>
    createTrainingEvaluator({
      space,
      task,
      spec: { kind: "train", dataset: { kind: "digits", limit }, datasetHash: contentHash, input, training: trainingSchema.parse({}) },
    });
  await expect(evaluator(41)).rejects.toThrow(`the hash ${contentHash}, not`);
  await evaluator(40);
});
