/** Statistics of samples: medians, correlations, and how well predictions fit. */

/** The middle value, or the mean of the middle two; undefined without values. */
export function median(values: readonly number[]): number | undefined {
  const sorted = Float64Array.from(values).sort();
  return sorted.length === 0 ? undefined : ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2;
}

/** Pearson's; 0 where one of both never changes. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] as number) - ma, (b[i] as number) - mb];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

/** Ranks from 0; ties get their mean rank. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((i, j) => (values[i] as number) - (values[j] as number));
  const result = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end] as number] === values[order[start] as number]) end++;
    for (let i = start; i < end; i++) result[order[i] as number] = (start + end - 1) / 2;
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
    const [dx, dy] = [(x[i] as number) - middle, (y[i] as number) - middle];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}

/** Kendall's tau-b in O(n log n) (Knight 1966); 0 where one side never changes. */
export function kendall(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  const order = Array.from({ length: n }, (_, i) => i).sort(
    (i, j) => (a[i] as number) - (a[j] as number) || (b[i] as number) - (b[j] as number),
  );
  const tiedPairs = (same: (i: number, j: number) => boolean, sorted: readonly number[]) => {
    let [pairs, run] = [0, 1];
    for (let k = 1; k <= n; k++) {
      if (k < n && same(sorted[k - 1] as number, sorted[k] as number)) run++;
      else [pairs, run] = [pairs + (run * (run - 1)) / 2, 1];
    }
    return pairs;
  };
  const tiedA = tiedPairs((i, j) => a[i] === a[j], order);
  const tiedBoth = tiedPairs((i, j) => a[i] === a[j] && b[i] === b[j], order);
  const byB = [...order].sort((i, j) => (b[i] as number) - (b[j] as number));
  const tiedB = tiedPairs((i, j) => b[i] === b[j], byB);
  const swaps = countInversions(Float64Array.from(order, (i) => b[i] as number));
  const all = (n * (n - 1)) / 2;
  const scale = Math.sqrt((all - tiedA) * (all - tiedB));
  return scale > 0 ? (all - tiedA - tiedB + tiedBoth - 2 * swaps) / scale : 0;
}

function countInversions(values: Float64Array): number {
  let from = values;
  let to = new Float64Array(values.length);
  let swaps = 0;
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(start + 2 * width, values.length);
      let [i, j] = [start, middle];
      for (let k = start; k < end; k++) {
        if (i < middle && (j >= end || (from[i] as number) <= (from[j] as number))) to[k] = from[i++] as number;
        else {
          swaps += middle - i;
          to[k] = from[j++] as number;
        }
      }
    }
    [from, to] = [to, from as Float64Array<ArrayBuffer>];
  }
  return swaps;
}

/** Mean of |predicted − true| / true, in percent. */
export function meanAbsolutePercentageError(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < truth.length; i++) sum += Math.abs((predicted[i] as number) - (truth[i] as number)) / (truth[i] as number);
  return (100 * sum) / truth.length;
}

/** Share of predictions within a relative error. */
export function shareWithin(predicted: ArrayLike<number>, truth: ArrayLike<number>, relative: number): number {
  let within = 0;
  for (let i = 0; i < truth.length; i++)
    if (Math.abs((predicted[i] as number) - (truth[i] as number)) <= relative * (truth[i] as number)) within++;
  return within / truth.length;
}
