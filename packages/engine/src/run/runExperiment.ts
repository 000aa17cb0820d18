/** Carries an experiment out: opens the run, searches, writes the final report, and stores how it ended. */
import {
  atStage,
  budgetViolation,
  comparedTrials,
  continuing,
  type Excess,
  type Executor,
  type Experiment,
  experimentHash,
  type Gate,
  InputError,
  type Json,
  needsPlan,
  ParetoArchive,
  ResourceError,
  type Run,
  reproducibility,
  type Store,
  type Trial,
  type TrialAtStage,
} from "@archwright/core";
import type { ExecutorEvent } from "../executor/index.ts";
import type { FleetEvent } from "../fleet/index.ts";
import { addDevices } from "./addDevices.ts";
import { finish, type MissingPiece, openPieces } from "./finish.ts";
import { earlierRuns } from "./loop/earlierRuns.ts";
import type { SearchProgress } from "./loop/progress.ts";
import { search } from "./loop/search.ts";
import { type EndReason, keepWeightsOf, withLaterWeights } from "./loop/searchState.ts";
import { claimRun, createRun, findRun, type ResumeOptions } from "./ownership/openRun.ts";
import { planForTime } from "./planForTime.ts";
import type { Problem } from "./problem.ts";
import { type StageCount, trainLaterStages } from "./stages/laterStages.ts";
import { storedTrial } from "./storedTrial.ts";

/** What a finished run has to say. Stored with it. */
export interface RunSummary {
  readonly reason: EndReason;
  readonly candidates: number;
  readonly evaluations: number;
  /** Trials of the front, in order of the first objective. */
  readonly front: readonly number[];
  /** The stages of training after the first, with how many trainings each had; absent where there is one stage only. */
  readonly stages?: readonly Pick<StageCount, "trainings" | "failed">[];
  /** How many trials each gate stopped, or failed at. */
  readonly stopped: Readonly<Partial<Record<Gate, number>>>;
  readonly failures: Readonly<Record<string, number>>;
  readonly reproducible: "exact" | "replayable";
  /** What the final report lacks, and why. Absent in runs of versions that did not store it. */
  readonly missing?: readonly MissingPiece[];
  /** Where nothing was feasible: the candidate nearest to the budgets, and what it exceeds. */
  readonly nearest?: { readonly trial: number; readonly architecture: string; readonly excesses: readonly Excess[] };
}

export interface RunOptions {
  readonly problem: Problem;
  readonly store: Store;
  /** Made only when there is something to run. What happens to its workers is stored with the run's events. */
  readonly createExecutor: (onEvent: (event: ExecutorEvent | FleetEvent) => void, run: Run) => Executor;
  /** Go on with a stored run: one that is done and complete is shown again; where there is none of this name and seed, one is started. */
  readonly resume?: ResumeOptions;
  /** How the user begins this experiment anew, for messages. */
  readonly command?: string;
  /** The file that the experiment was read from, as an absolute path: stored with the events, for whoever goes on with the run. */
  readonly file?: string;
  readonly signal?: AbortSignal;
  readonly onRun?: (run: Run, resumed: boolean) => void;
  /** When a search whose budget is a time has its number of evaluations. */
  readonly onPlan?: (experiment: Experiment) => void;
  readonly onTrial?: (progress: SearchProgress) => void;
  /** When a stage of training after the first begins, and after each of its trainings. */
  readonly onStage?: (progress: StageCount) => void;
  /** After each test and measurement of the final report. */
  readonly onReport?: (done: number, of: number) => void;
}

export interface RunResult {
  readonly run: Run;
  readonly summary: RunSummary;
  /** As they are after the last stage of training. */
  readonly front: readonly (Trial | TrialAtStage)[];
}

/**
 * Carries an experiment out: search, the later stages of training, then the final report of the front, with everything stored as it
 * happens.
 * @throws the signal's reason when aborted; the run is then marked `interrupted` and can be resumed.
 * @throws InputError where the run to be resumed does not exist, is being run by another process, or was made with other settings.
 */
