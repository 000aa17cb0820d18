/** The front as CSV, at full precision. */
import { formatObjective } from "@archwright/core";
import { exceededBudgets, type Shown } from "@archwright/core/query";
import { stringify } from "csv-stringify/sync";
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
      exceededBudgets(shown.experiment, trial)
        .map(({ cost, device }) => formatObjective({ metric: cost, device }))
        .join(" "),
    ]),
  ]);
}
