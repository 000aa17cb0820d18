/** How sure a prediction is: log-normal distributions, and what few measurements can tell of their width. */
import type { LatencyPrediction } from "./predictor.ts";

/** 97.5 % quantile of the standard normal distribution. */
export const normalQuantile = 1.959964;

/** 97.5 % quantiles of Student's t for 1 and 2 degrees of freedom, where the expansion of `studentQuantile` fails. */
const fewDegrees = [12.7062, 4.30265] as const;

/** 97.5 % quantile of Student's t, by its expansion around the normal one (Abramowitz and Stegun 26.7.5); within 1 %. */
export function studentQuantile(degrees: number): number {
  const known = fewDegrees[degrees - 1];
  if (known !== undefined) return known;
  const z = normalQuantile;
  const [z2, inverse] = [z * z, 1 / degrees];
  const first = (z * (z2 + 1)) / 4;
  const second = (z * ((5 * z2 + 16) * z2 + 3)) / 96;
  const third = (z * (((3 * z2 + 19) * z2 + 17) * z2 - 15)) / 384;
  return z + inverse * (first + inverse * (second + inverse * third));
}

/**
 * By what factor a standard deviation is widened that was estimated from so many measurements. Their scatter alone tells how
 * noisy the device is, less the two numbers that any model spends first: the level and how much the latencies differ. Three
 * measurements often lie on a line by chance, and would else claim less error than ten.
 */
export function widening(measurements: number): number {
  return studentQuantile(Math.max(1, measurements - 2)) / normalQuantile;
}

/** The prediction of a log-normal distribution. */
export function logNormal(log: number, sd: number): LatencyPrediction {
  const [latencyMs, ratio, square] = [Math.exp(log), Math.exp(normalQuantile * sd), sd * sd];
  return {
    latencyMs,
    sdMs: latencyMs * Math.exp(square / 2) * Math.sqrt(Math.expm1(square)),
    low95Ms: latencyMs / ratio,
    high95Ms: latencyMs * ratio,
  };
}
