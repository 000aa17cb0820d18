/** How wide intervals must be, by trials that were left out. */
import { quantileOfSorted } from "../../base/statistics.ts";
import { normalQuantile } from "./prediction.ts";

/** The share of values in an interval. */
const covered = 0.95;
/** As if so many further trials had been missed by just what was expected. */
const priorTrials = 3;

/**
 * By what factor standard deviations are multiplied so that 95 % of the trials, each predicted without itself, lie within the 95 %
 * interval: the conformal quantile of their deviations (Barber, Candès, Ramdas and Tibshirani, "Predictive inference with the
 * jackknife+", Ann. Stat. 49(1), 2021), drawn towards 1 where trials are few.
 * @param deviations of the trials left out, in units of the standard deviations to be corrected; may be empty.
 */
export function widening(deviations: Float64Array): number {
  const count = deviations.length;
  if (count === 0) return 1;
  const level = Math.min(1, covered * (1 + 1 / count));
  const reached = quantileOfSorted(deviations.map(Math.abs).sort(), level) / normalQuantile;
  return Math.sqrt((count * reached * reached + priorTrials) / (count + priorTrials));
}
