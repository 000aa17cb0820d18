/** The training loop. */
import { CandidateError, InputError, intAt, type Rng } from "@archwright/core/base";
import type { Network } from "@archwright/core/ir";
import type { ImageSet } from "../datasets/dataset.ts";
import { onlyInput } from "../onnx/batchSize.ts";
import { type Augmentation, copyAugmented } from "./augment.ts";
import { initialWeights } from "./initialise.ts";
import { type OptimiserName, stepRates } from "./optimisers.ts";
import { cosineLearningRate } from "./schedule.ts";
import { createStepRunner, type StepRunner } from "./stepRunner.ts";

/** How a network is trained. */
export interface TrainingOptions {
  /** Passes over the images; absent where `steps` says how long. */
  readonly epochs?: number;
  /** Steps of the optimiser. */
  readonly steps?: number;
  readonly batchSize: number;
  readonly optimiser: OptimiserName;
  /** Peak of the cosine schedule. */
  readonly learningRate: number;
  /** Decoupled; weights shrink by learning rate · weight decay each step. */
  readonly weightDecay: number;
  /** Of sgd; 0.9 where absent. */
  readonly momentum?: number;
  /** Nesterov's momentum, of sgd. */
  readonly nesterov?: boolean;
  /** Longest gradient; unlimited where absent. */
  readonly clipNorm?: number;
  /** Share of the target's probability that is spread over all classes. */
  readonly labelSmoothing: number;
  /** Passes over which the learning rate rises. */
  readonly warmupEpochs: number;
  readonly augmentation: Augmentation;
  /** 1 where absent, which gives the same bits on every repetition. */
  readonly threads?: number;
}

function checkFits(network: Network, data: ImageSet): void {
  if (data.count < 1) throw new InputError("no images to train on");
  const wanted = onlyInput(network).output.shape.slice(1);
  const given = [data.channels, data.height, data.width];
  if (wanted.join() !== given.join()) {
    throw new InputError(`images of [${given.join(", ")}] for a network that takes [${wanted.join(", ")}]`);
  }
}

interface Batch {
  readonly data: ImageSet;
  /** Images of it. */
  readonly chosen: readonly number[];
  readonly options: TrainingOptions;
  readonly rng: Rng;
}

function fillBatch(runner: StepRunner, { data, chosen, options, rng }: Batch): void {
  const rest = options.labelSmoothing / data.classes;
  runner.targets.fill(rest);
  const image = new Float32Array(data.channels * data.height * data.width);
  for (const [position, index] of chosen.entries()) {
    data.copyImage(index, image, 0);
    const to = { images: runner.images, index: position };
    copyAugmented({ from: { images: image, index: 0 }, to, size: data, augmentation: options.augmentation, rng });
    runner.targets[position * data.classes + intAt(data.labels, index)] = 1 - options.labelSmoothing + rest;
  }
}

/** Where a training run gets its random numbers, whom it tells, and who may stop it. */
export interface TrainingContext {
  /** Its forks draw initial weights, orders and augmentation. */
  readonly rng: Rng;
  readonly onEpoch?: (epoch: { epoch: number; loss: number; seconds: number }) => void;
  readonly signal?: AbortSignal;
}

/**
 * Trains a classifier from random weights. Every epoch goes through the images in a new random order; images that do not
 * fill a last batch are left out of that epoch (a batch larger than the set is cut to it). With one thread, the same
 * arguments give the same weights bit for bit.
 * @returns the weights, laid out as `parameterLayout` says, and the mean loss of the last epoch.
 * @throws CandidateError `not-finite` as soon as the loss is not a finite number, `invalid-network` where the network cannot
 * be trained at all, `out-of-memory` or `runtime` where onnxruntime gives up.
 * @throws InputError where network and images do not go together.
 */
export async function train(
  network: Network,
  data: ImageSet,
  options: TrainingOptions,
  { rng, onEpoch, signal }: TrainingContext,
): Promise<{ weights: Float32Array; loss: number }> {
  checkFits(network, data);
  const batch = Math.min(options.batchSize, data.count);
  const stepsPerEpoch = Math.floor(data.count / batch);
  const steps = options.steps ?? Math.max(1, Math.round((options.epochs ?? 1) * stepsPerEpoch));
  const runner = await createStepRunner(network, initialWeights(network, rng.fork("weights")), batch, options);
  try {
    const classes = runner.targets.length / batch;
    if (classes !== data.classes) throw new InputError(`a network of ${classes} classes for images of ${data.classes}`);
    const orderRng = rng.fork("order");
    const augmentRng = rng.fork("augmentation");
    const everything = Array.from({ length: data.count }, (_, i) => i);
    let loss = 0;
    for (let epoch = 0, step = 0; step < steps; epoch++) {
      const started = performance.now();
      const order = orderRng.shuffle(everything);
      loss = 0;
      const inEpoch = Math.min(stepsPerEpoch, steps - step);
      for (let i = 0; i < inEpoch; i++, step++) {
        signal?.throwIfAborted();
        fillBatch(runner, { data, chosen: order.slice(i * batch, (i + 1) * batch), options, rng: augmentRng });
        const learningRate = cosineLearningRate(step, steps, options.warmupEpochs * stepsPerEpoch, options.learningRate);
        const batchLoss = await runner.step(stepRates(step + 1, learningRate, options.weightDecay));
        if (!Number.isFinite(batchLoss)) {
          throw new CandidateError("not-finite", `the loss became ${batchLoss} in step ${i + 1} of epoch ${epoch + 1}`);
        }
        loss += batchLoss / inEpoch;
      }
      onEpoch?.({ epoch: epoch + 1, loss, seconds: (performance.now() - started) / 1000 });
    }
    return { weights: runner.weights.slice(), loss };
  } finally {
    await runner.release();
  }
}
