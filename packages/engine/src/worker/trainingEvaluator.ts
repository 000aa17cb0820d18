import { type AnySearchSpace, createRng, type Evaluator, type EvaluatorSpec, type Network, type Task } from "@archwright/core";
import { type Dataset, evaluateAccuracy, loadDataset, train } from "@archwright/runtimes";

/** What an evaluator needs of an experiment. */
export interface TrainingProblem {
  readonly space: AnySearchSpace;
  readonly task: Task;
  readonly spec: Extract<EvaluatorSpec, { kind: "train" }>;
}

/** Says how accurate an architecture is by training it. The dataset is loaded once, with the first candidate. */
export function createTrainingEvaluator({ space, task, spec }: TrainingProblem): Evaluator {
  let loading: Promise<Dataset> | undefined;
  const dataset = () => {
    loading ??= loadDataset(spec.dataset);
    return loading;
  };
  const network = (architecture: string): Network => space.network(space.parse(architecture), task);
  const { batch_size, optimiser, learning_rate, momentum, weight_decay, label_smoothing, warmup_epochs, augmentation } = spec.training;
  return {
    evaluate: async (architecture, { epochs }, seed) => {
      const data = await dataset();
      const candidate = network(architecture);
      const { weights } = await train(
        candidate,
        data.train,
        {
          epochs,
          batchSize: batch_size,
          optimiser,
          learningRate: learning_rate,
          momentum,
          weightDecay: weight_decay,
          labelSmoothing: label_smoothing,
          warmupEpochs: warmup_epochs,
          augmentation,
        },
        createRng(seed),
      );
      return { accuracy: await evaluateAccuracy(candidate, weights, data.validation), weights };
    },
    test: async (architecture, weights) => evaluateAccuracy(network(architecture), weights, (await dataset()).test),
  };
}
