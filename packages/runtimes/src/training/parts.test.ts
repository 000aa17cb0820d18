import { createRng } from "@archwright/core/base";
import { NetworkBuilder, parameterLayout } from "@archwright/core/ir";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyAugmented, mixBatch, symmetricBeta } from "./augment.ts";
import { addToAverage } from "./average.ts";
import { initialWeights } from "./initialise.ts";
import { cosineLearningRate, planTraining } from "./schedule.ts";

describe("planTraining", () => {
  const options = { batchSize: 32, warmupEpochs: 0.5 };

  it("counts the steps of whole epochs and of fractions, and takes steps as they are", () => {
    expect(planTraining({ ...options, epochs: 3 }, 100)).toEqual({ batchSize: 32, stepsPerEpoch: 3, steps: 9, warmupSteps: 1.5 });
    expect(planTraining({ ...options, epochs: 2.5 }, 100).steps).toBe(8);
    expect(planTraining({ ...options, epochs: 0.1 }, 100).steps).toBe(1);
    expect(planTraining({ ...options, steps: 7 }, 100).steps).toBe(7);
    expect(planTraining({ batchSize: 32, steps: 40, warmup: 0.05 }, 100).warmupSteps).toBe(2);
    expect(planTraining({ batchSize: 32, steps: 40 }, 100).warmupSteps).toBe(0);
    expect(planTraining({ ...options, epochs: 2 }, 20)).toEqual({ batchSize: 20, stepsPerEpoch: 1, steps: 2, warmupSteps: 0.5 });
  });

  it.each([{ epochs: 0 }, { epochs: -1 }, { epochs: Number.NaN }, { epochs: Infinity }, { steps: 0 }, { steps: 1.5 }])(
    "refuses %o",
    (length) => {
      expect(() => planTraining({ ...options, ...length }, 100)).toThrow(/expected: a (whole )?number/);
    },
  );
});

describe("cosineLearningRate", () => {
  it("rises to the peak during warm-up and falls to nearly nothing", () => {
    const rates = Array.from({ length: 100 }, (_, step) => cosineLearningRate(step, 100, 10, 0.5));
    expect(rates[0]).toBeCloseTo(0.5 / 11, 12);
    expect(Math.max(...rates)).toBe(0.5);
    expect(rates.indexOf(0.5)).toBe(10);
    expect(rates[55]).toBeCloseTo(0.25, 12);
    for (let i = 11; i < 100; i++) expect(rates[i]).toBeLessThan(rates[i - 1] as number);
    expect(rates[99]).toBeLessThan(0.5 * 0.001);
    expect(rates[99]).toBeGreaterThan(0);
  });
});

