/** The training loop. */
import { CandidateError, InputError, item, type Rng } from "@archwright/core/base";
import type { Fidelity } from "@archwright/core/experiment";
import type { Network } from "@archwright/core/ir";
import type { ImageSet } from "../datasets/dataset.ts";
import { onlyInput } from "../onnx/batchSize.ts";
import { addToAverage } from "./average.ts";
import { type Batches, type BatchOptions, createBatches } from "./batches.ts";
import { type Checkpointing, createSaver, decodeCheckpoint, type TrainingState, trainingDigest } from "./checkpoint.ts";
import { initialWeights } from "./initialise.ts";
import { type OptimiserName, stepRates } from "./optimisers.ts";
import { cosineLearningRate, type PlanOptions, planTraining, type TrainingPlan } from "./schedule.ts";
import { createStepRunner, type StepRunner } from "./stepRunner.ts";

/** How a network is trained, and for how long. */
export type TrainingOptions = TrainingSettings & Fidelity;

/** How a network is trained. */
export interface TrainingSettings extends BatchOptions, PlanOptions {
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
  /** Of an exponential moving average of the weights, which is then what training gives; below 1. */
  readonly emaDecay?: number | undefined;
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

/** Where a training run gets its random numbers, whom it tells, who may stop it, and how it is continued. */
export interface TrainingContext {
  /** Its forks draw initial weights, orders and augmentation. */
  readonly rng: Rng;
  /** Weights to begin with, laid out as `parameterLayout` says; random ones where absent. */
  readonly initial?: Float32Array;
  /** Told of each epoch; the last may be a part of one. */
  readonly onEpoch?: (epoch: { epoch: number; loss: number; seconds: number }) => void;
  readonly signal?: AbortSignal;
  readonly checkpoint?: Checkpointing;
}

/** A network in training, and what it is trained on. */
interface Run {
  readonly plan: TrainingPlan;
  readonly options: TrainingOptions;
  readonly runner: StepRunner;
  readonly batches: Batches;
  /** Of the weights; absent where the last ones are wanted. */
  readonly average?: Float32Array;
  /** Steps done. */
  step: number;
  /** Sum over the present epoch's steps of their share in its mean loss. */
  loss: number;
}

/**
 * Trains a classifier, from random weights where it is given none. Every epoch goes through the images in a new random order; images
 * that do not fill a last batch are left out of that epoch (a batch larger than the set is cut to it). With one thread, the same
 * arguments give the same weights bit for bit, whether training was interrupted and continued from a checkpoint or not.
 * @returns the weights, laid out as `parameterLayout` says, and the mean loss of the last epoch.
 * @throws CandidateError `not-finite` as soon as the loss is not a finite number, `invalid-network` where the network cannot
 * be trained at all, `out-of-memory` or `runtime` where onnxruntime gives up.
 * @throws InputError where network and images do not go together, or the length is no number of steps or epochs.
 * @throws Error where the checkpoint is of another training.
 */
export async function train(
  network: Network,
  data: ImageSet,
  options: TrainingOptions,
  context: TrainingContext,
): Promise<{ weights: Float32Array; loss: number }> {
  checkFits(network, data);
  const { rng, checkpoint } = context;
  const initial = context.initial ?? initialWeights(network, rng.fork("weights"));
  const plan = planTraining(options, data.count);
  const runner = await createStepRunner(network, initial, plan.batchSize, options);
  try {
    const classes = runner.targets.length / plan.batchSize;
    if (classes !== data.classes) throw new InputError(`a network of ${classes} classes for images of ${data.classes}`);
    const average = options.emaDecay === undefined ? {} : { average: runner.weights.slice() };
    const run: Run = { plan, options, runner, batches: createBatches(data, plan, options, rng), ...average, step: 0, loss: 0 };
    if (checkpoint) {
      const digest = await trainingDigest(network, data, options, context);
      const saved = checkpoint.from && decodeCheckpoint(digest, checkpoint.from);
      if (saved) restore(run, saved);
      await runSteps(run, context, createSaver(checkpoint, digest));
    } else {
      await runSteps(run, context);
    }
    return { weights: run.average ?? runner.weights.slice(), loss: run.loss };
  } finally {
    await runner.release();
  }
}

/** @param save is offered the state after each step. */
async function runSteps(
  run: Run,
  { onEpoch, signal }: TrainingContext,
  save: (step: number, state: () => TrainingState) => void = () => {},
): Promise<void> {
  const { steps, stepsPerEpoch } = run.plan;
  let started = performance.now();
  while (run.step < steps) {
    signal?.throwIfAborted();
    const epoch = Math.floor(run.step / stepsPerEpoch);
    const begun = epoch * stepsPerEpoch;
    if (run.step === begun) run.loss = 0;
    const loss = await oneStep(run);
    if (!Number.isFinite(loss)) {
      throw new CandidateError("not-finite", `the loss became ${loss} in step ${run.step - begun + 1} of epoch ${epoch + 1}`);
    }
    run.loss += loss / Math.min(stepsPerEpoch, steps - begun);
    run.step++;
    if (run.step === steps || run.step === begun + stepsPerEpoch) {
      onEpoch?.({ epoch: epoch + 1, loss: run.loss, seconds: (performance.now() - started) / 1000 });
      started = performance.now();
    }
    if (run.step < steps) save(run.step, () => stateOf(run));
  }
}

/** @returns the mean loss of the batch, before the step. */
async function oneStep({ plan, options, runner, batches, average, step }: Run): Promise<number> {
  batches.fill(step, runner);
  const learningRate = cosineLearningRate(step, plan.steps, plan.warmupSteps, options.learningRate);
  const loss = await runner.step(stepRates(step + 1, learningRate, options.weightDecay));
  if (average && options.emaDecay !== undefined) addToAverage(average, runner.weights, step + 1, options.emaDecay);
  return loss;
}

/** The vectors that change from step to step. */
const vectorsOf = ({ runner, average }: Run): readonly Float32Array[] => (average ? [...runner.state, average] : runner.state);

function stateOf(run: Run): TrainingState {
  const { step, loss, batches } = run;
  return { step, loss, batches: batches.state(), vectors: vectorsOf(run) };
}

function restore(run: Run, { step, loss, batches, vectors }: TrainingState): void {
  run.step = step;
  run.loss = loss;
  run.batches.restore(step, batches);
  for (const [i, vector] of vectorsOf(run).entries()) vector.set(item(vectors, i));
}
