/** Statistics of samples: medians, correlations, and how well predictions fit. */
import { at, intAt, item } from "./matrix.ts";

/** The middle value, or the mean of the middle two; undefined without values. */
export function median(values: readonly number[]): number | undefined {
  const sorted = Float64Array.from(values).sort();
  return sorted.length === 0 ? undefined : (at(sorted, (sorted.length - 1) >> 1) + at(sorted, sorted.length >> 1)) / 2;
}

/** The arithmetic mean; NaN without values. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The unbiased estimate of the variance, with n − 1 below the line; undefined of fewer than two values. */
export function sampleVariance(values: readonly number[]): number | undefined {
  const middle = mean(values);
  return values.length < 2 ? undefined : values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}

/** Pearson's; 0 where one of both never changes. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((value, i) => {
    const [x, y] = [value - ma, item(b, i) - mb];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  });
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

/** The positions of a list in an order of their own. */
function sortedPositions(count: number, compare: (i: number, j: number) => number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i).sort(compare);
}

/** Ranks from 0; ties get their mean rank. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const v = Float64Array.from(values);
  const order = sortedPositions(v.length, (i, j) => at(v, i) - at(v, j));
  const result = new Float64Array(v.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && at(v, intAt(order, end)) === at(v, intAt(order, start))) end++;
    for (let i = start; i < end; i++) result[intAt(order, i)] = (start + end - 1) / 2;
    start = end;
  }
  return result;
}

/** Spearman's rank correlation, Pearson's of the ranks; 0 where one side never changes. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (x.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [at(x, i) - middle, at(y, i) - middle];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}

/** Kendall's tau-b in O(n log n) (Knight 1966); 0 where one side never changes. */
export function kendall(first: ArrayLike<number>, second: ArrayLike<number>): number {
  const [a, b] = [Float64Array.from(first), Float64Array.from(second)];
  const n = a.length;
  const order = sortedPositions(n, (i, j) => at(a, i) - at(a, j) || at(b, i) - at(b, j));
  const tiedPairs = (same: (i: number, j: number) => boolean, sorted: Int32Array) => {
    let [pairs, run] = [0, 1];
    for (let k = 1; k <= n; k++) {
      if (k < n && same(intAt(sorted, k - 1), intAt(sorted, k))) run++;
      else [pairs, run] = [pairs + (run * (run - 1)) / 2, 1];
    }
    return pairs;
  };
  const tiedA = tiedPairs((i, j) => a[i] === a[j], order);
  const tiedBoth = tiedPairs((i, j) => a[i] === a[j] && b[i] === b[j], order);
  const byB = order.slice().sort((i, j) => at(b, i) - at(b, j));
  const tiedB = tiedPairs((i, j) => b[i] === b[j], byB);
  const swaps = countInversions(Float64Array.from(order, (i) => at(b, i)));
  const all = (n * (n - 1)) / 2;
  const scale = Math.sqrt((all - tiedA) * (all - tiedB));
  return scale > 0 ? (all - tiedA - tiedB + tiedBoth - 2 * swaps) / scale : 0;
}

function countInversions(values: Float64Array): number {
  let from = values.slice();
  let to = new Float64Array(values.length);
  let swaps = 0;
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(start + 2 * width, values.length);
      let [i, j] = [start, middle];
      for (let k = start; k < end; k++) {
        if (i < middle && (j >= end || at(from, i) <= at(from, j))) to[k] = at(from, i++);
        else {
          swaps += middle - i;
          to[k] = at(from, j++);
        }
      }
    }
    [from, to] = [to, from];
  }
  return swaps;
}

/** Mean of |predicted − true| / true, in percent. */
export function meanAbsolutePercentageError(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  const errors = relativeErrors(predicted, truth);
  return (100 * errors.reduce((sum, error) => sum + error, 0)) / errors.length;
}

/** Share of predictions within a relative error. */
export function shareWithin(predicted: ArrayLike<number>, truth: ArrayLike<number>, relative: number): number {
  const [p, t] = [Float64Array.from(predicted), Float64Array.from(truth)];
  return t.filter((value, i) => Math.abs(at(p, i) - value) <= relative * value).length / t.length;
}

/** |predicted − true| / true. */
function relativeErrors(predicted: ArrayLike<number>, truth: ArrayLike<number>): Float64Array {
  const p = Float64Array.from(predicted);
  return Float64Array.from(truth, (value, i) => Math.abs(at(p, i) - value) / value);
}

/** A quantile by linear interpolation between order statistics (Hyndman and Fan's type 7). @throws RangeError without values. */
export function quantile(values: ArrayLike<number>, probability: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), probability);
}

/** The same of values in ascending order. It never falls where none of the values falls. @throws RangeError without values. */
export function quantileOfSorted(sorted: Float64Array, probability: number): number {
  if (sorted.length === 0) throw new RangeError("quantile: no values");
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const part = position - below;
  const [low, high] = [at(sorted, below), at(sorted, Math.min(sorted.length - 1, below + 1))];
  // Also where both are infinite.
  return low === high ? low : (1 - part) * low + part * high;
}
