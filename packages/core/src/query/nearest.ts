/** Of a run where nothing was feasible: the trial that came nearest to the budgets. */
import { budgetViolation } from "../devices/index.ts";
import { type Experiment, type RaisedBudget, raisedBudgets, type Trial } from "../experiment/index.ts";

/** The trial nearest to the budgets. */
export interface Nearest {
  readonly trial: Trial;
  /** The budgets that it exceeds, and what they would have to be. */
  readonly raised: readonly RaisedBudget[];
  /** Whether the devices have room for it, so that raising the budgets would do. */
  readonly attainable: boolean;
  /** Whether another trial is nearer still, for which a device has no room. */
  readonly isSecond: boolean;
}

/** The nearest infeasible trial that the devices have room for, else the nearest of all; undefined where none is infeasible. */
export function nearestToBudgets(experiment: Experiment, trials: Iterable<Trial>): Nearest | undefined {
  const turnedAway = [...trials]
    .filter(({ status }) => status === "infeasible")
    .map((trial) => ({ trial, raised: raisedBudgets(experiment, trial), violation: budgetViolation(trial.excesses) }))
    .sort((a, b) => a.violation - b.violation || a.trial.number - b.trial.number);
  // What came so far that only the evaluator's own numbers stopped it has room on every device.
  const trained = turnedAway.find(({ trial }) => trial.excesses.some((excess) => "metric" in excess));
  if (trained) return { trial: trained.trial, raised: [], attainable: true, isSecond: false };
  const attainable = turnedAway.find(({ raised }) => raised.length > 0 && raised.every(({ limit }) => limit !== null));
  const found = attainable ?? turnedAway[0];
  if (found === undefined) return undefined;
  return { trial: found.trial, raised: found.raised, attainable: attainable !== undefined, isSecond: found !== turnedAway[0] };
}
