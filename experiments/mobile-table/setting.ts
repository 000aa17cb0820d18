/** What the table of the space `mobile` is about: networks drawn at random, and how each is trained. */
import { readFileSync } from "node:fs";
import { type CategoricalSpace, createRng, createSpace, parseSpaceYaml, type Task } from "@archwright/core";
import type { TrainingOptions } from "@archwright/runtimes";

/** The images and their splits are those of `configs/quickstart.yaml`: 1,260 to train on, 270 for validation, 267 for test. */
export const dataset = { kind: "digits" } as const;
export const task: Task = { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 };

/** As in `configs/quickstart.yaml`, but shorter and in smaller batches: a training that is not finished tells networks apart. */
export const training: TrainingOptions = {
  epochs: 3,
  batchSize: 32,
  optimiser: "adam",
  learningRate: 0.02,
  weightDecay: 0.01,
  labelSmoothing: 0.05,
  warmupEpochs: 1,
  augmentation: { shift: 1, flip: false, cutout: 0 },
};

/** The space that a file describes. */
export function spaceOf(file: string): CategoricalSpace {
  return createSpace(parseSpaceYaml(readFileSync(file, "utf8"), file), task);
}

/** Different architectures, each drawn uniformly from the space; the same for every run, and the first of a longer list. */
export function drawn(space: CategoricalSpace, count: number): readonly string[] {
  const rng = createRng("table of networks");
  const texts = new Set<string>();
  while (texts.size < count) texts.add(space.format(space.sample(rng)));
  return [...texts];
}
