import {
  createRng,
  createSpace,
  type ImageSize,
  inputOfNetwork,
  resolveSpaceSpec,
  resolveTraining,
  type Task,
  trainingSchema,
} from "@archwright/core";
import { evaluatorConformance } from "@archwright/core/testing";
import { describe, expect, it } from "vitest";
import { createResizer, datasetShape, loadDataset } from "../datasets/index.ts";
import { exportOnnx } from "../onnx/exportModel.ts";
import { openEngine } from "../onnxruntime.ts";
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
      spec: {
        kind: "train",
        dataset: { kind: "digits", limit },
        datasetHash: contentHash,
        input,
        training: resolveTraining(trainingSchema.parse({})),
      },
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
    training: resolveTraining(trainingSchema.parse({ epochs: 1 })),
  } as const;
  return {
    evaluator: await createTrainingEvaluator({ space, task, spec, limits }),
    architecture: space.format(space.sample(createRng("evaluator"))),
  };
});

describe("where the space chooses the input's resolution", () => {
  const dataset = { kind: "digits", limit: 300 } as const;
  const evaluator = async () => {
    const { contentHash, input, ...shape } = await datasetShape(dataset);
    const task: Task = { kind: "image-classification", ...shape };
    const stages = [{ channels: 8, stride: 2, blocks: [{ type: "conv" as const }] }];
    const space = createSpace(resolveSpaceSpec({ name: "custom", resolution: [5, 8], stem: { channels: 8 }, stages }, task), task);
    const training = resolveTraining(trainingSchema.parse({ batch_size: 16 }));
    const spec = { kind: "train", dataset, datasetHash: contentHash, input, training } as const;
    return { space, task, input, trained: await createTrainingEvaluator({ space, task, spec, limits }) };
  };

  it("trains and tests on images of that size, which the exported model takes too", async () => {
    const { space, task, input, trained } = await evaluator();
    const architecture = "in5 | conv";
    const network = space.network(space.parse(architecture), task);
    const { weights, score } = await trained.evaluate(architecture, { epochs: 12 }, 1);
    if (!weights) throw new Error("it trains");
    expect(score).toBeGreaterThan(40);

    const described = inputOfNetwork(input, network);
    expect(described).toMatchObject({ height: 5, width: 5, resizedFrom: { height: 8, width: 8 } });
    const model = exportOnnx(network, weights, { preprocessing: { mean: described.mean, std: described.std } });
    const { test } = await loadDataset(dataset);
    const engine = await openEngine();
    const session = await engine.createSession(model, 1);
    const resize = createResizer(1, described.resizedFrom as ImageSize, described);
    let right = 0;
    for (let i = 0; i < test.count; i++) {
      const image = new Float32Array(64);
      test.copyImage(i, image, 0);
      // Back to pixels in [0, 1], as a stranger has them.
      const pixels = image.map((value) => value * (input.std[0] ?? 1) + (input.mean[0] ?? 0));
      const small = new Float32Array(25);
      resize(pixels, small, 0);
      const { output } = await session.run({ input: new engine.Tensor("float32", small, [1, 1, 5, 5]) });
      const logits = Array.from(output?.data as Float32Array);
      if (logits.indexOf(Math.max(...logits)) === test.labels[i]) right++;
    }
    await session.release();
    expect((100 * right) / test.count).toBe(await trained.test?.(architecture, weights));
  });
});
