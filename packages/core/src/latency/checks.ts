/** What the models refuse of sources and measurements. */
import { InputError, median } from "../base/index.ts";
import { item } from "../base/matrix.ts";
import type { LatencyMeasurement, LatencySources, SourceDevice } from "./predictor.ts";
import { latencySettings } from "./settings.ts";

export const fewestMeasurements = latencySettings.measurements.fewest;

/**
 * The sources' logarithms (ms), NaN where unknown. A cell below a hundredth of its column's median counts as unknown: runtimes
 * show such latencies for networks whose output they could compute beforehand.
 * @throws InputError for architectures or devices that stand there twice, columns of another length, and cells that are
 * infinite, zero or negative.
 */
export function checkedLogs({ architectures, devices }: LatencySources): readonly Float64Array[] {
  if (new Set(architectures).size !== architectures.length) {
    const seen = new Set<string>();
    const doubled = architectures.find((architecture) => seen.size === seen.add(architecture).size);
    throw new InputError(`'${doubled}' stands in the sources twice`, { expected: "every architecture once" });
  }
  if (architectures.length < 2)
    throw new InputError(`there are ${architectures.length} architectures to learn from`, { expected: "at least two" });
  const names = devices.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new InputError(`the source device '${twice}' is given twice`, { expected: "every device once" });
  return devices.map((device) => checkedColumn(device, architectures));
}

function checkedColumn({ name, latenciesMs }: SourceDevice, architectures: readonly string[]): Float64Array {
  if (latenciesMs.length !== architectures.length) {
    throw new InputError(`the source device '${name}' has ${latenciesMs.length} latencies`, {
      expected: `${architectures.length}, one for each architecture; NaN where unknown`,
    });
  }
  const known: number[] = [];
  for (let row = 0; row < latenciesMs.length; row++) {
    const value = latenciesMs[row];
    if (typeof value !== "number" || value === Number.POSITIVE_INFINITY || value <= 0) {
      throw new InputError(`the latency of '${architectures[row]}' on '${name}' is ${value}`, {
        expected: "a positive number of milliseconds, or nothing where it is unknown",
      });
    }
    if (!Number.isNaN(value)) known.push(value);
  }
  const least = (median(known) ?? 0) / latencySettings.measurements.unknownBelowMedianBy;
  return Float64Array.from(latenciesMs, (value) => (value >= least ? Math.log(value) : Number.NaN));
}

/** @throws InputError for latencies that are not finite and positive. */
export function checkLatencies(measurements: readonly LatencyMeasurement[]): void {
  for (const { architecture, latencyMs } of measurements) {
    if (!Number.isFinite(latencyMs) || latencyMs <= 0) {
      throw new InputError(`the measured latency of '${architecture}' is ${latencyMs}`, { expected: "a positive number of milliseconds" });
    }
  }
}

/** @throws InputError for too few, and for latencies that are not finite and positive. */
export function checkMeasurements(measurements: readonly LatencyMeasurement[]): void {
  checkLatencies(measurements);
  const different = new Set(measurements.map(({ architecture }) => architecture)).size;
  if (different < fewestMeasurements) {
    throw new InputError(`${different} ${different === 1 ? "architecture was" : "architectures were"} measured`, {
      expected: `at least ${fewestMeasurements} different ones; ten are usual`,
    });
  }
}

/**
 * Refuses a measurement that is a hundred times away from what its network's operations and the other measurements suggest.
 * @param operations of each measured network.
 */
export function checkUnits(measurements: readonly LatencyMeasurement[], operations: readonly number[]): void {
  // Latency grows with operations, but rarely in proportion: the square root lies between both.
  const offsets = measurements.map(({ latencyMs }, i) => Math.log(latencyMs) - 0.5 * Math.log(Math.max(1, item(operations, i))));
  const usual = median(offsets) as number;
  const odd = offsets.findIndex((offset) => Math.abs(offset - usual) > Math.log(latencySettings.measurements.refusedBeyondFactor));
  if (odd === -1) return;
  const { architecture, latencyMs } = item(measurements, odd);
  const factor = Math.exp(item(offsets, odd) - usual);
  throw new InputError(
    `the measured latency of '${architecture}', ${latencyMs} ms, is ${factor > 1 ? `${Math.round(factor)} times` : `1/${Math.round(1 / factor)} of`} what the others suggest`,
    {
      expected: "all latencies in milliseconds",
    },
  );
}
