/** Shares and means of a sample, with what is uncertain about them. */
import { normalQuantile } from "../predictors/prediction.ts";

/** A share of independent events, such as images that were classified correctly. */
export interface Proportion {
  /** In [0, 1]. */
  readonly value: number;
  /** √(p (1 − p) / n) */
  readonly standardError: number;
  /** Ends of the 95 % interval. */
  readonly low95: number;
  readonly high95: number;
}

/** A mean over independent images. What is uncertain about it is unknown of a single image. */
export interface MeanEstimate {
  readonly value: number;
  readonly standardError: number | undefined;
  /** Ends of the 95 % interval of the normal approximation. */
  readonly low95: number | undefined;
  readonly high95: number | undefined;
}

/** Wilson's 95 % score interval of a proportion (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927). @param trials at least 1. */
export function wilsonInterval(successes: number, trials: number): readonly [low: number, high: number] {
  const share = successes / trials;
  const squared = normalQuantile ** 2 / trials;
  const middle = (share + squared / 2) / (1 + squared);
  const half = (normalQuantile / (1 + squared)) * Math.sqrt((share * (1 - share)) / trials + squared / (4 * trials));
  // Rounding would else leave the ends of none and of all a little off.
  return [successes === 0 ? 0 : middle - half, successes === trials ? 1 : middle + half];
}

/** Undefined of no trials: a share of nothing is unknown. */
export function proportionOf(successes: number, trials: number): Proportion | undefined {
  if (trials === 0) return undefined;
  const value = successes / trials;
  const [low95, high95] = wilsonInterval(successes, trials);
  return { value, standardError: Math.sqrt((value * (1 - value)) / trials), low95, high95 };
}

/** @param values at least one. */
export function meanOf(values: Float64Array): MeanEstimate {
  const count = values.length;
  const value = values.reduce((sum, one) => sum + one, 0) / count;
  if (count < 2) return { value, standardError: undefined, low95: undefined, high95: undefined };
  const variance = values.reduce((sum, one) => sum + (one - value) ** 2, 0) / (count - 1);
  const standardError = Math.sqrt(variance / count);
  return { value, standardError, low95: value - normalQuantile * standardError, high95: value + normalQuantile * standardError };
}
