import { createRng } from "@archwright/core/base";
import { NetworkBuilder } from "@archwright/core/ir";
import { describe, expect, it } from "vitest";
import { evaluateAccuracy } from "./evaluate.ts";
import { initialWeights } from "./initialise.ts";
import { options, smallNetwork, stripes } from "./stripes.fixture.ts";
import { train } from "./trainer.ts";

const data = stripes(500, 1);
const unseen = stripes(200, 2);

describe("train", () => {
  it.each([
    ["sgd", 0.1],
    ["adam", 0.01],
    ["lion", 0.003],
  ] as const)("learns with %s what holds for images it has not seen", async (optimiser, learningRate) => {
    const epochs: { epoch: number; loss: number }[] = [];
    const network = smallNetwork();
    const settings = { ...options, epochs: 8, optimiser, learningRate };
    const { weights, loss } = await train(network, data, settings, { rng: createRng(3), onEpoch: (epoch) => epochs.push(epoch) });
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(loss).toBe(epochs.at(-1)?.loss);
    expect(loss).toBeLessThan((epochs[0]?.loss as number) / 2);
    expect(await evaluateAccuracy(network, weights, unseen)).toBeGreaterThan(90);
    expect(await evaluateAccuracy(network, initialWeights(network, createRng(3)), unseen)).toBeLessThan(60);
  });

  it("gives the same bits for the same seed, other weights for another", async () => {
    const run = (seed: number) =>
      train(smallNetwork(), data, { ...options, epochs: 1, augmentation: { shift: 1, flip: true, cutout: 3 } }, { rng: createRng(seed) });
    const [first, second, other] = [await run(1), await run(1), await run(2)];
    expect(second).toEqual(first);
    expect(other.weights).not.toEqual(first.weights);
  });

  it("goes on from the weights that it is given", async () => {
    const network = smallNetwork();
    const run = async (initial?: Float32Array) =>
      train(network, data, { ...options, epochs: 1 }, { rng: createRng(1), ...(initial ? { initial } : {}) });
    const first = await run();
    const own = initialWeights(network, createRng(1).fork("weights"));
    const before = own.slice();
    expect(await run(own)).toEqual(first);
    expect(own).toEqual(before);
    expect((await run(first.weights)).loss).toBeLessThan(0.8 * first.loss);
  });

  it("keeps the training of recorded runs", async () => {
    // Seen before epochs could be fractions. The last bits differ from one kind of processor to another.
    const seen = [1.5997105598449706, 0.8894618988037107, 0.44803257187207535, 0.29974554975827533, 0.2805367608865102];
    const losses: number[] = [];
    await train(smallNetwork(), data, options, { rng: createRng(3), onEpoch: ({ loss }) => losses.push(loss) });
    expect(losses).toHaveLength(5);
    for (const [i, loss] of seen.entries()) expect(losses[i]).toBeCloseTo(loss, 3);
  });

  it("fails by its code once the loss is not finite", async () => {
    const exploding = { ...options, optimiser: "sgd", learningRate: 1e30, warmupEpochs: 0 } as const;
    await expect(train(smallNetwork(), data, exploding, { rng: createRng(1) })).rejects.toMatchObject({
      name: "CandidateError",
      code: "not-finite",
    });
  });

  it("fails by its code where the network mixes the examples of a batch", async () => {
    const b = new NetworkBuilder();
    const mixed = b.add({ kind: "softmax", axis: 0 }, [b.globalAveragePool(b.input([1, 1, 8, 8]))]);
    const training = train(b.build(b.dense(mixed, 4)), data, options, { rng: createRng(1) });
    await expect(training).rejects.toMatchObject({ name: "CandidateError", code: "invalid-network" });
  });

  it("stops when told to", async () => {
    const controller = new AbortController();
    const running = train(
      smallNetwork(),
      data,
      { ...options, epochs: 1000 },
      {
        rng: createRng(1),
        onEpoch: () => controller.abort(),
        signal: controller.signal,
      },
    );
    await expect(running).rejects.toMatchObject({ name: "AbortError" });
  });

  it("refuses images and networks that do not go together", async () => {
    await expect(train(smallNetwork(3), data, options, { rng: createRng(1) })).rejects.toThrow("a network of 3 classes for images of 4");
    await expect(train(smallNetwork(), { ...data, height: 4, width: 16 }, options, { rng: createRng(1) })).rejects.toThrow("[1, 4, 16]");
  });

  it("takes a softmax at the end for what it is, and a set smaller than a batch", async () => {
    const plain = smallNetwork();
    const b = new NetworkBuilder();
    const copied = plain.nodes.reduce((_, node) => b.add(node.op, node.inputs, node.name), 0);
    const withSoftmax = b.build(b.add({ kind: "softmax", axis: 1 }, [copied]));
    const few = { ...stripes(20, 3), count: 20 };
    const results = [plain, withSoftmax].map((network) => train(network, few, { ...options, epochs: 2 }, { rng: createRng(1) }));
    const [without, with_] = await Promise.all(results);
    expect(with_).toEqual(without);
  });
});

it("evaluates the last, smaller batch too", async () => {
  const network = smallNetwork();
  const weights = initialWeights(network, createRng(8));
  const one = await evaluateAccuracy(network, weights, unseen, { batchSize: 1 });
  expect(await evaluateAccuracy(network, weights, unseen, { batchSize: 64 })).toBe(one);
  expect(await evaluateAccuracy(network, weights, unseen, { batchSize: 1000 })).toBe(one);
});