describe("copyAugmented", () => {
  const size = { channels: 2, height: 4, width: 3 };
  // Numbers from 1, so that a zero can only come from outside.
  const source = Float32Array.from({ length: 72 }, (_, i) => i + 1);
  const copy = (augmentation: Parameters<typeof copyAugmented>[0]["augmentation"], seed: number) => {
    const target = new Float32Array(48).fill(-1);
    copyAugmented({ from: { images: source, index: 2 }, to: { images: target, index: 1 }, size, augmentation, rng: createRng(seed) });
    expect(target.subarray(0, 24)).toEqual(new Float32Array(24).fill(-1));
    return target.subarray(24);
  };

  it("copies unchanged where nothing is asked", () => {
    expect(copy({}, 1)).toEqual(source.slice(48));
    expect(copy({ shift: 0, flip: false, cutout: 0 }, 1)).toEqual(source.slice(48));
  });

  it("is some shift, mirrored or not, with some hole", () => {
    const options = fc.record({
      shift: fc.integer({ min: 0, max: 3 }),
      flip: fc.boolean(),
      cutout: fc.integer({ min: 0, max: 3 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(options, ({ shift, flip, cutout, seed }) => {
        const actual = copy({ shift, flip, cutout }, seed);
        const explains = (down: number, right: number, mirrored: boolean) => {
          const cut: [number, number][] = [];
          for (let i = 0; i < 24; i++) {
            const [channel, row, column] = [Math.floor(i / 12), Math.floor(i / 3) % 4, i % 3];
            const [fromRow, shifted] = [row - down, column - right];
            const inside = fromRow >= 0 && fromRow < 4 && shifted >= 0 && shifted < 3;
            const expected = inside ? (source[48 + channel * 12 + fromRow * 3 + (mirrored ? 2 - shifted : shifted)] as number) : 0;
            if (actual[i] === expected) continue;
            if (actual[i] !== 0) return false;
            cut.push([row, column]);
          }
          const span = (values: number[]) => (values.length === 0 ? 0 : Math.max(...values) - Math.min(...values) + 1);
          return span(cut.map(([row]) => row)) <= cutout && span(cut.map(([, column]) => column)) <= cutout;
        };
        const moves = Array.from({ length: 2 * shift + 1 }, (_, i) => i - shift);
        const found = moves.some((down) => moves.some((right) => explains(down, right, false) || (flip && explains(down, right, true))));
        expect(found).toBe(true);
      }),
    );
  });

  it("comes in every shift and in both mirrorings", () => {
    const seen = new Set(Array.from({ length: 200 }, (_, seed) => copy({ shift: 1, flip: true }, seed).join()));
    expect(seen.size).toBe(18);
  });
});

describe("mixup", () => {
  it("mixes each example of a batch with one other, image and target by the same share", () => {
    const alphas = fc.record({
      alpha: fc.double({ min: 0.01, max: 1, noNaN: true }),
      batch: fc.integer({ min: 1, max: 6 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(alphas, ({ alpha, batch, seed }) => {
        // Example i is 2^i everywhere, so that a mixture says whom it is made of.
        const images = Float32Array.from({ length: 3 * batch }, (_, i) => 2 ** Math.floor(i / 3));
        const targets = Float32Array.from({ length: 2 * batch }, (_, i) => (i % 2) * 2 ** Math.floor(i / 2));
        mixBatch({ images, targets }, batch, alpha, createRng(seed));
        const rng = createRng(seed);
        const share = symmetricBeta(alpha, rng);
        const partners = rng.shuffle(Array.from({ length: batch }, (_, i) => i));
        for (const [i, partner] of partners.entries()) {
          const mixed = Math.fround(share * 2 ** i + (1 - share) * 2 ** partner);
          expect([...images.subarray(3 * i, 3 * i + 3)]).toEqual([mixed, mixed, mixed]);
          expect([...targets.subarray(2 * i, 2 * i + 2)]).toEqual([0, mixed]);
        }
      }),
    );
  });

  it.each([0.01, 0.2, 0.5, 1])("draws shares with the mean and the variance of Beta(%d, %d)", (alpha) => {
    const rng = createRng(1);
    const shares = Array.from({ length: 20_000 }, () => symmetricBeta(alpha, rng));
    const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
    expect(mean).toBeCloseTo(0.5, 1);
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length;
    expect(variance).toBeCloseTo(1 / (4 * (2 * alpha + 1)), 2);
    expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
  });
});

it("the average of weights is that of its definition, and a short training's hardly holds the initial weights", () => {
  const history = Array.from({ length: 40 }, (_, step) => Math.sin(step));
  const average = Float32Array.of(100);
  let expected = 100;
  for (const [i, weight] of history.entries()) {
    addToAverage(average, Float32Array.of(weight), i + 1, 0.7);
    const kept = Math.min(0.7, (2 + i) / (11 + i));
    expected = kept * expected + (1 - kept) * weight;
    if (i === 7) expect(expected).toBeLessThan(1);
  }
  expect(average[0]).toBeCloseTo(expected, 5);
});

it("initial weights have the deviation of their fan-in, and normalisation starts neutral", () => {
  const b = new NetworkBuilder();
  const network = b.build(b.dense(b.globalAveragePool(b.batchNorm(b.conv2d(b.input([1, 16, 8, 8]), 256, 3))), 100));
  const weights = initialWeights(network, createRng(1));
  const of = (role: string, node: number) => {
    const slot = parameterLayout(network).find((one) => one.spec.role === role && one.node === node);
    return weights.subarray(slot?.offset ?? 0, (slot?.offset ?? 0) + (slot?.size ?? 0));
  };
  const deviation = (values: Float32Array) => Math.hypot(...values.slice(0, 20000)) / Math.sqrt(Math.min(20000, values.length));
  expect(deviation(of("weight", 1))).toBeCloseTo(Math.sqrt(2 / 144), 2);
  expect(deviation(of("weight", 4))).toBeCloseTo(Math.sqrt(1 / 256), 2);
  for (const [role, value] of [
    ["scale", 1],
    ["variance", 1],
    ["shift", 0],
    ["mean", 0],
  ] as const) {
    expect(of(role, 2)).toEqual(new Float32Array(256).fill(value));
  }
});