export async function runExperiment(options: RunOptions): Promise<RunResult> {
  const { store, signal, command = "archwright search FILE" } = options;
  const asked = { store, command, ...(options.resume ? { resume: options.resume } : {}) };
  const found = findRun({ ...asked, experiment: options.problem.experiment });
  let experiment = found ? continuing(found.experiment, options.problem.experiment) : options.problem.experiment;
  let problem = { ...options.problem, experiment };
  const opening = { ...asked, experiment };
  if (found && isComplete(found, problem, store)) {
    options.onRun?.(found, true);
    return storedResult(found, store);
  }
  // Before there is a run: what is wrong with them leaves none behind.
  const earlier = earlierRuns(problem, store);
  const run = found ? claimRun(found, opening) : createRun(opening);
  options.onRun?.(run, found !== undefined);

  const startedAt = performance.now();
  const seconds = () => run.seconds + (performance.now() - startedAt) / 1000;
  const tally = createTally();
  store.addEvent(run.id, found ? "resumed" : "started", {
    pid: process.pid,
    ...(options.file === undefined ? {} : { file: options.file }),
  });
  const executor = lazily(() => options.createExecutor((event) => recordEvent(store, run, event), run));
  try {
    if (found) addDevices(problem, store, run);
    if (needsPlan(experiment)) {
      experiment = await planForTime({ problem, run, executor, ...(signal ? { signal } : {}) }).catch((error: unknown) => {
        // What is wrong with the experiment leaves no run behind.
        if (error instanceof InputError && !found) store.deleteRun(run.id);
        throw error;
      });
      problem = { ...problem, experiment };
      store.updateRun(run.id, { experiment, experimentHash: experimentHash(experiment) });
      store.addEvent(run.id, "planned", { ...experiment.search.time, evaluations: experiment.search.evaluations } as Json);
      options.onPlan?.(experiment);
    }
    const searched = await search({
      problem,
      run,
      store,
      executor,
      earlier,
      ...(signal ? { signal } : {}),
      onTrial: (progress) => {
        tally.count(progress.trial);
        options.onTrial?.(progress);
      },
    });
    const context = { problem, run, store, executor, ...(signal ? { signal } : {}) };
    const stages = await trainLaterStages({ ...context, ...(options.onStage ? { onTraining: options.onStage } : {}) });
    const best = stages.length === 0 ? searched.front : frontOfLastStage(experiment, store.trials(run.id));
    keepWeightsOf(best, withLaterWeights(experiment, run, store), run, store);
    const { front, missing } = await finish({
      ...context,
      front: best,
      ...(options.onReport ? { onPiece: options.onReport } : {}),
    });
    const summary: RunSummary = {
      reason: searched.reason,
      candidates: searched.candidates,
      evaluations: searched.evaluations,
      front: front.map(({ number }) => number),
      ...(stages.length === 0 ? {} : { stages: stages.map(({ trainings, failed }) => ({ trainings, failed })) }),
      ...tally.result(front.length === 0),
      reproducible: reproducibility(experiment),
      missing,
    };
    const ended = store.updateRun(run.id, { status: "done", seconds: seconds(), summary: summary as unknown as Json, owner: undefined });
    store.addEvent(run.id, "done", { reason: summary.reason });
    return { run: ended, summary, front: front.map((trial) => atStage(experiment, trial)) };
  } catch (error) {
    const interrupted = signal?.aborted === true;
    recordEnding(store, run, interrupted ? "interrupted" : "failed", seconds(), error);
    throw error;
  } finally {
    await executor.close();
  }
}

/** Whether a run has done all that this experiment asks for, its final report included. */
function isComplete(run: Run, problem: Problem, store: Store): boolean {
  if (run.status !== "done" || run.experimentHash !== experimentHash(problem.experiment)) return false;
  return openPieces(problem, store, run, storedResult(run, store).front).length === 0;
}

/** What happens to workers comes at any moment, where nobody would catch what is thrown; a full disk shows again when the next trial is stored. */
export function recordEvent(store: Store, run: Run, { kind, ...detail }: ExecutorEvent | FleetEvent): void {
  try {
    store.addEvent(run.id, kind, detail as Json);
  } catch (error) {
    if (!(error instanceof ResourceError)) throw error;
  }
}

/** Stores how a run ended badly. Where not even that can be written (a full disk), the process's end says it: the run is `killed`. */
function recordEnding(store: Store, run: Run, status: "interrupted" | "failed", seconds: number, error: unknown): void {
  try {
    store.updateRun(run.id, { status, seconds, owner: undefined });
    store.addEvent(run.id, status, { message: error instanceof Error ? error.message : String(error) });
  } catch {
    // What went wrong first is thrown by the caller, and says more.
  }
}

/** What a run that is done has come to, as it is stored. */
export function storedResult(run: Run, store: Store): RunResult {
  const summary = run.summary as unknown as RunSummary;
  return { run, summary, front: summary.front.map((number) => atStage(run.experiment, storedTrial(store, run, number))) };
}

/** In order of the first objective. */
function frontOfLastStage(experiment: Experiment, trials: Iterable<Trial>): readonly Trial[] {
  const archive = new ParetoArchive<Trial>(experiment.objectives.length);
  for (const trial of comparedTrials(experiment, trials)) archive.add(trial.objectives, trial);
  return archive.items();
}

/** An executor that is made when the first job comes. */
export function lazily(create: () => Executor): Executor {
  let made: Executor | undefined;
  const get = () => {
    made ??= create();
    return made;
  };
  return {
    get slots() {
      return get().slots;
    },
    run: (job) => get().run(job),
    close: async () => made?.close(),
  };
}

/** Counts what stopped trials, and remembers the infeasible one nearest to the budgets; the same in whatever order they finish. */
function createTally() {
  const stopped: Partial<Record<Gate, number>> = {};
  const failures: Record<string, number> = {};
  let nearest: RunSummary["nearest"];
  let smallest = Number.POSITIVE_INFINITY;
  return {
    count: ({ number, architecture, status, gate, failure, excesses }: Trial) => {
      if (status === "feasible") return;
      stopped[gate] = (stopped[gate] ?? 0) + 1;
      if (failure) failures[failure.code] = (failures[failure.code] ?? 0) + 1;
      const violation = budgetViolation(excesses);
      const nearer = violation < smallest || (violation === smallest && number < (nearest?.trial ?? number));
      if (status === "infeasible" && nearer) {
        smallest = violation;
        nearest = { trial: number, architecture, excesses };
      }
    },
    result: (empty: boolean) => ({ stopped, failures, ...(empty && nearest ? { nearest } : {}) }),
  };
}
