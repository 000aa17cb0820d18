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

/**
 * Fills in log-latencies by the source device that the measurements resemble most: theirs are a line of its own, whose
 * slope is drawn towards 1 where they say little.
 */
export function fillByNearest(
  logs: readonly number[],
  patterns: readonly SourcePattern[],
): { readonly name: string; readonly values: readonly number[] } {
  let best: { name: string; values: readonly number[]; error: number } | undefined;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  for (const { name, measured, wanted } of patterns) {
    const [x0, y0] = [mean(measured), mean(logs)];
    let [xx, xy] = [0.1, 0.1];
    measured.forEach((x, i) => {
      xx += (x - x0) ** 2;
      xy += (x - x0) * ((logs[i] as number) - y0);
    });
    const slope = Math.min(Math.max(xy / xx, 0.2), 3);
    const error = mean(measured.map((x, i) => ((logs[i] as number) - y0 - slope * (x - x0)) ** 2));
    if (!best || error < best.error) best = { name, error, values: wanted.map((x) => y0 + slope * (x - x0)) };
  }
  if (!best) throw new Error("there is no source device to fill in from");
  return best;
}
