/** Latency of any network on a device that was measured a few times, whatever was measured. */
import { createRng, quantileOfSorted, type Rng } from "../../base/index.ts";
import { at } from "../../base/matrix.ts";
import { normalQuantile } from "../interval.ts";
import type { LatencyPrediction } from "../predictor.ts";
import { latencySettings } from "../settings.ts";
import type { NetworkTerms } from "./networkTerms.ts";
import {
  coordinates,
  inertCoordinates,
  type MeasuredScale,
  type PackedNetworks,
  packNetworks,
  rooflineDevice,
  rooflineLatencies,
} from "./rooflineDevice.ts";
import { type Regression, samplePosterior } from "./sampler.ts";
import { distanceFrom, type MeasuredRange, rangeOf } from "./totals.ts";

export interface MeasuredNetwork {
  readonly terms: NetworkTerms;
  readonly latencyMs: number;
}

/** Devices that explain the measurements, each as likely as the others: plain JSON. */
export interface Extrapolation {
  readonly scale: MeasuredScale;
  readonly range: MeasuredRange;
  /** Points in the space of `coordinates`, in that order. */
  readonly points: readonly (readonly number[])[];
}

const { degrees, sampling, growth, leastDeviation, sharpness, widest } = latencySettings.extrapolation;

/**
 * Draws devices from the posterior: a broad prior over roofline devices, and measurements with log-residuals of Student's t.
 * Deterministic for a generator.
 */
export function fitExtrapolation(measured: readonly MeasuredNetwork[], rng: Rng = createRng("extrapolation")): Extrapolation {
  const scale: MeasuredScale = {
    latencyMs: geometricMean(measured.map(({ latencyMs }) => latencyMs)),
    operations: geometricMean(measured.map(({ terms }) => Math.max(1, operationsOf(terms)))),
  };
  const packed = packNetworks(measured.map(({ terms }) => terms));
  const inert = inertCoordinates(packed);
  const active = coordinates.flatMap((name, i) => (inert.has(name) ? [] : [i]));
  const points = samplePosterior(regressionOf(measured, packed, { scale, active }), rng, sampling).map((z) => {
    // What was not measured at all is as likely as before.
    const point = coordinates.map(() => rng.normal());
    active.forEach((position, i) => {
      point[position] = Number(at(z, i).toPrecision(8));
    });
    return point;
  });
  return { scale, range: rangeOf(measured.map(({ terms }) => terms)), points };
}

const geometricMean = (values: readonly number[]) => Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

function operationsOf({ kernels }: NetworkTerms): number {
  return kernels.reduce((sum, { count, arithmetic }) => sum + count * arithmetic.reduce((own, { operations }) => own + operations, 0), 0);
}

/** @param active the coordinates that the latencies depend on. */
function regressionOf(
  measured: readonly MeasuredNetwork[],
  packed: PackedNetworks,
  { scale, active }: { readonly scale: MeasuredScale; readonly active: readonly number[] },
): Regression {
  const deviceOf = (z: Float64Array) => {
    const whole = new Float64Array(coordinates.length);
    active.forEach((position, i) => {
      whole[position] = at(z, i);
    });
    return rooflineDevice(whole, scale);
  };
  return {
    dimensions: active.length,
    observed: Float64Array.from(measured, ({ latencyMs }) => Math.log(latencyMs)),
    predict: (z) => rooflineLatencies(deviceOf(z), packed).map(Math.log),
    noise: (z) => deviceOf(z).noise,
    // Student's t: a measurement that was disturbed says little.
    logLikelihood: (residuals, noise) =>
      residuals.reduce((sum, residual) => sum - ((degrees + 1) / 2) * Math.log1p((residual / noise) ** 2 / degrees) - Math.log(noise), 0),
  };
}

/**
 * The estimate for a network. The median over devices never falls where the network grows, because no device's latency does. The
 * interval is that of the devices, and of what none of them explains: as much as in the measurements, and more the farther the
 * network is from them.
 */
export function extrapolate({ scale, range, points }: Extrapolation, terms: NetworkTerms): LatencyPrediction {
  const packed = packNetworks([terms]);
  const devices = points.map((point) => rooflineDevice(Float64Array.from(point), scale));
  const logs = Float64Array.from(devices, (device) => Math.log(at(rooflineLatencies(device, packed), 0))).sort();
  const noises = Float64Array.from(devices, ({ noise }) => noise).sort();
  const [low, log, high] = [quantileOfSorted(logs, 0.025), quantileOfSorted(logs, 0.5), quantileOfSorted(logs, 0.975)];
  const deviation = Math.hypot(leastDeviation, quantileOfSorted(noises, 0.5) * (1 + growth * distanceFrom(terms, range)));
  const unexplained = normalQuantile * deviation;
  const half = (devicesAlone: number) => limited(Math.hypot(sharpness * devicesAlone, unexplained), Math.log(widest) / 2);
  const [below, above] = [half(log - low), half(high - log)];
  const sd = (below + above) / (2 * normalQuantile);
  const latencyMs = Math.exp(log);
  return {
    latencyMs,
    sdMs: latencyMs * Math.exp(sd ** 2 / 2) * Math.sqrt(Math.expm1(sd ** 2)),
    low95Ms: Math.exp(log - below),
    high95Ms: Math.exp(log + above),
  };
}

/** Nearly the value where it is much less than the limit, and never more than the limit. */
const limited = (value: number, limit: number) => value / (1 + (value / limit) ** 4) ** 0.25;
