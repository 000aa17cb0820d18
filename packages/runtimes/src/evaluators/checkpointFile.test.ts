import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng, createSpace, resolveSpaceSpec, resolveTraining, type Task, trainingSchema } from "@archwright/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { datasetShape, loadDataset } from "../datasets/index.ts";
import { decodeCheckpoint, encodeCheckpoint, type TrainingState } from "../training/checkpoint.ts";
import { train, trainingDigest } from "../training/index.ts";
import { openCheckpointFile, removeOldCheckpoints } from "./checkpointFile.ts";
import { createTrainingEvaluator, trainingOptions } from "./train.ts";

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "archwright-checkpoints-"));
  folder = join(parent, "evaluations");
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

describe("a checkpoint file", () => {
  it("keeps the last checkpoint for the same training alone, and leaves nothing once that has its outcome", () => {
    const file = openCheckpointFile(folder, "a", 10);
    expect(file.from).toBeUndefined();
    expect(existsSync(folder)).toBe(false);
    file.save(Uint8Array.of(1));
    file.save(Uint8Array.of(2, 3));
    expect(openCheckpointFile(folder, "b", 10).from).toBeUndefined();
    const again = openCheckpointFile(folder, "a", 10);
    expect([...(again.from ?? [])]).toEqual([2, 3]);
    // What was being written when the machine stopped.
    writeFileSync(join(folder, "a.checkpoint.new"), "");
    again.remove();
    expect(existsSync(folder)).toBe(false);
  });

  it("fails no training where it cannot be written", () => {
    writeFileSync(folder, "a file in its place");
    const file = openCheckpointFile(folder, "a", 10);
    file.save(Uint8Array.of(1));
    file.remove();
    expect(openCheckpointFile(folder, "a", 10).from).toBeUndefined();
  });

  it("goes after a week in which nobody continued the training", () => {
    removeOldCheckpoints(folder);
    openCheckpointFile(folder, "old", 10).save(Uint8Array.of(1));
    openCheckpointFile(folder, "new", 10).save(Uint8Array.of(1));
    writeFileSync(join(folder, "other"), "of somebody else");
    for (const name of ["old.checkpoint", "other"]) utimesSync(join(folder, name), 0, 0);
    removeOldCheckpoints(folder);
    expect(readdirSync(folder).sort()).toEqual(["new.checkpoint", "other"]);
  });

  it("is what the training evaluator continues from, and removes", async () => {
    const { contentHash, input, ...shape } = await datasetShape({ kind: "digits", limit: 200 });
    const task: Task = { kind: "image-classification", ...shape };
    const space = createSpace(resolveSpaceSpec({ name: "nasbench201", cells_per_stage: 1, channels: 4 }, task), task);
    const training = resolveTraining(trainingSchema.parse({ steps: 20, batch_size: 16 }));
    const spec = { kind: "train", dataset: { kind: "digits", limit: 200 }, datasetHash: contentHash, input, training } as const;
    const architecture = space.format(space.sample(createRng("evaluator")));
    const limits = { trialTimeMs: 60_000, trialMemoryBytes: 2 ** 31 };
    const evaluate = async (workFolder?: string) =>
      (await createTrainingEvaluator({ space, task, spec, limits, workFolder })).evaluate(architecture, { steps: 20 }, 5);

    // A checkpoint whose weights cannot be reached by training: who continues from it ends elsewhere.
    const network = space.network(space.parse(architecture), task);
    const { train: images } = await loadDataset(spec.dataset);
    const options = trainingOptions(training, { steps: 20 });
    const digest = await trainingDigest(network, images, options, { rng: createRng(5) });
    let half: TrainingState | undefined;
    const save = (bytes: Uint8Array) => {
      half = decodeCheckpoint(digest, bytes);
    };
    await train(network, images, options, { rng: createRng(5), checkpoint: { save, every: { steps: 12 } } });
    if (!half) throw new Error("nothing was saved");
    const file = openCheckpointFile(folder, digest, 10);
    file.save(encodeCheckpoint(digest, { ...half, vectors: half.vectors.map((vector) => vector.map((value) => value / 2)) }));

    const plain = await evaluate();
    expect((await evaluate(folder)).weights).not.toEqual(plain.weights);
    expect(existsSync(folder)).toBe(false);
    expect(await evaluate(folder)).toEqual(plain);
  });
});
