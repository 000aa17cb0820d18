/** What random search finds in a table on average, without searching. */

/** A row of a table: what a search goes by, and what its choice is judged by; larger is better in both. */
export interface Row {
  readonly shown: number;
  readonly merit: number;
}

/**
 * Mean and standard deviation of the merit of the row that shows most among `count` different random ones; of rows that show the same
 * each is as likely. By order statistics of drawing without replacement: the best is among the `k` worst rows with the probability
 * C(k, count) / C(rows, count).
 */
export function meritOfRandomSearch(rows: readonly Row[], count: number): { readonly mean: number; readonly sd: number } {
  const sorted = [...rows].sort((a, b) => b.shown - a.shown);
  let mean = 0;
  let squares = 0;
  /** Probability that the best is among the rows from here on. */
  let within = 1;
  for (let from = 0; from < sorted.length && within > 0; ) {
    const shown = (sorted[from] as Row).shown;
    let end = from;
    let beyond = within;
    while (end < sorted.length && (sorted[end] as Row).shown === shown) {
      const left = sorted.length - end;
      beyond *= Math.max(0, left - count) / left;
      end++;
    }
    const tied = sorted.slice(from, end);
    mean += (within - beyond) * average(tied.map(({ merit }) => merit));
    squares += (within - beyond) * average(tied.map(({ merit }) => merit * merit));
    from = end;
    within = beyond;
  }
  return { mean, sd: Math.sqrt(Math.max(0, squares - mean * mean)) };
}

const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
