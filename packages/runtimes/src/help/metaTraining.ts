/** The outer loop of HELP: episodes over source devices. */
import { floatAt, item, type Rng } from "@archwright/core/base";
import type { AdamOptimizer, Tensor, Tensor2D, Variable } from "@tensorflow/tfjs-core";
import { MetaLearner, type Samples, type Weights } from "./metaLearner.ts";
import { allShapes, type HelpSizes, initialValues } from "./network.ts";
import type { TrainingProgress } from "./options.ts";
import type { TensorFlow } from "./tensorFlow.ts";

/** A source device, as meta-learning sees it. */
export interface SourceTask {
  /** Hardware embedding. */
  readonly embedding: readonly number[];
  /** Rows of architectures whose latency is known, and their normalised latencies, in the same order. */
  readonly rows: readonly number[];
  readonly targets: Float32Array;
}

export interface TrainingPlan {
  /** Episodes without inner steps, in which every device takes part. */
  readonly warmUpEpisodes: number;
  readonly episodes: number;
  /** Devices in an episode. */
  readonly tasks: number;
  /** Samples to adapt with, and samples that judge the adapted weights. */
  readonly support: number;
  readonly query: number;
  /** Adam's step at the start; it falls to a fiftieth along half a cosine. */
  readonly rate: number;
}

/** Standard deviation of the noise on hardware embeddings while learning. */
const jitter = 0.05;

export interface MetaTraining {
  readonly sizes: HelpSizes;
  readonly devices: readonly SourceTask[];
  /** The encoding of the architecture in a row. */
  readonly encodingOf: (row: number) => ArrayLike<number>;
  readonly plan: TrainingPlan;
  readonly rng: Rng;
  readonly onProgress?: TrainingProgress | undefined;
}

/** Meta-learns all weights; gives them in the order of `allShapes`. */
export async function metaTrain(
  tf: TensorFlow,
  { sizes, devices, encodingOf, plan, rng, onProgress = () => {} }: MetaTraining,
): Promise<readonly Float32Array[]> {
  const learner = new MetaLearner(tf, sizes);
  const shapes = allShapes(sizes);
  const initial = initialValues(sizes, rng.fork("initial weights"));
  const variables = shapes.map(([, rows, columns], i) => tf.variable(tf.tensor2d(initial[i] as Float32Array, [rows, columns])));
  const all: Weights = Object.fromEntries(shapes.map(([name], i) => [name, variables[i] as Variable as unknown as Tensor2D]));
  const draws = rng.fork("episodes");
  const batch = ({ rows, targets }: SourceTask, chosen: readonly number[]): Samples => {
    const values = new Float32Array(chosen.length * sizes.inputs);
    chosen.forEach((index, i) => {
      values.set(encodingOf(item(rows, index)), i * sizes.inputs);
    });
    return {
      encodings: tf.tensor2d(values, [chosen.length, sizes.inputs]),
      targets: tf.tensor2d(
        Float32Array.from(chosen, (index) => floatAt(targets, index)),
        [chosen.length, 1],
      ),
    };
  };
  const embeddingOf = (device: SourceTask): Tensor2D =>
    tf.tensor2d(
      device.embedding.map((value) => value + jitter * draws.normal()),
      [1, sizes.references],
    );
  const plainLoss = (device: SourceTask): Tensor2D => {
    const embedding = embeddingOf(device);
    const samples = batch(device, drawSome(draws, device.rows.length, plan.query));
    return learner.loss(learner.modulate(all, embedding, undefined).weights, samples, embedding);
  };
  const episodeLoss = (device: SourceTask): Tensor2D => {
    const embedding = embeddingOf(device);
    const support = Math.min(plan.support, device.rows.length >> 1);
    const chosen = drawSome(draws, device.rows.length, support + plan.query);
    const noise = tf.tensor2d(
      Float32Array.from({ length: learner.noiseSize }, () => draws.normal()),
      [1, learner.noiseSize],
    );
    const [few, others] = [batch(device, chosen.slice(0, support)), batch(device, chosen.slice(support))];
    return learner.episodeLoss(all, { support: few, query: others, embedding, noise });
  };

  const optimiser = tf.train.adam(plan.rate);
  const episodes = plan.warmUpEpisodes + plan.episodes;
  onProgress(0);
  try {
    for (let episode = 0; episode < episodes; episode++) {
      const warm = episode < plan.warmUpEpisodes;
      const devicesNow = warm ? devices : draws.shuffle(devices).slice(0, plan.tasks);
      let sums: Tensor[] = [];
      for (const device of devicesNow) {
        const before = sums;
        sums = tf.tidy(() => {
          const { grads } = tf.variableGrads(
            () => tf.sum(tf.mul(warm ? plainLoss(device) : episodeLoss(device), 1 / devicesNow.length)),
            variables,
          );
          // The rates take no part while there are no inner steps.
          return variables.map((variable, i) => {
            const gradient = grads[variable.name] ?? tf.zerosLike(variable);
            const sum = before[i];
            return sum ? tf.add(sum, gradient) : gradient;
          });
        });
        tf.dispose(before);
      }
      setRate(optimiser, plan.rate * (0.02 + 0.49 * (1 + Math.cos((Math.PI * episode) / episodes))));
      optimiser.applyGradients(variables.map(({ name }, i) => ({ name, tensor: item(sums, i) })));
      tf.dispose(sums);
      if (episode % 10 === 9) {
        onProgress((episode + 1) / episodes);
        // Lets signals and timers of the program through.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    return variables.map((variable) => Float32Array.from(variable.dataSync()));
  } finally {
    optimiser.dispose();
    for (const variable of variables) variable.dispose();
  }
}

/** The optimiser has a rate that its types hide. */
function setRate(optimiser: AdamOptimizer, rate: number): void {
  (optimiser as unknown as { learningRate: number }).learningRate = rate;
}

/** Different numbers below `total`, at most `count`, in random order. */
function drawSome(rng: Rng, total: number, count: number): number[] {
  if (2 * count >= total) {
    return rng.shuffle(Array.from({ length: total }, (_, i) => i)).slice(0, count);
  }
  const drawn = new Set<number>();
  while (drawn.size < count) drawn.add(rng.int(total));
  return [...drawn];
}
