import { execFile } from "node:child_process";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Run } from "@archwright/core";
import { openStore } from "@archwright/engine";
import { beforeAll, describe, expect, it } from "vitest";
import { createFolder, type Folder } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";

const use = fileURLToPath(new URL("support/use-model.mjs", import.meta.url));

interface Front {
  readonly trials: readonly { readonly number: number; readonly accuracy: number; readonly test_accuracy: number }[];
}

/** What a stranger gets from a model file and images with the names of their classes. */
async function stranger(model: string, images: string) {
  const { stdout } = await promisify(execFile)(process.execPath, [use, model, images]);
  return JSON.parse(stdout) as { readonly images: number; readonly accuracy: number; readonly metadata: Readonly<Record<string, string>> };
}

/** Blurred discs, rings and crosses of 10×10 pixels, dim and in noise: raw values in 0 … 255. */
function shapes(count: number, seed: number) {
  let state = seed;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
  const images = Array.from({ length: count }, (_, i) => {
    const [row, column, label] = [3.5 + 2 * random(), 3.5 + 2 * random(), i % 3];
    return Array.from({ length: 100 }, (_, at) => {
      const [y, x] = [Math.floor(at / 10) - row, (at % 10) - column];
      const distance = Math.hypot(x, y);
      const lit = label === 0 ? distance < 3 : label === 1 ? Math.abs(distance - 3) < 0.8 : Math.abs(x) < 0.8 || Math.abs(y) < 0.8;
      return Math.floor((lit ? 60 : 20) + 90 * random());
    });
  });
  return { images, labels: images.map((_, i) => i % 3) };
}

function idx(magic: number, sizes: readonly number[], data: readonly number[]): Uint8Array {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  for (const [i, value] of [magic, ...sizes].entries()) header.writeUInt32BE(value, 4 * i);
  return Buffer.concat([header, Buffer.from(data)]);
}

function writeIdx(folder: Folder, name: string, { images, labels }: ReturnType<typeof shapes>): void {
  folder.write(`data/${name}-images`, idx(0x0803, [images.length, 10, 10], images.flat()));
  folder.write(`data/${name}-labels`, idx(0x0801, [labels.length], labels));
}

const names = ["disc", "ring", "cross"];

describe("export needs the store alone", () => {
  const folder = createFolder();
  const elsewhere = createFolder();
  const test = shapes(90, 2);
  let best: Front["trials"][number];

  beforeAll(async () => {
    writeIdx(folder, "train", shapes(300, 1));
    writeIdx(folder, "test", test);
    folder.write("test.csv", test.images.map((image, i) => `${image.join(",")},${names[test.labels[i] as number]}\n`).join(""));
    const files = { train_images: "data/train-images", train_labels: "data/train-labels" };
    const testFiles = { test_images: "data/test-images", test_labels: "data/test-labels" };
    const dataset = { kind: "idx", ...files, ...testFiles, classes: names };
    const search = { algorithm: "random", evaluations: 2 };
    const training = { epochs: 12, batch_size: 32, learning_rate: 0.01 };
    folder.write("shapes.yaml", experiment({ name: "shapes", dataset, search, training, devices: ["stm32f746"] }));
    const { trials } = (await folder.json("search", "shapes.yaml", "--workers", "2")) as Front;
    best = trials.reduce((a, b) => (a.test_accuracy > b.test_accuracy ? a : b));
  });

  const exported = async (output: string, from: Folder, store: string) => {
    const { code, stderr } = await from.run("export", "shapes-1", String(best.number), "--output", output, "--store", store);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    return join(from.path, output);
  };

  it("whatever became of the dataset, and what the model says of itself gives a stranger the stored accuracy", async () => {
    const before = readFileSync(await exported("before.onnx", folder, folder.store));
    // Other pixels, and a class more.
    const more = shapes(60, 3);
    writeIdx(folder, "train", { images: more.images.map((image) => image.map((v) => 255 - v)), labels: more.labels.map((l) => l + 1) });
    expect(readFileSync(await exported("changed.onnx", folder, folder.store)).equals(before)).toBe(true);
    rmSync(join(folder.path, "data"), { recursive: true });
    cpSync(folder.store, join(elsewhere.path, "copied.db"));
    const model = await exported("elsewhere.onnx", elsewhere, "copied.db");
    expect(readFileSync(model).equals(before)).toBe(true);

    const { images, accuracy, metadata } = await stranger(model, join(folder.path, "test.csv"));
    expect(images).toBe(90);
    expect(accuracy).toBe(best.test_accuracy);
    // Guessing would give 33 %: the names stand in the right order.
    expect(accuracy).toBeGreaterThan(50);
    expect(metadata).toMatchObject({
      task: "image-classification",
      input_layout: "NCHW",
      input_channels: "1",
      input_height: "10",
      input_width: "10",
      input_colour: "grey",
      input_scale: "255",
      input_normalised: "inside",
      input_resize: "none",
      classes: '["disc","ring","cross"]',
      accuracy: String(best.accuracy),
      test_accuracy: String(best.test_accuracy),
      trial: String(best.number),
      run: "shapes-1",
      archwright_version: expect.stringMatching(/^\d+\.\d+/),
    });
    expect(JSON.parse(metadata.input_mean as string)).toEqual([expect.closeTo(0.33, 1)]);
  });

  it("is refused for an older run whose dataset is gone, with the reason", async () => {
    const store = openStore(folder.store);
    const { evaluator, ...rest } = (store.run("shapes-1") as Run).experiment;
    if (evaluator.kind !== "train") throw new Error("the experiment trains");
    const { input: _, ...older } = evaluator;
    const made = store.createRun({ name: "older", experiment: { ...rest, evaluator: older }, experimentHash: "0", seed: 1 });
    const [trial, weights] = [store.trial("shapes-1", best.number), store.weights("shapes-1", best.number)];
    if (!trial || !weights) throw new Error("the best trial is stored");
    store.addTrials(made.id, [{ ...trial, number: 0 }]);
    store.putWeights(made.id, 0, weights);
    store.close();
    const refused = () => folder.run("export", made.id, "0", "--output", "refused.onnx");
    const gone = await refused();
    expect(gone.code).toBe(2);
    expect(gone.stderr).toMatch(/stored by an earlier version.*dataset is needed: the file does not exist/s);
    writeIdx(folder, "train", shapes(300, 4));
    writeIdx(folder, "test", test);
    const changed = await refused();
    expect(changed.code).toBe(2);
    expect(changed.stderr).toMatch(/dataset is needed: the dataset is not the one that the search began with/);
    writeIdx(folder, "train", shapes(300, 1));
    expect((await refused()).code).toBe(0);
    expect(readFileSync(join(folder.path, "refused.onnx")).length).toBeGreaterThan(1000);
  });
});
