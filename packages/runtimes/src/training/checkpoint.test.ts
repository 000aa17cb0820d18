import { createRng } from "@archwright/core/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeCheckpoint, encodeCheckpoint, trainingDigest } from "./checkpoint.ts";
import { initialWeights } from "./initialise.ts";
import { options as base, smallNetwork, stripes } from "./stripes.fixture.ts";
import { type TrainingOptions, train } from "./trainer.ts";

const data = stripes(70, 1);
const network = smallNetwork();
// 8 steps an epoch, so the last epoch is a part of one; 6 images of each epoch are left out.
const options: TrainingOptions = {
  ...base,
  epochs: 2.5,
  batchSize: 8,
  learningRate: 0.003,
  augmentation: { shift: 1, flip: true, cutout: 3 },
  warmupEpochs: 0.5,
};
const seed = () => ({ rng: createRng(3) });

interface Attempt {
  readonly result?: Awaited<ReturnType<typeof train>>;
  readonly checkpoint?: Uint8Array;
}

/** Goes on from a checkpoint and stops after so many steps, where training takes more. */
async function trainFor(steps: number, wanted: TrainingOptions, from?: Uint8Array): Promise<Attempt> {
  const controller = new AbortController();
  let done = 0;
  let checkpoint = from;
  const save = (bytes: Uint8Array) => {
    checkpoint = bytes;
    if (++done === steps) controller.abort();
  };
  const every = { steps: 1 };
  try {
    const context = { ...seed(), signal: controller.signal, checkpoint: { ...(from ? { from } : {}), save, every } };
    return { result: await train(network, data, wanted, context) };
  } catch (error) {
    if ((error as Error).name !== "AbortError") throw error;
    return checkpoint ? { checkpoint } : {};
  }
}

describe("training that is interrupted", () => {
  it.each<[string, Partial<TrainingOptions>]>([
    ["adam with augmentation", {}],
    ["sgd without", { optimiser: "sgd", augmentation: {} }],
    ["mixup and averaged weights", { augmentation: { mixup: 0.2 }, emaDecay: 0.9, warmup: 0.1 }],
    ["lion with clipped gradients", { optimiser: "lion", clipNorm: 1, labelSmoothing: 0 }],
  ])("ends in the same bits with %s, wherever it stops", async (_, recipe) => {
    const wanted = { ...options, ...recipe } as TrainingOptions;
    const through = await train(network, data, wanted, seed());
    const stops = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(stops, async (stops) => {
        let attempt: Attempt = {};
        for (const steps of [...stops, Infinity]) {
          if (!attempt.result) attempt = await trainFor(steps, wanted, attempt.checkpoint);
        }
        expect(attempt.result).toEqual(through);
      }),
      { numRuns: 8 },
    );
  });

  it("begins anew where the checkpoint is damaged", async () => {
    const through = await train(network, data, options, seed());
    const { checkpoint = new Uint8Array() } = await trainFor(9, options);
    const damaged = checkpoint.slice();
    damaged[damaged.length - 100] = (damaged.at(-100) ?? 0) ^ 1;
    for (const bytes of [damaged, checkpoint.slice(0, 1000), new Uint8Array()]) {
      expect(await trainFor(Infinity, options, bytes)).toEqual({ result: through });
    }
  });

  it("refuses a checkpoint of another training", async () => {
    const { checkpoint } = await trainFor(9, options);
    for (const other of [
      { ...options, epochs: 3 },
      { ...options, labelSmoothing: 0 },
    ]) {
      await expect(trainFor(1, other, checkpoint)).rejects.toThrow("the checkpoint is of another training");
    }
    const elsewhere = { ...seed(), initial: initialWeights(network, createRng(4)) };
    const continued = train(network, data, options, {
      ...elsewhere,
      checkpoint: { ...(checkpoint ? { from: checkpoint } : {}), save: () => {}, every: { steps: 1 } },
    });
    await expect(continued).rejects.toThrow("the checkpoint is of another training");
  });

  it("saves as often as it is told, and nothing once it is done", async () => {
    const saved: number[] = [];
    const digest = await trainingDigest(network, data, options, { rng: createRng(3) });
    const save = (bytes: Uint8Array) => saved.push(decodeCheckpoint(digest, bytes)?.step ?? 0);
    await train(network, data, options, { ...seed(), checkpoint: { save, every: { steps: 5 } } });
    expect(saved).toEqual([5, 10, 15]);
    await train(network, data, options, { ...seed(), checkpoint: { save, every: { seconds: 1000 } } });
    expect(saved).toHaveLength(3);
  });
});

describe("trainingDigest", () => {
  it("tells networks, images, options and seeds apart", async () => {
    const digests = await Promise.all([
      trainingDigest(network, data, options, { rng: createRng(3) }),
      trainingDigest(smallNetwork(), stripes(70, 1), { ...options }, { rng: createRng(3) }),
      trainingDigest(smallNetwork(3), data, options, { rng: createRng(3) }),
      trainingDigest(network, stripes(70, 2), options, { rng: createRng(3) }),
      trainingDigest(network, data, { ...options, weightDecay: 0 }, { rng: createRng(3) }),
      trainingDigest(network, data, options, { rng: createRng(4) }),
    ]);
    expect(digests[1]).toBe(digests[0]);
    expect(new Set(digests).size).toBe(5);
  });
});

it("checkpoints keep every bit", () => {
  const vectors = [Float32Array.of(0.1, -0, Number.MIN_VALUE, 3e38), Float32Array.of(1)];
  const state = { step: 7, loss: 1 / 3, batches: [[1, -2, 3, 4], []], vectors };
  expect(decodeCheckpoint("digest", encodeCheckpoint("digest", state))).toEqual(state);
});
