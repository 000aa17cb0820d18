/** Units of metrics, as the API names them. */
import { type Metric, metricNames } from "@archwright/core/experiment";
import { type Task, taskKindOf } from "@archwright/core/tasks";
import type { BudgetAnswer } from "../contract/index.ts";

type Unit = BudgetAnswer["unit"];

const ofDimension: Readonly<Record<(typeof metricNames)[Metric]["dimension"], Unit>> = {
  percent: "percent",
  count: "count",
  time: "ms",
  memory: "bytes",
  energy: "mJ",
};

export function unitOf(metric: Metric, task: Task): Unit {
  return metric === "error" ? taskKindOf(task).objective.dimension : ofDimension[metricNames[metric].dimension];
}
