/** One number for several objectives: weighted Chebyshev distance from the best values known. */
import type { Rng } from "../../base/index.ts";
import { numberAt } from "../../base/matrix.ts";
import type { Evaluation } from "../searcher.ts";

/** Weight of the sum beside the maximum, so that of two with the same worst objective the dominating one is better. */
const augmentation = 0.05;

/** Weights ≥ 0 that sum to one, uniform over all such. */
export function randomWeights(count: number, rng: Rng): number[] {
  const exponentials = Array.from({ length: count }, () => -Math.log(1 - rng.next()));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((value) => (sum > 0 ? value / sum : 1 / count));
}

/** The least and the largest finite value of every objective among the vectors seen. */
export class ObjectiveRanges {
  readonly least: number[];
  readonly largest: number[];

  constructor(objectives: number) {
    this.least = new Array<number>(objectives).fill(Number.POSITIVE_INFINITY);
    this.largest = new Array<number>(objectives).fill(Number.NEGATIVE_INFINITY);
  }

  add(vector: readonly number[]): void {
    vector.forEach((value, axis) => {
      if (!Number.isFinite(value)) return;
      if (value < numberAt(this.least, axis)) this.least[axis] = value;
      if (value > numberAt(this.largest, axis)) this.largest[axis] = value;
    });
  }

  /** 0 for the least and 1 for the largest value; what is beyond, an infinity too, at most one range away. */
  scaled(value: number, axis: number): number {
    const [least, largest] = [numberAt(this.least, axis), numberAt(this.largest, axis)];
    if (value > largest) return largest > least ? Math.min(2, (value - least) / (largest - least)) : 2;
    if (value < least) return largest > least ? Math.max(-1, (value - least) / (largest - least)) : -1;
    return largest > least ? (value - least) / (largest - least) : 0;
  }
}

/** Augmented Chebyshev value (Steuer and Choo, Math. Program. 26, 1983): the largest weighted objective and a little of their sum. */
export function chebyshev(vector: readonly number[], weights: readonly number[], ranges: ObjectiveRanges): number {
  let [worst, sum] = [Number.NEGATIVE_INFINITY, 0];
  for (let axis = 0; axis < vector.length; axis++) {
    const weighted = numberAt(weights, axis) * ranges.scaled(numberAt(vector, axis), axis);
    worst = Math.max(worst, weighted);
    sum += weighted;
  }
  return worst + augmentation * sum;
}

/** Whether `a` is better than `b`: feasible before infeasible by violation before failed, feasible ones by the Chebyshev value. */
export function isBetter(a: Evaluation, b: Evaluation, weights: readonly number[], ranges: ObjectiveRanges): boolean {
  if (a.status === "failed") return false;
  if (a.status === "infeasible") return b.status === "failed" || (b.status === "infeasible" && a.violation < b.violation);
  if (b.status !== "feasible") return true;
  // With one objective the value itself decides: ranges would make all infinities one.
  if (weights.length === 1) return numberAt(a.objectives, 0) < numberAt(b.objectives, 0);
  return chebyshev(a.objectives, weights, ranges) < chebyshev(b.objectives, weights, ranges);
}
