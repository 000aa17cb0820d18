/** Which means of few repeats differ: intervals and tests of differences, with a deviation that all groups help to estimate. */
import { item } from "../../../base/matrix.ts";
import { holm } from "./multiple.ts";
import { studentLimit, studentTails } from "./student.ts";

/** What is known of a group of repeats. */
export interface Repeats {
  readonly count: number;
  readonly mean: number;
  /** Of the sample, with n − 1 below the line; absent for one repeat. */
  readonly deviation?: number | undefined;
}

/** The difference of two means. */
export interface MeanDifference {
  /** Of the first group's mean less the second's. */
  readonly difference: number;
  /** Ends of the 95 % interval of this difference alone. */
  readonly low95: number;
  readonly high95: number;
  /** Of the two-sided test that there is no difference, by itself, and adjusted by Holm for all that were asked for together. */
  readonly pValue: number;
  readonly pHolm: number;
}

/** Differences, and how they were judged. */
export interface MeanDifferences {
  /** The deviation of one repeat, pooled over all groups. */
  readonly pooledDeviation: number;
  readonly degrees: number;
  /** In the order of the pairs. */
  readonly pairs: readonly MeanDifference[];
}

/**
 * Differences of means of independent, roughly normal repeats, for groups of two or three repeats each, of which each knows little
 * about its own deviation. Student's t with the pooled degrees of freedom, Σ (nᵢ − 1) over all groups; the variance of a repeat is
 * taken to be the pooled one, or the pair's own where that is larger: ((n₁ − 1) s₁² + (n₂ − 1) s₂²) / (n₁ + n₂ − 2).
 *
 * Where all groups vary alike, an interval covers the difference at least as often as it says. Groups that vary three times as much as
 * the others are what the pair's own variance is for.
 * @param groups groups that no pair names help to estimate the deviation.
 * @param pairs indices of groups.
 * @returns undefined where no group has two repeats.
 */
export function meanDifferences(groups: readonly Repeats[], pairs: readonly (readonly [number, number])[]): MeanDifferences | undefined {
  const pooled = pooledVariance(groups);
  if (pooled === undefined) return undefined;
  const { degrees } = pooled;
  const limit = studentLimit(0.95, degrees);
  const differences = pairs.map(([i, j]) => {
    const [a, b] = [item(groups, i), item(groups, j)];
    const variance = Math.max(pooled.variance, pooledVariance([a, b])?.variance ?? 0);
    const error = Math.sqrt(variance * (1 / a.count + 1 / b.count));
    const difference = a.mean - b.mean;
    // Where nothing varies, rounding would count as a difference.
    const none = Math.abs(difference) <= 1e-12 * Math.abs(a.mean);
    const pValue = none ? 1 : studentTails(difference / error, degrees);
    return { difference, low95: difference - limit * error, high95: difference + limit * error, pValue };
  });
  const adjusted = holm(differences.map(({ pValue }) => pValue));
  return {
    pooledDeviation: Math.sqrt(pooled.variance),
    degrees,
    pairs: differences.map((difference, i) => ({ ...difference, pHolm: item(adjusted, i) })),
  };
}

/** Undefined where no group has two repeats. */
function pooledVariance(groups: readonly Repeats[]): { readonly variance: number; readonly degrees: number } | undefined {
  let [squares, degrees] = [0, 0];
  for (const { count, deviation } of groups) {
    if (deviation === undefined) continue;
    squares += (count - 1) * deviation * deviation;
    degrees += count - 1;
  }
  return degrees === 0 ? undefined : { variance: squares / degrees, degrees };
}
