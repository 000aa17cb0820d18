/** The front as CSV and JSON, at full precision. */
import { type Experiment, formatObjective, type Objective } from "@archwright/core";
import { stringify } from "csv-stringify/sync";
import { trialView } from "../output/trialView.ts";
import { exceededBudgets } from "../query/exceeded.ts";
import type { Listing } from "../query/front.ts";
import type { Shown } from "./columns.ts";
import { csvColumns } from "./table.ts";

/**
 * The front as CSV: units in the column names, every known value. `compared_by` names the columns by which the trials were
 * compared, `over_budget` the costs that are above a budget.
 */
export function renderCsv(shown: Shown, names?: readonly string[]): string {
  const columns = csvColumns(shown, names);
  const compared = csvColumns(shown, undefined).flatMap(({ name, compared }) => (compared ? [name] : []));
  return stringify([
    ["trial", "architecture", ...columns.map(({ name }) => name), "compared_by", "over_budget"],
    ...shown.trials.map((trial) => [
      trial.number,
      trial.architecture,
      ...columns.map(({ value }) => value(trial) ?? ""),
      compared.join(" "),
      exceededBudgets(shown.experiment, trial).map(formatObjectiveOf).join(" "),
    ]),
  ]);
}

const formatObjectiveOf = ({
  cost,
  device,
}: {
  readonly cost: Extract<Objective, { device: string }>["metric"];
  readonly device: string;
}) => formatObjective({ metric: cost, device });

/** The front as JSON. `compared_as` says of each cost among the objectives how all trials' values of it are known. */
export function frontJson(experiment: Experiment, run: string, { trials, values }: Listing, objectives: readonly Objective[]) {
  const costs = objectives.filter((objective) => "device" in objective);
  return {
    run,
    experiment: experiment.name,
    objectives: objectives.map(formatObjective),
    compared_as: Object.fromEntries(
      costs.map((objective) => [formatObjective(objective), values.kind(objective.device, objective.metric)]),
    ),
    trials: trials.map((trial) => ({
      ...trialView(experiment, trial, values),
      objectives: Object.fromEntries(
        objectives.map((objective) => [formatObjective(objective), values.objective(trial, objective) ?? null]),
      ),
    })),
  };
}
