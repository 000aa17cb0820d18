import {
  budgetViolation,
  type Experiment,
  formatQuantity,
  InputError,
  metricNames,
  placeInExperiment,
  type RaisedBudget,
  raisedBudgets,
  type Trial,
  writeRaisedBudgets,
} from "@archwright/core";
import { readText } from "@archwright/engine";

/**
 * What to tell somebody whose budgets nothing met: the nearest candidate that the devices have room for, what it needs,
 * and the budgets to write so that it is feasible.
 * @param file the experiment's YAML.
 */
export function overBudget(experiment: Experiment, trials: readonly Trial[], file: string): InputError {
  const turnedAway = trials
    .filter(({ status }) => status === "infeasible")
    .map((trial) => ({ trial, raised: raisedBudgets(experiment, trial), violation: budgetViolation(trial.excesses) }))
    .sort((a, b) => a.violation - b.violation || a.trial.number - b.trial.number);
  const attainable = turnedAway.find(({ raised }) => raised.length > 0 && raised.every(({ limit }) => limit !== null));
  const { trial, raised } = attainable ?? (turnedAway[0] as (typeof turnedAway)[number]);
  const text = readText(file, "an experiment in YAML");
  const { path, suggestion } = writeRaisedBudgets(text, raised);
  const nearest = `the nearest${attainable && attainable !== turnedAway[0] ? " for which the device has room" : ""}`;
  return new InputError(`none of ${trials.length} candidates is within the budgets`, {
    place: placeInExperiment(text, file, path),
    expected: `budgets that networks of this space can meet; ${nearest}, trial ${trial.number} (${trial.architecture}), has ${raised.map(needs).join(", ")}`,
    ...(attainable
      ? { suggestion, advice: "raise the budgets so, or name a space that holds smaller networks" }
      : { advice: "name a space that holds smaller networks, or a device that has more" }),
  });
}

const needs = ({ device, cost, value }: RaisedBudget) =>
  `${metricNames[cost].yaml}@${device} of ${formatQuantity(value, metricNames[cost].dimension)}`;
