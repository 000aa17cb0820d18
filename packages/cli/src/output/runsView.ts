/** Runs as `runs list` and `runs show` describe them. */
import {
  costNames,
  type Experiment,
  evaluatorKindOf,
  formatObjective,
  formatQuantity,
  type Gate,
  type Json,
  metricNames,
  type RunEvent,
  type Task,
  taskKindOf,
} from "@archwright/core";
import { type RunState, stageInProgress, type Words } from "@archwright/core/query";

/** `340ms`, `12s`, `3 min 20 s`, `2 h 5 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return formatQuantity(seconds * 1000, "time");
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `93.4 %`; a dash where nothing is known. */
export function formatScore(score: number | undefined, task: Task): string {
  if (score === undefined) return "–";
  return taskKindOf(task).score.unit === "percent" ? `${score.toFixed(1)} %` : score.toPrecision(4);
}

/** The experiment of a run, for people. */
export function describeExperiment({ task, space, evaluator, devices, objectives, search }: Experiment): readonly string[] {
  return [
    `space: ${space.name}, ${evaluatorKindOf(evaluator).inWords(evaluator)}`,
    `objectives: ${objectives.map((objective) => formatObjective(objective, task)).join(", ")}`,
    ...devices.map((device) => `device ${device.name}: ${describeBudgets(device)}`),
    `search: ${search.algorithm}, up to ${search.evaluations} evaluations of at most ${search.candidates} candidates`,
  ];
}

function describeBudgets({ budgets }: Experiment["devices"][number]): string {
  const written = costNames.flatMap((cost) => {
    const { yaml, dimension } = metricNames[cost];
    return budgets[cost] === undefined ? [] : [`${yaml} up to ${formatQuantity(budgets[cost], dimension)}`];
  });
  return written.join(", ") || "no budget";
}

/** Counts by gate, each gate by what it is called in this run. */
function renamed(counts: Readonly<Record<string, number>>, gate: Words["gate"]): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [gate(name as Gate), count]));
}

/** What a run has come to, for people. */
export function describeState(
  { gate }: Words,
  { trials, evaluations, stages, bestScore, front, stopped, failures }: RunState,
  experiment: Experiment,
): readonly string[] {
  const listed = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([what, count]) => `${what} ${count}`)
      .join(", ") || "none";
  return [
    `${trials} trials, ${evaluations} evaluated; best ${taskKindOf(experiment.task).score.name} ${formatScore(bestScore, experiment.task)}`,
    ...stages.map((stage) => stageInProgress(experiment, stage)),
    `front: ${front.length} ${front.length === 1 ? "network" : "networks"}${front.length === 0 ? "" : `, trials ${front.map(({ number }) => number).join(", ")}`}`,
    `stopped by gate: ${listed(renamed(stopped, gate))}; failed: ${listed(failures)}`,
  ];
}

/** `2026-11-26 10:02:11  worker-lost: trial 3, code crash`: something that happened, in a line. */
export function describeEvent({ at, kind, detail }: RunEvent): string {
  const told = words(detail);
  return `${at.replace("T", " ").replace(/\.\d+Z$/, "")}  ${kind}${told === "" ? "" : `: ${told}`}`;
}

function words(detail: Json): string {
  if (Array.isArray(detail)) return detail.map(words).join(" ");
  if (typeof detail !== "object" || detail === null) return String(detail);
  return Object.entries(detail)
    .map(([key, value]) => `${key} ${words(value as Json)}`)
    .join(", ");
}
