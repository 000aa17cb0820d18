/** How many steps a training takes, and the learning rate of each. */
import { InputError } from "@archwright/core/base";
import type { Fidelity } from "@archwright/core/experiment";

/** The steps of a training run. */
export interface TrainingPlan {
  readonly batchSize: number;
  /** Images that do not fill a last batch are left out of an epoch. */
  readonly stepsPerEpoch: number;
  readonly steps: number;
  /** Steps in which the learning rate rises; may be a fraction. */
  readonly warmupSteps: number;
}

/** What a plan is made of, beside how long training takes. */
export interface PlanOptions {
  readonly batchSize: number;
  /** Passes over the images in which the learning rate rises; none where absent. */
  readonly warmupEpochs?: number | undefined;
  /** Share of the steps in which it rises, in place of them. */
  readonly warmup?: number | undefined;
}

/**
 * @param images how many there are; a larger batch is cut to them.
 * @throws InputError where the fidelity is no number of steps or epochs.
 */
export function planTraining(options: PlanOptions & Fidelity, images: number): TrainingPlan {
  const { warmupEpochs = 0, warmup } = options;
  const batchSize = Math.min(options.batchSize, images);
  const stepsPerEpoch = Math.floor(images / batchSize);
  const steps = stepsOf(options, stepsPerEpoch);
  return { batchSize, stepsPerEpoch, steps, warmupSteps: warmup === undefined ? warmupEpochs * stepsPerEpoch : warmup * steps };
}

function stepsOf(fidelity: Fidelity, stepsPerEpoch: number): number {
  if ("steps" in fidelity) {
    const { steps } = fidelity;
    if (Number.isInteger(steps) && steps >= 1) return steps;
    throw new InputError(`a training of ${steps} steps`, { expected: "a whole number from 1" });
  }
  const { epochs } = fidelity;
  if (!Number.isFinite(epochs) || epochs <= 0) throw new InputError(`a training of ${epochs} epochs`, { expected: "a number above 0" });
  return Math.max(1, Math.round(epochs * stepsPerEpoch));
}

/**
 * Learning rate of a step: linear warm-up from 0, then half a cosine down to 0 (Loshchilov and Hutter 2017).
 * @param step counts from 0 to `steps` − 1.
 */
export function cosineLearningRate(step: number, steps: number, warmupSteps: number, peak: number): number {
  if (step < warmupSteps) return (peak * (step + 1)) / (warmupSteps + 1);
  const progress = (step - warmupSteps) / Math.max(1, steps - warmupSteps);
  return (peak * (1 + Math.cos(Math.PI * Math.min(1, progress)))) / 2;
}
