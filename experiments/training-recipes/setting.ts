/** What the study of training recipes trains: images, networks, recipes. */
import { readFileSync } from "node:fs";
import { createRng, createSpace, type Network, parseSpaceYaml, type Task } from "@archwright/core";
import { type Dataset, loadDataset, type TrainingSettings } from "@archwright/runtimes";
import { fashionMnist } from "../fashion-mnist/images.ts";

/** Images, and how many steps of 32 of them a training takes. */
export interface Setting {
  readonly name: string;
  readonly steps: number;
  /** Of the training images of Fashion-MNIST; absent for all, null for the digits. */
  readonly limit?: number | null;
}

export const settings: readonly Setting[] = [
  { name: "fashion", steps: 160 },
  { name: "fashion", steps: 800 },
  { name: "fashion", steps: 2400 },
  { name: "fashion-5000", steps: 800, limit: 5000 },
  { name: "digits", steps: 160, limit: null },
  { name: "digits", steps: 800, limit: null },
  { name: "digits", steps: 2400, limit: null },
];

/** What every other recipe changes one thing of. */
export const base: TrainingSettings = {
  batchSize: 32,
  optimiser: "adam",
  learningRate: 0.01,
  weightDecay: 0.0005,
  labelSmoothing: 0.05,
  warmup: 0.05,
  augmentation: {},
};

/** Each with the settings that it is tried in, by their number of steps; all where absent. */
export const recipes: Readonly<Record<string, { readonly change: Partial<TrainingSettings>; readonly in?: readonly number[] }>> = {
  base: { change: {} },
  "learning_rate .002": { change: { learningRate: 0.002 }, in: [160] },
  "learning_rate .004": { change: { learningRate: 0.004 }, in: [160] },
  "learning_rate .006": { change: { learningRate: 0.006 } },
  "learning_rate .016": { change: { learningRate: 0.016 } },
  "learning_rate .025": { change: { learningRate: 0.025 } },
  "learning_rate .04": { change: { learningRate: 0.04 }, in: [160] },
  // As many images, so half of the steps, or twice as many.
  "batch_size 64": { change: { batchSize: 64, learningRate: 0.014 } },
  "batch_size 16": { change: { batchSize: 16, learningRate: 0.007 }, in: [160] },
  "warmup 0": { change: { warmup: 0 }, in: [160] },
  "warmup .15": { change: { warmup: 0.15 }, in: [160] },
  "sgd learning_rate .2": { change: { optimiser: "sgd", learningRate: 0.2, nesterov: true } },
  "clip_norm 1": { change: { clipNorm: 1 } },
  "weight_decay .01": { change: { weightDecay: 0.01 } },
  "label_smoothing 0": { change: { labelSmoothing: 0 }, in: [160] },
  flip: { change: { augmentation: { flip: true } } },
  "shift 1": { change: { augmentation: { shift: 1 } } },
  // A quarter of the side: see `recipeIn`.
  cutout: { change: { augmentation: { cutout: 0.25 } } },
  "mixup .1": { change: { augmentation: { mixup: 0.1 } } },
};

/** A recipe as it is for images of this side. */
export function recipeIn(name: string, side: number): TrainingSettings {
  const { augmentation, ...settings }: TrainingSettings = { ...base, ...recipes[name]?.change };
  const { cutout, ...rest } = augmentation;
  return { ...settings, augmentation: { ...rest, ...(cutout === undefined ? {} : { cutout: Math.round(cutout * side) }) } };
}

/** For the digits; those of Fashion-MNIST are beside the study of that name. */
const digitNetworks: Readonly<Record<string, string>> = {
  separable: `
name: custom
stem: { channels: 16, kernel: 3 }
stages:
  - { channels: 32, depth: 1, blocks: [{ type: depthwise-separable, kernel: 3 }] }
  - { channels: 64, stride: 2, depth: 2, blocks: [{ type: depthwise-separable, kernel: 3 }] }
head: { channels: 0 }
`,
  plain: `
name: custom
stem: { channels: 16, kernel: 3 }
stages:
  - { channels: 24, depth: 1, blocks: [{ type: conv, kernel: 3 }] }
  - { channels: 32, stride: 2, depth: 2, blocks: [{ type: conv, kernel: 3 }] }
head: { channels: 0 }
`,
};

const baseline = (name: string) => readFileSync(new URL(`../fashion-mnist/baselines/${name}.yaml`, import.meta.url), "utf8");

export function networksOf({ limit }: Setting): Readonly<Record<string, Network>> {
  const side = limit === null ? 8 : 28;
  const task: Task = { kind: "image-classification", channels: 1, height: side, width: side, classes: 10 };
  const texts = limit === null ? digitNetworks : { "mobilenet-v1": baseline("mobilenet-v1"), "plain-cnn": baseline("plain-cnn") };
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const space = createSpace(parseSpaceYaml(text, name), task);
      return [name, space.network(space.sample(createRng(0)), task)];
    }),
  );
}

/** @param folder of Fashion-MNIST. */
export function imagesOf({ limit }: Setting, folder: string): Promise<Dataset> {
  if (limit === null) return loadDataset({ kind: "digits" });
  return loadDataset({ ...fashionMnist(folder), ...(limit === undefined ? {} : { limit }) });
}
