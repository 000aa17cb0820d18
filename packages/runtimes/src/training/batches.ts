/** The batches of a training run: which images, in which order, how changed, and with which targets. */
import { intAt, type Rng } from "@archwright/core/base";
import type { ImageSet } from "../datasets/dataset.ts";
import { type Augmentation, type BatchArrays, copyAugmented, mixBatch } from "./augment.ts";
import type { TrainingPlan } from "./schedule.ts";

/** States of the generators that batches are drawn from. */
export type BatchState = readonly (readonly number[])[];

export interface Batches {
  /** Writes the batch of a step. Steps are asked for one after another. @param step counts from 0. */
  fill(step: number, into: BatchArrays): void;
  /** What the batches that follow depend on. */
  state(): BatchState;
  /** Goes on as after the step that `state` was taken behind. */
  restore(step: number, state: BatchState): void;
}

export interface BatchOptions {
  /** Share of the target's probability that is spread over all classes. */
  readonly labelSmoothing: number;
  readonly augmentation: Augmentation;
}

/**
 * Every epoch goes through the images in a new random order; a part of an epoch takes its beginning.
 * @param rng its forks draw orders and augmentation.
 */
export function createBatches(data: ImageSet, plan: TrainingPlan, options: BatchOptions, rng: Rng): Batches {
  const orderRng = rng.fork("order");
  const augmentRng = rng.fork("augmentation");
  const everything = Array.from({ length: data.count }, (_, i) => i);
  const { augmentation, labelSmoothing } = options;
  const mixRng = rng.fork("mixup");
  const image = new Float32Array(data.channels * data.height * data.width);
  const rest = labelSmoothing / data.classes;
  // Of the epoch that is being gone through, and the generator's state before it was drawn.
  let order: readonly number[] = [];
  let beforeOrder = orderRng.state();
  const drawOrder = () => {
    beforeOrder = orderRng.state();
    order = orderRng.shuffle(everything);
  };
  return {
    fill: (step, { images, targets }) => {
      const batch = step % plan.stepsPerEpoch;
      if (batch === 0) drawOrder();
      targets.fill(rest);
      const chosen = order.slice(batch * plan.batchSize, (batch + 1) * plan.batchSize);
      for (const [position, index] of chosen.entries()) {
        data.copyImage(index, image, 0);
        const to = { images, index: position };
        copyAugmented({ from: { images: image, index: 0 }, to, size: data, augmentation, rng: augmentRng });
        targets[position * data.classes + intAt(data.labels, index)] = 1 - labelSmoothing + rest;
      }
      if (augmentation.mixup !== undefined) mixBatch({ images, targets }, plan.batchSize, augmentation.mixup, mixRng);
    },
    state: () => [beforeOrder, augmentRng.state(), mixRng.state()],
    restore: (step, [savedOrder = [], savedAugmentation = [], savedMix = []]) => {
      orderRng.restore(savedOrder);
      if (step > 0) drawOrder();
      augmentRng.restore(savedAugmentation);
      mixRng.restore(savedMix);
    },
  };
}
