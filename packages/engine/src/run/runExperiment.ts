import {
  budgetViolation,
  type Excess,
  type Executor,
  type Experiment,
  experimentHash,
  type Gate,
  InputError,
  type Json,
  type Run,
  reproducibility,
  type Store,
  type Trial,
} from "@archwright/core";
import type { ExecutorEvent } from "../executor/index.ts";
import type { FleetEvent } from "../fleet/index.ts";
import { finish } from "./finish.ts";
import { liveStatus } from "./liveStatus.ts";
import { createProblem } from "./problem.ts";
import type { SearchProgress } from "./progress.ts";
import { search } from "./search.ts";
import { type EndReason, keepWeightsOf } from "./searchState.ts";

/** What a finished run has to say. Stored with it. */
export interface RunSummary {
  readonly reason: EndReason;
  readonly candidates: number;
  readonly evaluations: number;
  /** Trials of the front, in order of the first objective. */
  readonly front: readonly number[];
  /** How many trials each gate stopped, or failed at. */
  readonly stopped: Readonly<Partial<Record<Gate, number>>>;
  readonly failures: Readonly<Record<string, number>>;
  readonly reproducible: "exact" | "replayable";
  /** Where nothing was feasible: the candidate nearest to the budgets, and what it exceeds. */
  readonly nearest?: { readonly trial: number; readonly architecture: string; readonly excesses: readonly Excess[] };
}

export interface RunOptions {
  readonly experiment: Experiment;
  readonly store: Store;
  /** Made only when there is something to run. What happens to its workers is stored with the run's events. */
  readonly createExecutor: (onEvent: (event: ExecutorEvent | FleetEvent) => void, run: Run) => Executor;
  /** Continue the newest unfinished run of this experiment and seed; where all are done show the newest, where there is none start one. */
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  readonly onRun?: (run: Run, resumed: boolean) => void;
  readonly onTrial?: (progress: SearchProgress) => void;
  readonly onReport?: (done: number, of: number) => void;
}

export interface RunResult {
  readonly run: Run;
  readonly summary: RunSummary;
  readonly front: readonly Trial[];
}

/**
 * Carries an experiment out: search, then the final report of the front, with everything stored as it happens.
 * @throws the signal's reason when aborted; the run is then marked `interrupted` and can be resumed.
 * @throws InputError where the run to be resumed is still being run by a live process, or is of a changed experiment.
 */
export async function runExperiment(options: RunOptions): Promise<RunResult> {
  const { experiment, store, signal } = options;
  const problem = createProblem(experiment);
  const { run, resumed } = openRun(options);
  options.onRun?.(run, resumed);
  if (run.status === "done") return storedResult(run, store);

  const startedAt = performance.now();
  const seconds = () => run.seconds + (performance.now() - startedAt) / 1000;
  const tally = createTally();
  store.updateRun(run.id, { status: "running", pid: process.pid });
  store.addEvent(run.id, resumed ? "resumed" : "started", { pid: process.pid });
  const executor = lazily(() => options.createExecutor(({ kind, ...detail }) => store.addEvent(run.id, kind, detail as Json), run));
  try {
    const found = await search({
      problem,
      run,
      store,
      executor,
      ...(signal ? { signal } : {}),
      onTrial: (progress) => {
        tally.count(progress.trial);
        options.onTrial?.(progress);
      },
    });
    keepWeightsOf(found.front, run, store);
    const front = await finish({
      problem,
      run,
      store,
      executor,
      front: found.front,
      ...(signal ? { signal } : {}),
      ...(options.onReport ? { onMember: options.onReport } : {}),
    });
    const summary: RunSummary = {
      reason: found.reason,
      candidates: found.candidates,
      evaluations: found.evaluations,
      front: front.map(({ number }) => number),
      ...tally.result(front.length === 0),
      reproducible: reproducibility(experiment),
    };
    store.updateRun(run.id, { status: "done", seconds: seconds(), summary: summary as unknown as Json, pid: undefined });
    store.addEvent(run.id, "done", { reason: summary.reason });
    return { run: store.run(run.id) as Run, summary, front };
  } catch (error) {
    const interrupted = signal?.aborted === true;
    store.updateRun(run.id, { status: interrupted ? "interrupted" : "failed", seconds: seconds(), pid: undefined });
    store.addEvent(run.id, interrupted ? "interrupted" : "failed", { message: error instanceof Error ? error.message : String(error) });
    throw error;
  } finally {
    await executor.close();
  }
}

/** The run to carry on with: a new one, or the newest of the same experiment and seed. */
function openRun({ experiment, store, resume }: RunOptions): { run: Run; resumed: boolean } {
  const hash = experimentHash(experiment);
  const fresh = () => ({
    run: store.createRun({ name: experiment.name, experiment: experiment as unknown as Json, experimentHash: hash, seed: experiment.seed }),
    resumed: false,
  });
  if (!resume) return fresh();
  const ofName = store.runs().filter((run) => run.name === experiment.name && run.seed === experiment.seed);
  const same = ofName.filter((run) => run.experimentHash === hash);
  const last = same.findLast((run) => run.status !== "done") ?? same.at(-1);
  if (!last) {
    const changed = ofName.findLast((run) => run.status !== "done");
    if (!changed) return fresh();
    throw new InputError(`run ${changed.id} was made from another version of this experiment and cannot be continued with this one`, {
      expected: "the experiment as it was when the run began",
      suggestion: "leave out --resume to start a new run",
    });
  }
  if (liveStatus(last) === "running" && last.pid !== process.pid) {
    throw new InputError(`run ${last.id} is being run by process ${last.pid}`, {
      expected: "a run that no process is working on",
      suggestion: `stop process ${last.pid} first, or leave out --resume to start a new run`,
    });
  }
  return { run: last, resumed: true };
}

function storedResult(run: Run, store: Store): RunResult {
  const summary = run.summary as unknown as RunSummary;
  return { run, summary, front: summary.front.map((number) => store.trial(run.id, number) as Trial) };
}

/** An executor that is made when the first job comes. */
function lazily(create: () => Executor): Executor {
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
