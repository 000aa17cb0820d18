/** What a run has come to so far, and a run as JSON shows it. */
import { type Experiment, type Run, type StageProgress, type Store, stageProgress, type Trial } from "../experiment/index.ts";
import { type Task, taskKindOf } from "../tasks/index.ts";
import { frontOf, shownTrials } from "./front.ts";

/** What a run has come to so far, whether it is over or not. */
export interface RunState {
  /** As stored, or `killed` where the process that ran it is gone. */
  readonly status: string;
  readonly trials: number;
  /** Trials whose score is known. */
  readonly evaluations: number;
  /** The stages of training after the first, as far as they have come; none while the search goes on. */
  readonly stages: readonly StageProgress[];
  /** Of the feasible trials that are compared. */
  readonly bestScore: number | undefined;
  readonly front: readonly Trial[];
  /** How many trials each gate stopped. */
  readonly stopped: Readonly<Record<string, number>>;
  /** How many failed, by code. */
  readonly failures: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/**
 * @param status whoever can see processes says it; see {@link RunState.status}.
 * @param now milliseconds since 1970, to tell the time of a run that has not stopped.
 */
export function runState(
  store: Pick<Store, "trials">,
  run: Pick<Run, "id" | "experiment" | "status" | "seconds" | "createdAt" | "updatedAt">,
  { status, now }: { readonly status: string; readonly now: number },
): RunState {
  const trials = [...store.trials(run.id)];
  const known = trials.flatMap(({ score }) => (score === undefined ? [] : [score]));
  const compared = shownTrials(run.experiment, trials);
  const feasible = compared.flatMap(({ score, status }) => (score === undefined || status !== "feasible" ? [] : [score]));
  return {
    status,
    trials: trials.length,
    evaluations: known.length,
    stages: stageProgress(run.experiment, trials),
    bestScore: bestOf(run.experiment.task, feasible),
    front: frontOf(run.experiment.task, compared, run.experiment.objectives).trials,
    stopped: counted(trials.filter(({ status }) => status !== "feasible").map(({ gate }) => gate)),
    failures: counted(trials.flatMap(({ failure }) => (failure ? [failure.code] : []))),
    seconds: runSeconds(run, status, now),
  };
}

/**
 * How long a run has taken. The time is stored when a run stops; of one that has not stopped, or was killed, it is told by the clock.
 * @param status as {@link RunState.status}. @param now milliseconds since 1970.
 */
export function runSeconds(run: Pick<Run, "status" | "seconds" | "createdAt" | "updatedAt">, status: string, now: number): number {
  if (run.status !== "running" || run.seconds > 0) return run.seconds;
  const until = status === "running" ? now : Date.parse(run.updatedAt);
  return Math.max(0, (until - Date.parse(run.createdAt)) / 1000);
}

function counted(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** What {@link runJson} shows of a run. */
export type ShownRun = Omit<Run, "experiment" | "experimentHash" | "summary"> & { readonly experiment: Pick<Experiment, "task"> };
export type ShownState = Omit<RunState, "front" | "stopped" | "failures"> & { readonly front: { readonly length: number } };

/** A run as JSON shows it. Part of the contract of the command line. */
export function runJson(run: ShownRun, state: ShownState) {
  return {
    id: run.id,
    experiment: run.name,
    status: state.status,
    seed: run.seed,
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    seconds: state.seconds,
    trials: state.trials,
    evaluations: state.evaluations,
    ...(state.stages.length === 0
      ? {}
      : { stages: state.stages.map(({ index, trained, trainings }) => ({ stage: index + 1, trained, trainings })) }),
    front: state.front.length,
    [`best_${taskKindOf(run.experiment.task).score.name}`]: state.bestScore ?? null,
    /** Who runs it. */
    process: run.owner === undefined ? null : { host: run.owner.host ?? null, pid: run.owner.pid },
  };
}

function bestOf(task: Task, scores: readonly number[]): number | undefined {
  const { of, scoreOf } = taskKindOf(task).objective;
  return scores.length === 0 ? undefined : scoreOf(Math.min(...scores.map(of)));
}
