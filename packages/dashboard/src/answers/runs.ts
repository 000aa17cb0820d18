/** A run, in a list and by itself, as the API gives it. */
import { costNames, deviceKindOf } from "@archwright/core";
import { type Experiment, formatObjective, isCost, metricNames, ownMetricsOf, type Run } from "@archwright/core/experiment";
import { runJson, runSeconds } from "@archwright/core/query";
import { taskKindOf } from "@archwright/core/tasks";
import type { RunSummary } from "@archwright/engine";
import type { BudgetAnswer, RunAnswer, RunDetailAnswer } from "../contract/index.ts";
import type { IndexedRun } from "../follow/runIndex.ts";
import { unitOf } from "./units.ts";

/** From fewer evaluations than these nothing is said of the time left. */
const FEW = 4;

/** @param now milliseconds since 1970. */
export function runAnswer({ run, header, status, counts, sessionStart }: IndexedRun, now: number): RunAnswer {
  // What a run's end has said of it stands until its trials are counted.
  const summary = run.summary as unknown as RunSummary | undefined;
  const known = {
    trials: counts?.trials ?? summary?.candidates ?? null,
    evaluations: counts?.evaluations ?? summary?.evaluations ?? null,
    front: counts?.front.length ?? summary?.front.length ?? null,
  };
  const seconds = runningSeconds(run, status, sessionStart, now);
  const state = { status, seconds, trials: 0, evaluations: 0, stages: counts?.stages ?? [], bestScore: counts?.bestScore, front: [] };
  return {
    ...runJson({ ...run, experiment: { task: header.task } }, state),
    ...known,
    status,
    score: header.score,
    progress: {
      done: known.evaluations,
      total: header.evaluations,
      seconds_left: secondsLeft(status, seconds, known.evaluations, header.evaluations),
      front_size: known.front,
    },
  };
}

/** Of a run that was resumed and goes on, the time of its earlier sessions and of this one. */
function runningSeconds(run: IndexedRun["run"], status: IndexedRun["status"], sessionStart: number | undefined, now: number): number {
  if (status !== "running" || sessionStart === undefined) return runSeconds(run, status, now);
  return run.seconds + Math.max(0, now - sessionStart) / 1000;
}

/** By the mean time of the evaluations so far. */
function secondsLeft(status: IndexedRun["status"], seconds: number, done: number | null, total: number | null): number | null {
  if (status !== "running" || done === null || total === null || done < FEW) return null;
  return (seconds / done) * Math.max(0, total - done);
}

/** Events in one answer; a long run has thousands. */
const MOST_EVENTS = 200;

/** What stands beside the list's answer for one run. */
export function runDetail(
  indexed: IndexedRun,
  { experiment, summary = null }: Run,
  { events, actions, now }: Pick<RunDetailAnswer, "events" | "actions"> & { readonly now: number },
): RunDetailAnswer {
  return {
    ...runAnswer(indexed, now),
    space: { name: experiment.space.name },
    algorithm: experiment.search.algorithm,
    objectives: experiment.objectives.map((objective) => ({
      name: formatObjective(objective, experiment.task),
      metric: objective.metric === "own" ? objective.name : objectiveMetric(objective.metric, experiment),
      device: "device" in objective ? objective.device : null,
      unit: objective.metric === "own" ? "count" : unitOf(objective.metric, experiment.task),
    })),
    budgets: budgetsOf(experiment),
    devices: experiment.devices.map((device) => ({ name: device.name, kind: deviceKindOf(device).kind })),
    stopped: { ...indexed.counts?.stopped },
    failures: { ...indexed.counts?.failures },
    events: events.slice(-MOST_EVENTS),
    summary,
    settings: experiment,
    actions,
  };
}

function objectiveMetric(metric: keyof typeof metricNames, { task }: Experiment): string {
  return isCost(metric) || metric !== "error" ? metricNames[metric].column : taskKindOf(task).objective.name;
}

function budgetsOf({ devices, evaluator, task }: Experiment): BudgetAnswer[] {
  const ofDevices = devices.flatMap(({ name: device, budgets }) =>
    costNames.flatMap((cost): BudgetAnswer[] => {
      const limit = budgets[cost];
      const metric = metricNames[cost].column;
      return limit === undefined
        ? []
        : [{ name: `${metric}@${device}`, metric, device, unit: unitOf(cost, task), limit, allowed: "at most" }];
    }),
  );
  const ofOwn = Object.entries(ownMetricsOf(evaluator)).flatMap(([name, { atMost, atLeast }]): BudgetAnswer[] => {
    const common = { name, metric: name, device: null, unit: "count" } as const;
    return [
      ...(atMost === undefined ? [] : [{ ...common, limit: atMost, allowed: "at most" } as const]),
      ...(atLeast === undefined ? [] : [{ ...common, limit: atLeast, allowed: "at least" } as const]),
    ];
  });
  return [...ofDevices, ...ofOwn];
}
