/** The interquartile mean and its bootstrap interval. */
import { quantile, type Rng } from "../../../base/index.ts";
import { at, numberAt } from "../../../base/matrix.ts";

/**
 * The mean of the middle half (Agarwal et al., NeurIPS 2021): a quarter of the values, a share of one where it must be, is left out at
 * each end. @throws RangeError without values.
 */
export function interquartileMean(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const count = sorted.length;
  if (count === 0) throw new RangeError("interquartileMean: no values");
  const [from, to] = [count / 4, (3 * count) / 4];
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const weight = Math.min(i + 1, to) - Math.max(i, from);
    if (weight > 0) sum += weight * at(sorted, i);
  }
  return sum / (to - from);
}

/** A value and an interval about it. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The interquartile mean over all runs of all tasks with its percentile bootstrap interval (Efron 1979), stratified by task as Agarwal
 * et al. do: within each task runs are drawn with replacement.
 * @param runs by task, the values of its runs.
 */
export function bootstrapInterquartileMean(runs: readonly (readonly number[])[], rng: Rng, draws = 2000, level = 0.95): Interval {
  const value = interquartileMean(runs.flat());
  const means = Float64Array.from({ length: draws }, () =>
    interquartileMean(runs.flatMap((task) => task.map(() => numberAt(task, rng.int(task.length))))),
  );
  return { value, low: quantile(means, (1 - level) / 2), high: quantile(means, (1 + level) / 2) };
}
