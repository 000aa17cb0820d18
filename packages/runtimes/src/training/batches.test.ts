import { createRng } from "@archwright/core/base";
import { expect, it } from "vitest";
import { createBatches } from "./batches.ts";
import { planTraining } from "./schedule.ts";
import { stripes } from "./stripes.fixture.ts";

/** Images whose pixels are all their number. */
function numbered(count: number) {
  const copyImage = (index: number, target: Float32Array, at: number) => void target.fill(index, at, at + 64);
  return { ...stripes(count, 1), copyImage };
}

/** The images of each step, in order. */
function stepsOf(length: { epochs: number } | { steps: number }, count = 23): number[][] {
  const data = numbered(count);
  const options = { ...length, batchSize: 5, warmupEpochs: 0, labelSmoothing: 0.2, augmentation: {} };
  const plan = planTraining(options, data.count);
  const batches = createBatches(data, plan, options, createRng(1));
  const into = { images: new Float32Array(5 * 64), targets: new Float32Array(5 * 4) };
  return Array.from({ length: plan.steps }, (_, step) => {
    batches.fill(step, into);
    const images = Array.from({ length: 5 }, (_, i) => into.images[i * 64] as number);
    for (const [i, image] of images.entries()) {
      const targets = [...into.targets.subarray(i * 4, i * 4 + 4)];
      expect(targets).toEqual([0, 1, 2, 3].map((label) => Math.fround(label === data.labels[image] ? 0.8 + 0.05 : 0.05)));
    }
    return images;
  });
}

it("goes through the images in a new order each epoch, and a part of an epoch takes its beginning", () => {
  const whole = stepsOf({ epochs: 3 });
  expect(whole).toHaveLength(12);
  const epochs = [0, 4, 8].map((first) => whole.slice(first, first + 4).flat());
  for (const epoch of epochs) expect(new Set(epoch).size).toBe(20);
  expect(new Set(epochs.map(String)).size).toBe(3);
  const reference = createRng(1).fork("order");
  const everything = Array.from({ length: 23 }, (_, i) => i);
  for (const epoch of epochs) expect(epoch).toEqual(reference.shuffle(everything).slice(0, 20));
  expect(stepsOf({ epochs: 1.5 })).toEqual(whole.slice(0, 6));
  expect(stepsOf({ steps: 7 })).toEqual(whole.slice(0, 7));
  expect(stepsOf({ epochs: 0.01 })).toEqual(whole.slice(0, 1));
});
