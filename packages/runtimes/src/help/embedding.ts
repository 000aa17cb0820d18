/** Hardware embeddings, and the scale of a device's latencies. Both come from its reference networks. */

/** Where a device's log-latencies (ms) lie: those of its reference networks reach from `low` to `low + range`. */
export interface DeviceScale {
  readonly low: number;
  readonly range: number;
}

/** A source device as it is kept. */
export interface SourceDescription extends DeviceScale {
  readonly name: string;
  /** Log-latencies of the reference networks, scaled to 0 … 1. */
  readonly embedding: readonly number[];
}

/** Below this, latencies of reference networks count as all alike. */
const leastRange = 0.01;

/** The scale of reference log-latencies; none where they are all alike. */
export function scaleOf(logs: readonly number[]): DeviceScale | undefined {
  const low = Math.min(...logs);
  const range = Math.max(...logs) - low;
  return range >= leastRange ? { low, range } : undefined;
}

export function embed(logs: readonly number[], { low, range }: DeviceScale): number[] {
  return logs.map((log) => (log - low) / range);
}

/** Normalised latencies further out are drawn in, so that one odd sample cannot carry the weights away. */
export function normalise(log: number, { low, range }: DeviceScale): number {
  return Math.min(Math.max((log - low) / range, -1.5), 2.5);
}

/** A source device's log-latencies, as the model knows them, of what was measured and of what is to be filled in. */
export interface SourcePattern {
  readonly name: string;
  readonly measured: readonly number[];
  readonly wanted: readonly number[];
}

/** A rising line through points. @param inertia how strongly the slope is drawn towards 1, in squared units of x. */
export function fitLine(
  x: readonly number[],
  y: readonly number[],
  inertia: number,
): { readonly slope: number; readonly at: (x: number) => number; readonly meanSquare: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x0, y0] = [mean(x), mean(y)];
  let [xx, xy] = [inertia, inertia];
  x.forEach((value, i) => {
    xx += (value - x0) ** 2;
    xy += (value - x0) * ((y[i] as number) - y0);
  });
  const slope = Math.min(Math.max(xy / xx, 0.2), 3);
  const onLine = (value: number) => y0 + slope * (value - x0);
  return { slope, at: onLine, meanSquare: mean(x.map((value, i) => ((y[i] as number) - onLine(value)) ** 2)) };
}

/** Fills in log-latencies by the source device whose pattern the measurements fit best, on a line of their own. */
export function fillByNearest(
  logs: readonly number[],
  patterns: readonly SourcePattern[],
): { readonly name: string; readonly values: readonly number[] } {
  const fits = patterns.map((pattern) => ({ ...pattern, line: fitLine(pattern.measured, logs, 0.1) }));
  const best = fits.reduce((a, b) => (b.line.meanSquare < a.line.meanSquare ? b : a));
  return { name: best.name, values: best.wanted.map(best.line.at) };
}
