/** The evaluator that trains candidates. */
import { createRng } from "@archwright/core/base";
import type { Evaluator, Fidelity, TrainingSpec, TrainSpec } from "@archwright/core/experiment";
import type { Network } from "@archwright/core/ir";
import { type LossName, type ScoreName, taskKindOf } from "@archwright/core/tasks";
import { assertSameData, imagesFor, loadDataset } from "../datasets/index.ts";
import type { TrainingOptions } from "../training/trainer.ts";
import { openCheckpointFile, removeOldCheckpoints } from "./checkpointFile.ts";
import type { EvaluatorProblem } from "./types.ts";

/** Of training between two checkpoints: what an interruption may cost. Shorter trainings write nothing. */
const checkpointSeconds = 10;

/** Of the learning rate, where training goes on from weights that another network learned. */
const inheritedRate = 0.6;

/**
 * Says how good an architecture is by training it, by the loss and score of its task. The dataset is loaded before the first candidate, so that
 * damage to it is nobody's failure and its reading counts against no time limit. A training that was interrupted continues from its last
 * checkpoint, and ends in the same bits.
 * @throws InputError where the dataset cannot be read, or has changed since the experiment was read.
 */
export async function createTrainingEvaluator({ space, task, spec, workFolder }: EvaluatorProblem<TrainSpec>): Promise<Evaluator> {
  const data = await loadDataset(spec.dataset);
  const training = await import("../training/index.ts");
  const { loss, score } = taskKindOf(task);
  const train = { "cross-entropy": training.train }[loss satisfies LossName];
  const scorer = { accuracy: training.evaluateAccuracy }[score.name satisfies ScoreName];
  assertSameData(data.contentHash, spec);
  const network = (architecture: string): Network => space.network(space.parse(architecture), task);
  if (workFolder !== undefined) removeOldCheckpoints(workFolder);
  return {
    evaluate: async (architecture, fidelity, seed, { weights: initial } = {}) => {
      const candidate = network(architecture);
      const images = imagesFor(candidate, data.train);
      const fresh = trainingOptions(spec.training, fidelity);
      const options = initial ? { ...fresh, learningRate: inheritedRate * fresh.learningRate } : fresh;
      const context = { rng: createRng(seed), ...(initial ? { initial } : {}) };
      const digest = () => training.trainingDigest(candidate, images, options, context);
      const checkpoint = workFolder === undefined ? undefined : openCheckpointFile(workFolder, await digest(), checkpointSeconds);
      try {
        const { weights } = await train(candidate, images, options, { ...context, ...(checkpoint ? { checkpoint } : {}) });
        return { score: await scorer(candidate, weights, imagesFor(candidate, data.validation)), weights };
      } finally {
        checkpoint?.remove();
      }
    },
    test: async (architecture, weights) => {
      const tested = network(architecture);
      return scorer(tested, weights, imagesFor(tested, data.test));
    },
  };
}

/** How an experiment trains, as the training loop takes it. */
export function trainingOptions(training: TrainingSpec, fidelity: Fidelity): TrainingOptions {
  const { optimiser, momentum, clip_norm, augmentation } = training;
  return {
    ...fidelity,
    batchSize: training.batch_size,
    optimiser,
    learningRate: training.learning_rate,
    momentum,
    weightDecay: training.weight_decay,
    ...(clip_norm === undefined ? {} : { clipNorm: clip_norm }),
    labelSmoothing: training.label_smoothing,
    warmupEpochs: training.warmup_epochs,
    warmup: training.warmup,
    emaDecay: training.ema_decay,
    augmentation,
  };
}
