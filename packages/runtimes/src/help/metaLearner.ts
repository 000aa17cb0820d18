/** The inner steps of HELP: initial weights for a device, and their adaptation. */
import { item } from "@archwright/core/base";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { encoderShapes, type HelpSizes, regressorShapes } from "./network.ts";
import type { TensorFlow } from "./tensorFlow.ts";

/** Weights by name, as tensors. */
export type Weights = Readonly<Record<string, Tensor2D>>;

/** One device: its embedding, the samples to adapt with, and, while learning, those that judge the adapted weights. */
export interface Samples {
  /** Samples × length of the encoding. */
  readonly encodings: Tensor2D;
  /** Samples × 1: normalised latencies. */
  readonly targets: Tensor2D;
}

export const innerSteps = 2;
/** How far the modulation moves weights: relative for matrices, absolute for biases. */
export const modulationScale = 0.01;
/** Weight of the divergence in the loss. */
const divergenceScale = 0.1;

/** A device in one episode. */
export interface Episode {
  /** Samples to adapt with, and samples that judge the adapted weights. */
  readonly support: Samples;
  readonly query: Samples;
  readonly embedding: Tensor2D;
  /** Of the encoder; without it its mean is taken. */
  readonly noise: Tensor2D | undefined;
}

/** The regressor, the modulation of its initial weights, and its adaptation to a device; all differentiable twice. */
export class MetaLearner {
  readonly #tf: TensorFlow;
  readonly #sizes: HelpSizes;
  /** Names of the regressor's weights. */
  readonly names: readonly string[];

  constructor(tf: TensorFlow, sizes: HelpSizes) {
    this.#tf = tf;
    this.#sizes = sizes;
    this.names = regressorShapes(sizes).map(([name]) => name);
  }

  /** Normalised latencies, samples × 1. @param embedding 1 × references. */
  predict(weights: Weights, encodings: Tensor2D, embedding: Tensor2D): Tensor2D {
    const tf = this.#tf;
    const w = (name: string) => weights[name] as Tensor2D;
    const layer = (x: Tensor2D, matrix: string, bias: string): Tensor2D => tf.relu(tf.add(tf.matMul(x, w(matrix)), w(bias)));
    const architecture = layer(layer(encodings, "w1", "b1"), "w2", "b2");
    const device = layer(layer(embedding, "h1", "c1"), "h2", "c2");
    // The same as concatenating both and multiplying by one matrix, without repeating the device for each sample.
    const shared = tf.add(tf.matMul(device, w("h3")), w("b3"));
    const joint: Tensor2D = tf.relu(tf.add(tf.matMul(architecture, w("w3")), shared));
    return tf.add(tf.matMul(layer(joint, "w4", "b4"), w("w5")), w("b5"));
  }

  /** Mean squared error. */
  loss(weights: Weights, { encodings, targets }: Samples, embedding: Tensor2D): Tensor2D {
    const tf = this.#tf;
    const errors = tf.square(tf.sub(this.predict(weights, encodings, embedding), targets));
    return tf.mul(tf.sum(errors), 1 / item(targets.shape, 0));
  }

  /**
   * Initial weights for a device: the encoder gives a normal distribution of factors and shifts from its embedding.
   * @param noise 1 × half of the encoder's outputs, standard normal; zeros take the distribution's mean.
   */
  modulate(all: Weights, embedding: Tensor2D, noise: Tensor2D | undefined): { readonly weights: Weights; readonly divergence: Tensor2D } {
    const tf = this.#tf;
    const w = (name: string) => all[name] as Tensor2D;
    const stats = tf.add(tf.matMul(tf.relu(tf.add(tf.matMul(embedding, w("e1")), w("f1"))), w("e2")), w("f2")) as Tensor2D;
    const half = item(stats.shape, 1) / 2;
    const mean: Tensor2D = tf.slice(stats, [0, 0], [1, half]);
    const spread = tf.softplus(tf.slice(stats, [0, half], [1, half]));
    const z: Tensor2D = noise ? tf.add(mean, tf.mul(spread, noise)) : mean;
    const { hidden } = this.#sizes;
    const scale = modulationScale;
    const weights: Record<string, Tensor2D> = Object.fromEntries(this.names.map((name) => [name, w(name)]));
    const factors = (from: number, count: number) => tf.add(tf.mul(tf.reshape(tf.slice(z, [0, from], [1, count]), [count, 1]), scale), 1);
    const shift = (index: number) => tf.mul(tf.slice(z, [0, 6 * hidden + index], [1, 1]), scale);
    weights.w3 = tf.mul(w("w3"), factors(0, hidden));
    weights.h3 = tf.mul(w("h3"), factors(hidden, hidden));
    weights.w4 = tf.mul(w("w4"), factors(2 * hidden, 2 * hidden));
    weights.w5 = tf.mul(w("w5"), factors(4 * hidden, 2 * hidden));
    for (const [index, name] of ["b3", "b4", "b5"].entries()) weights[name] = tf.add(w(name), shift(index));
    // Kullback–Leibler divergence from the standard normal distribution.
    const divergence: Tensor2D = tf.mul(
      tf.sum(tf.sub(tf.sub(tf.add(tf.square(spread), tf.square(mean)), tf.mul(tf.log(spread), 2)), 1)),
      0.5,
    );
    return { weights, divergence };
  }

  /** Gradient steps on the samples, each weight with its own learned rate. The result can be differentiated by `all`. */
  adapt(all: Weights, initial: Weights, samples: Samples, embedding: Tensor2D): Weights {
    const tf = this.#tf;
    let weights = initial;
    const gradients = tf.grads((...values) =>
      this.loss(Object.fromEntries(this.names.map((name, i) => [name, values[i] as Tensor2D])), samples, embedding),
    );
    for (let step = 0; step < innerSteps; step++) {
      const slopes = gradients(this.names.map((name) => weights[name] as Tensor2D));
      weights = Object.fromEntries(
        this.names.map((name, i) => [
          name,
          tf.sub(weights[name] as Tensor2D, tf.mul(all[`rate ${name}`] as Tensor2D, slopes[i] as Tensor2D)),
        ]),
      );
    }
    return weights;
  }

  /** What meta-learning lowers for one device: the loss of the adapted weights on other samples, and the divergence. */
  episodeLoss(all: Weights, { support, query, embedding, noise }: Episode): Tensor2D {
    const tf = this.#tf;
    const { weights, divergence } = this.modulate(all, embedding, noise);
    const loss = this.loss(this.adapt(all, weights, support, embedding), query, embedding);
    return noise ? tf.add(loss, tf.mul(divergence, divergenceScale)) : loss;
  }

  /** Half of the encoder's outputs: how much noise `modulate` takes. */
  get noiseSize(): number {
    return (encoderShapes(this.#sizes).find(([name]) => name === "f2") as readonly [string, number, number])[2] / 2;
  }
}
