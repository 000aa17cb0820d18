/** Parzen densities of architectures, and which of two sets a candidate is likelier in. */
import { at, numberAt } from "../../base/matrix.ts";

/** Points with their weights, in sum one. */
export interface Weighted {
  readonly points: readonly Float64Array[];
  readonly weights: readonly number[];
}

/** A distance, summed over the columns, so far that a point beyond says nothing: there both densities are the prior. */
const priorDistance = 6;

/**
 * The ratio of the densities of two sets of points, each a mixture of one kernel a point, Π over the columns of exp(−decay · |x − y| / 2),
 * and of a constant that counts as one point more at a distance of six.
 */
export function densityRatio(good: Weighted, others: Weighted, decay: number): (x: Float64Array) => number {
  const constant = Math.exp((-decay * priorDistance) / 2);
  const density = ({ points, weights }: Weighted) => {
    const prior = constant / Math.max(1, points.length);
    return (x: Float64Array) => points.reduce((sum, y, index) => sum + numberAt(weights, index) * kernel(x, y, decay), prior);
  };
  const [amongGood, amongOthers] = [density(good), density(others)];
  return (x) => amongGood(x) / amongOthers(x);
}

function kernel(x: Float64Array, y: Float64Array, decay: number): number {
  let distance = 0;
  for (let column = 0; column < x.length; column++) distance += Math.abs(at(x, column) - at(y, column));
  return Math.exp((-decay * distance) / 2);
}
