/** What to tell somebody whose budgets nothing met. */
import {
  type Experiment,
  formatQuantity,
  InputError,
  metricNames,
  placeInExperiment,
  type RaisedBudget,
  type Trial,
  writeRaisedBudgets,
} from "@archwright/core";
import { describeVerdict, type Nearest, nearestToBudgets } from "@archwright/core/query";
import { readText } from "@archwright/engine";

/**
 * Names the nearest candidate that the devices have room for, what it needs, and the budgets to write so that it is feasible.
 * @param trials of which at least one is infeasible.
 * @param file the experiment's YAML.
 */
export function overBudget(experiment: Experiment, trials: readonly Trial[], file: string): InputError {
  const { trial, raised, attainable, isSecond } = nearestToBudgets(experiment, trials) as Nearest;
  // Only numbers of the evaluator's own stand in the way.
  if (raised.length === 0) {
    return new InputError(`none of ${trials.length} candidates is within the bounds of the evaluator's metrics`, {
      expected: `bounds that networks of this space can meet; the nearest, trial ${trial.number} (${trial.architecture}): ${describeVerdict(experiment, trial).slice(1).join("; ")}`,
      advice: "change 'at_most' and 'at_least' of the metrics, or choose another search space",
    });
  }
  const text = readText(file, "an experiment in YAML");
  const { path, suggestion } = writeRaisedBudgets(text, raised);
  const nearest = `the nearest${isSecond ? " for which the device has room" : ""}`;
  return new InputError(`none of ${trials.length} candidates is within the budgets`, {
    place: placeInExperiment(text, file, path),
    expected: `budgets that networks of this space can meet; ${nearest}, trial ${trial.number} (${trial.architecture}), has ${raised.map(needs).join(", ")}`,
    ...(attainable
      ? { suggestion, advice: "raise the budgets to these, or choose a search space with smaller networks" }
      : { advice: "choose a search space with smaller networks, or a device with more room" }),
  });
}

const needs = ({ device, cost, value }: RaisedBudget) =>
  `${metricNames[cost].yaml}@${device} of ${formatQuantity(value, metricNames[cost].dimension)}`;
