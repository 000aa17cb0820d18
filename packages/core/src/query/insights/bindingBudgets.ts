/** Which budgets turn trials away, and how many would pass if one of them were relaxed. */
import { type CostName, costNames } from "../../devices/index.ts";
import { costKey, type Experiment, formatObjective, metricNames, ownMetricsOf, statusCodes } from "../../experiment/index.ts";
import type { TrialColumns } from "../columnar/index.ts";

/** By how much a budget is relaxed, as a share of it. */
export const relaxations = [0.1, 0.25, 0.5] as const;

/** A budget of the experiment as it is now, and what it does. */
export interface BindingBudget {
  /** `latency@board`, or the name of a number of the evaluator's own. */
  readonly name: string;
  readonly device: string | undefined;
  readonly cost: CostName | undefined;
  /** In the metric's own unit. */
  readonly limit: number;
  readonly allowed: "at most" | "at least";
  /** Trials that were stopped over it. */
  readonly exceeded: number;
  /** Of these, those that exceeded no other budget at the gate that stopped them. */
  readonly alone: number;
  /** How many of the latter would have passed that gate: what later gates would have said is not known. */
  readonly relaxed: readonly { readonly by: number; readonly limit: number; readonly passing: number }[];
}

/** All budgets; first that which alone stopped most. */
export function bindingBudgets(experiment: Experiment, columns: TrialColumns): readonly BindingBudget[] {
  const infeasible = columns.codes("status").map((status) => (status === statusCodes.infeasible ? 1 : 0));
  const over = columns.names().filter((name) => name.startsWith("over"));
  const excesses = new Uint8Array(columns.rows);
  for (const name of over) {
    columns.numbers(name)?.forEach((value, row) => {
      if (!Number.isNaN(value)) excesses[row] = (excesses[row] as number) + 1;
    });
  }
  const count = (budget: Pick<BindingBudget, "name" | "device" | "cost" | "limit" | "allowed">, key: string): BindingBudget => {
    const values = columns.numbers(key);
    const [all, alone]: [number[], number[]] = [[], []];
    values?.forEach((value, row) => {
      if (Number.isNaN(value) || infeasible[row] !== 1) return;
      all.push(value);
      if (excesses[row] === 1) alone.push(value);
    });
    const isLeast = budget.allowed === "at least";
    const relaxed = relaxations.map((by) => {
      const limit = budget.limit * (isLeast ? 1 - by : 1 + by);
      return { by, limit, passing: alone.filter((value) => (isLeast ? value >= limit : value <= limit)).length };
    });
    return { ...budget, exceeded: all.length, alone: alone.length, relaxed };
  };
  const ofDevices = experiment.devices.flatMap(({ name: device, budgets }) =>
    costNames.flatMap((cost) => {
      const limit = budgets[cost];
      if (limit === undefined) return [];
      const name = formatObjective({ metric: cost, device });
      return [count({ name, device, cost, limit, allowed: "at most" }, costKey("over", cost, device))];
    }),
  );
  const own = Object.entries(ownMetricsOf(experiment.evaluator)).flatMap(([name, { atMost, atLeast }]) => {
    const limit = atMost ?? atLeast;
    if (limit === undefined) return [];
    const allowed = atMost === undefined ? "at least" : "at most";
    return [count({ name, device: undefined, cost: undefined, limit, allowed }, `overMetric:${name}`)];
  });
  return [...ofDevices, ...own].sort((a, b) => b.alone - a.alone || b.exceeded - a.exceeded);
}

/** `{ name, device, metric, limit, allowed, exceeded, alone, relaxed: [{ by, limit, passing }] }`; `metric` as costs are named in JSON. */
export function bindingBudgetsJson(budgets: readonly BindingBudget[]) {
  return budgets.map(({ name, device, cost, ...counts }) => ({
    name,
    device: device ?? null,
    metric: cost === undefined ? name : metricNames[cost].column,
    ...counts,
  }));
}
