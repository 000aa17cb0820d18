/** The exponential moving average of a network's weights over its training. */
import { floatAt } from "@archwright/core/base";

/**
 * Adds the weights after a step to their average: average ← d·average + (1 − d)·weights. So that the initial weights do not weigh on a
 * short training, d rises to `decay` as TensorFlow's ExponentialMovingAverage does with `num_updates`: d = min(decay, (1 + step) / (10 + step)).
 * Running statistics are averaged like everything else.
 * @param step counts from 1.
 */
export function addToAverage(average: Float32Array, weights: Float32Array, step: number, decay: number): void {
  const kept = Math.min(decay, (1 + step) / (10 + step));
  for (let i = 0; i < average.length; i++) average[i] = kept * floatAt(average, i) + (1 - kept) * floatAt(weights, i);
}
