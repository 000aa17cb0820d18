/** Trains a network for a number of steps, from any weights and towards any targets. */
import { createRng, floatAt, type Network } from "@archwright/core";
import { type Dataset, exportOnnx } from "@archwright/runtimes";
import { openEngine } from "../../packages/runtimes/src/onnxruntime.ts";
import { copyAugmented } from "../../packages/runtimes/src/training/augment.ts";
import { createStepRunner, stepRates } from "../../packages/runtimes/src/training/index.ts";
import { cosineLearningRate } from "../../packages/runtimes/src/training/schedule.ts";

export type Images = Dataset["train"];

const batch = 32;
const smoothing = 0.05;
const augmentation = { shift: 2, flip: true };

/** A trained network whose answers another one learns beside the labels. */
export interface Teacher {
  /** Writes its probabilities, [batch, classes], for a batch of images as the student sees them. */
  answer(images: Float32Array, into: Float32Array): Promise<void>;
  release(): Promise<void>;
}

export interface Training {
  readonly steps: number;
  readonly rate: number;
  readonly weights: Float32Array;
  readonly seed: string;
  readonly teacher?: Teacher;
}

/** Seconds of processor time that this process has used. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** @returns the weights after the last step. */
export async function trainFor(network: Network, data: Images, training: Training): Promise<Float32Array> {
  const { steps, rate, seed, teacher } = training;
  const runner = await createStepRunner(network, training.weights, batch, { optimiser: "adam", clipNorm: 2 });
  const [orderRng, augmentRng] = [createRng(`${seed}/order`), createRng(`${seed}/augmentation`)];
  const everything = Array.from({ length: data.count }, (_, i) => i);
  const image = new Float32Array(data.channels * data.height * data.width);
  const taught = new Float32Array(runner.targets.length);
  let order: readonly number[] = [];
  try {
    for (let step = 0; step < steps; step++) {
      if (order.length < batch) order = orderRng.shuffle(everything);
      const chosen = order.slice(0, batch);
      order = order.slice(batch);
      runner.targets.fill(smoothing / data.classes);
      for (const [position, index] of chosen.entries()) {
        data.copyImage(index, image, 0);
        const to = { images: runner.images, index: position };
        copyAugmented({ from: { images: image, index: 0 }, to, size: data, augmentation, rng: augmentRng });
        const target = position * data.classes + (data.labels[index] as number);
        runner.targets[target] = floatAt(runner.targets, target) + 1 - smoothing;
      }
      if (teacher) {
        await teacher.answer(runner.images, taught);
        for (let i = 0; i < taught.length; i++) runner.targets[i] = (floatAt(runner.targets, i) + floatAt(taught, i)) / 2;
      }
      const loss = await runner.step(stepRates(step + 1, cosineLearningRate(step, steps, Math.min(100, steps / 10), rate), 0.01));
      if (!Number.isFinite(loss)) throw new Error(`the loss became ${loss} in step ${step + 1} of ${seed}`);
    }
    return runner.weights.slice();
  } finally {
    await runner.release();
  }
}

export async function createTeacher(network: Network, weights: Float32Array): Promise<Teacher> {
  const engine = await openEngine();
  const session = await engine.createSession(exportOnnx(network, weights, { batch }), 1);
  const shape = [batch, ...(network.nodes[0]?.output.shape.slice(1) ?? [])];
  return {
    answer: async (images, into) => {
      const { output } = await session.run({ input: new engine.Tensor("float32", images, shape) });
      softmaxRows(output?.data as Float32Array, into.length / batch, into);
    },
    release: () => session.release(),
  };
}

function softmaxRows(logits: Float32Array, classes: number, into: Float32Array): void {
  for (let start = 0; start < logits.length; start += classes) {
    const row = logits.subarray(start, start + classes);
    const largest = row.reduce((a, b) => Math.max(a, b));
    const sum = row.reduce((total, logit) => total + Math.exp(logit - largest), 0);
    for (let i = 0; i < classes; i++) into[start + i] = Math.exp(floatAt(row, i) - largest) / sum;
  }
}
