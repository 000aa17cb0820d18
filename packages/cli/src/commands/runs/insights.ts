/** `archwright insights`: how a search went, what turned trials away, and which choices of the space matter. */
import { formatQuantity } from "@archwright/core";
import { dimensionOf, type Experiment, formatObjective, metricNames, shownValue } from "@archwright/core/experiment";
import {
  type BestOptions,
  type BindingBudget,
  bestOptions,
  bestOptionsJson,
  bindingBudgets,
  bindingBudgetsJson,
  choiceImportance,
  courseJson,
  FollowedRun,
  type GateCount,
  gateCounts,
  type HypervolumeCourse,
  hypervolumeCourse,
  importanceJson,
  type ObjectiveImportance,
} from "@archwright/core/query";
import { openRun } from "../../input/openRun.ts";
import { storeOption, storeToRead } from "../../input/stores.ts";
import { print, printJson, renderTable } from "../../output/render.ts";
import { command } from "../../shell/command.ts";

/** How many choices, and options, are shown to people; JSON holds all. */
const SHOWN = 8;
/** Shares of the trials after which the hypervolume is shown to people. */
const MOMENTS = [0.1, 0.25, 0.5, 0.75, 1];
/** Below so much an option's count is called chance. */
const LEVEL = 0.05;

export const insightsCommand = command({
  command: "insights [run]",
  describe: "Show how a search went, which budgets bind, and which choices of its space matter (default: the latest run)",
  builder: (yargs, workspace) =>
    yargs.positional("run", { type: "string", describe: "A run's id, or its experiment's name" }).options(storeOption(workspace)),
  handler: async (args) => {
    const store = storeToRead(args.store);
    try {
      const { id, experiment } = await openRun(store, args.run);
      const run = new FollowedRun(store, id);
      run.update();
      const course = hypervolumeCourse(experiment, run);
      const gates = gateCounts(run.columns);
      const budgets = bindingBudgets(experiment, run.columns);
      const importance = choiceImportance(experiment, run);
      const best = bestOptions(experiment, run);
      if (args.json) {
        printJson({
          run: id,
          hypervolume: courseJson(experiment, course),
          gates,
          budgets: bindingBudgetsJson(budgets),
          importance: importanceJson(experiment, importance),
          best_options: bestOptionsJson(best),
        });
        return;
      }
      const parts = [
        describeCourse(experiment, course, run.columns.rows),
        describeGates(gates),
        describeBudgets(budgets),
        ...importance.map((one) => describeImportance(experiment, one)),
        describeBest(best),
      ];
      print(parts.filter((part) => part !== "").join("\n\n"));
    } finally {
      store.close();
    }
  },
});

const fromSecond = (column: number) => column > 0;

function describeCourse(experiment: Experiment, course: HypervolumeCourse | undefined, rows: number): string {
  const last = course?.steps.at(-1);
  if (course === undefined || last === undefined) return "no feasible trial has all objectives, so there is no hypervolume yet";
  const corner = course.reference.map(({ objective, value, from }) => {
    const dimension = dimensionOf(objective);
    const shown = shownValue(objective, value);
    const written = dimension === "percent" ? `${shown.toFixed(2)} %` : formatQuantity(shown, dimension);
    return `${formatObjective(objective, experiment.task)} ${written} (${from === "budget" ? "its budget" : "the worst feasible"})`;
  });
  const moments = MOMENTS.flatMap((share) => course.steps.findLast(({ trial }) => trial < share * rows) ?? []);
  const table = moments.map(({ trial, evaluations, seconds, hypervolume }) => [
    String(trial),
    String(evaluations),
    formatQuantity(1000 * seconds, "time"),
    last.hypervolume > 0 ? `${((100 * hypervolume) / last.hypervolume).toFixed(1)} %` : "–",
  ]);
  const head = ["after trial", "evaluations", "time of all", "hypervolume"];
  return [`hypervolume up to ${corner.join(", ")}, as a share of what it is now`, renderTable(head, table, () => true)].join("\n");
}

function describeGates(gates: readonly GateCount[]): string {
  const rows = gates
    .filter(({ reached }) => reached > 0)
    .map(({ gate, reached, passed, stopped, failed }) => [gate, ...[reached, passed, stopped, failed].map(String)]);
  return renderTable(["gate", "reached", "passed", "over budget", "failed"], rows, fromSecond);
}

function describeBudgets(budgets: readonly BindingBudget[]): string {
  if (budgets.length === 0) return "";
  const rows = budgets.map(({ name, cost, limit, allowed, exceeded, alone, relaxed }) => [
    `${name} ${allowed === "at most" ? "≤" : "≥"} ${formatQuantity(limit, cost === undefined ? "count" : metricNames[cost].dimension)}`,
    ...[exceeded, alone, ...relaxed.map(({ passing }) => passing)].map(String),
  ]);
  const relaxed = budgets[0]?.relaxed.map(({ by }) => `${100 * by} % looser`) ?? [];
  const table = renderTable(["budget", "exceeded", "alone", ...relaxed], rows, fromSecond);
  return `${table}\nlooser: how many more would pass the gate that stopped them if this budget alone were so much looser`;
}

function describeImportance({ task }: Experiment, { objective, trials, explained, choices, missing }: ObjectiveImportance): string {
  const name = formatObjective(objective, task);
  const share = explained === undefined ? "" : `: ${(100 * explained).toFixed(0)} % of the variance of unseen trials explained`;
  if (missing !== undefined) return `which choices ${name} depends on cannot be said from ${trials} trials: ${missing}${share}`;
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const rows = choices
    .slice(0, SHOWN)
    .map(({ choice, share: own, low95, high95 }) => [choice, percent(own), `${percent(low95)} to ${percent(high95)}`]);
  return `what ${name} depends on, by a model of ${trials} trials${share}\n${renderTable(["choice", "error when shuffled", "95 %"], rows, fromSecond)}`;
}

function describeBest({ front, others, options }: BestOptions): string {
  const clear = options.filter(({ pHolm }) => pHolm <= LEVEL);
  if (front === 0) return "";
  if (clear.length === 0)
    return `no option is on the front (${front}) more often than among the other feasible trials (${others}) by more than chance`;
  const rows = clear
    .slice(0, SHOWN)
    .map((one) => [`${one.choice} = ${one.option}`, `${one.front} of ${front}`, `${one.others} of ${others}`, one.pHolm.toPrecision(1)]);
  return `on the front more often than among the other feasible trials\n${renderTable(["option", "front", "others", "p (Holm)"], rows, fromSecond)}`;
}
