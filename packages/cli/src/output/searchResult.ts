/** Shows what a search has come to: the front, or why there is none. */
import { comparedTrials, dependsOnTime, evaluatorKindOf, type Run, type Store, trainingsIn } from "@archwright/core";
import { frontJson, listingOf, scoreDifferences, wordsFor } from "@archwright/core/query";
import type { RunResult, RunSummary } from "@archwright/engine";
import { renderFront } from "../front/table.ts";
import type { Workspace } from "../input/workspace.ts";
import { Failed, Flawed } from "../shell/commandErrors.ts";
import { asTyped } from "../shell/invocation.ts";
import { paretoLine } from "./commandLines.ts";
import { overBudget } from "./overBudget.ts";
import { lineWidth, print, printJson } from "./render.ts";

/** The options of the search. */
interface SearchedBy {
  readonly file: string;
  readonly json: boolean;
  readonly store: string;
}

/**
 * Prints the front. Where there is none, says why instead.
 * @throws InputError where no network met the budgets: they are what must be changed.
 * @throws Failed where networks met them, and none could be evaluated.
 */
export function showResult(
  { run, summary, front }: RunResult,
  store: Store,
  { file, json, store: storeFile }: SearchedBy,
  workspace: Workspace,
): void {
  const experiment = run.experiment;
  const { objectives } = experiment;
  // Only then are all trials of the run read once more.
  const isStaged = front.some((trial) => "standing" in trial);
  const differences = isStaged ? scoreDifferences(experiment, front, comparedTrials(experiment, store.trials(run.id))) : undefined;
  const listing = { ...listingOf(experiment.task, front), differences };
  const result = { ...frontJson(experiment, run.id, listing, objectives), status: run.status, summary, seconds: run.seconds };
  if (front.length === 0) {
    const isOverBudget = summary.nearest && Object.keys(summary.failures).length === 0;
    if (noneTrainedOn(summary)) throw new Flawed(result, noneLeft(run, summary, store));
    throw new Flawed(result, isOverBudget ? overBudget(experiment, [...store.trials(run.id)], file) : noneEvaluated(run, summary, store));
  }
  if (json) {
    printJson(result);
    return;
  }
  const options = { width: lineWidth(), command: paretoLine(run.id, { store: storeFile }, workspace) };
  print(renderFront({ ...listing, experiment, objectives }, options));
  print(
    [
      "",
      `run ${run.id}: ${summary.evaluations} ${wordsFor(experiment).evaluated} of ${summary.candidates} candidates${trainedFurther(summary)}, ${front.length} on the front, ${run.seconds.toFixed(0)} s`,
      summary.reproducible === "exact"
        ? "reproducible: nothing that was measured steered the search; the same seed gives the same trials"
        : `reproducible by replay: ${dependsOnTime(experiment).join(" and ")} steered the search`,
      asTyped(`next: archwright explain ${run.id} ${front[0]?.number}`),
      // What was looked up has no weights to export.
      ...(evaluatorKindOf(experiment.evaluator).runs === "worker"
        ? [asTyped(`      archwright export ${run.id} ${front[0]?.number} --format onnx --output model.onnx`)]
        : []),
    ].join("\n"),
  );
}

/** `, 24 trainings in stage 2, 18 trainings in stage 3`. */
function trainedFurther({ stages = [] }: RunSummary): string {
  return stages.map(({ trainings }, i) => `, ${trainings} training${trainings === 1 ? "" : "s"} in stage ${i + 2}`).join("");
}

/** Whether there were feasible networks, and a later stage of training has left none of them. */
function noneTrainedOn({ stages = [] }: RunSummary): boolean {
  return (stages[0]?.trainings ?? 0) > 0;
}

function noneLeft(run: Run, { stages = [] }: RunSummary, store: Store): Failed {
  const last = stages.findLastIndex(({ trainings }) => trainings > 0);
  const { trainings = 0, failed = 0 } = stages[last] ?? {};
  const trials = [...store.trials(run.id)];
  const first = trials.find((trial) => trainingsIn(trial, last + 1).some(({ failure }) => failure !== undefined));
  return new Failed(
    [
      `no network came through stage ${last + 2} of training: ${failed} of ${trainings} trainings failed`,
      ...(failed < trainings ? ["the others are over a budget"] : []),
      "networks that were only trained in earlier stages are not shown in their place: their scores are not comparable",
      ...(first ? [`archwright explain ${run.id} ${first.number} says more of the first that failed`] : []),
    ].join("\n  "),
  );
}

function noneEvaluated(run: Run, { candidates, stopped, failures }: RunSummary, store: Store): Failed {
  const first = [...store.trials(run.id)].find(({ failure }) => failure !== undefined);
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  const over = Object.values(stopped).reduce((sum, count) => sum + count, 0) - failed;
  return new Failed(
    [
      `none of ${candidates} candidates could be evaluated`,
      ...Object.entries(failures).map(([code, count]) => `${count} failed: ${code}`),
      ...(over > 0 ? [`${over} over a budget`] : []),
      ...(first ? [`archwright explain ${run.id} ${first.number} says more of the first that failed`] : []),
    ].join("\n  "),
  );
}
