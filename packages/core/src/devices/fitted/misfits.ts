/** Measurements that do not fit the others: a slip in a unit, a digit, or two rows exchanged. */
import { fewestMeasurements, type LatencyMeasurement, type LatencyPrediction, type LatencyPredictor } from "../../latency/index.ts";

/** At most so many are left out together; the others must be at least two more than the fewest. */
const suspected = 2;
/** A misfit lies outside of an interval this many times as wide as the 95 % interval, and is off by at least this factor. */
const [wide, leastFactor] = [1.5, 1.5];

/**
 * The warnings about measurements that the others contradict. The most suspicious by `leftOut` are left out together, since one
 * that is wrong, or two that were exchanged, would spoil the predictions by which they are judged.
 * @param leftOut each measurement predicted from all the others, in their order.
 */
export function misfitWarnings(
  predictor: LatencyPredictor,
  measurements: readonly LatencyMeasurement[],
  leftOut: readonly LatencyPrediction[],
): readonly string[] {
  const count = Math.min(suspected, measurements.length - fewestMeasurements - 2);
  if (count < 1) return [];
  const gap = (i: number, prediction: LatencyPrediction) =>
    Math.log((measurements[i] as LatencyMeasurement).latencyMs / prediction.latencyMs);
  const order = leftOut.map((prediction, i) => ({ i, size: Math.abs(gap(i, prediction)) })).sort((a, b) => b.size - a.size);
  const suspects = order.slice(0, count).map(({ i }) => i);
  const others = predictor.adapt(measurements.filter((_, i) => !suspects.includes(i)));
  return suspects.flatMap((i) => {
    const { architecture, latencyMs } = measurements[i] as LatencyMeasurement;
    const [prediction] = others.predict([architecture]) as [LatencyPrediction];
    const off = Math.abs(gap(i, prediction));
    if (off < Math.log(leastFactor) || off < wide * Math.log(prediction.high95Ms / prediction.latencyMs)) return [];
    const shown = (ms: number) => `${Number(ms.toPrecision(3))} ms`;
    return [
      `The measurement of '${architecture}', ${shown(latencyMs)}, does not fit the others, which suggest ${shown(prediction.latencyMs)}: check its row, unit and digits.`,
    ];
  });
}
