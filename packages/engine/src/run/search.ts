import { setImmediate as nextTurn } from "node:timers/promises";
import {
  budgetViolation,
  createRng,
  createSearcher,
  type Executor,
  ParetoArchive,
  type Run,
  type Searcher,
  type Store,
  type Told,
  type Trial,
} from "@archwright/core";
import { beginTrial, type Candidate, type Evaluated, finishTrial, isEvaluation } from "./evaluate.ts";
import type { Problem } from "./problem.ts";
import { createProgress, type SearchProgress } from "./progress.ts";
import { createRecorder, type Recorder } from "./recorder.ts";
import { createReplay, type Replay } from "./replay.ts";

/** Why a search ended. */
export type EndReason =
  /** All the evaluations that the experiment asks for were made. */
  | "evaluations"
  /** The space holds no candidate that was not tried. */
  | "exhausted"
  /** The limit of candidates was reached: nearly all were over budget. */
  | "candidates";

/**
 * Trials that only look something up never wait, so without a pause nothing else would happen: no signal, no progress bar.
 * As often their trials are written, in one transaction; after a crash they are looked up again.
 */
const TURN_MS = 20;

export interface SearchOptions {
  readonly problem: Problem;
  readonly run: Run;
  readonly store: Store;
  readonly executor: Executor;
  /** Aborted: the search stops at once and rejects with the signal's reason; what is stored stays. */
  readonly signal?: AbortSignal;
  readonly onTrial?: (progress: SearchProgress) => void;
}

export interface SearchResult {
  readonly reason: EndReason;
  readonly candidates: number;
  readonly evaluations: number;
  /** The feasible, non-dominated trials in order of the first objective. */
  readonly front: readonly Trial[];
}

/**
 * The run loop: the searcher is asked, candidates pass the gates, the executor evaluates, trials are stored, the searcher
 * is told. A generation is told only when all of it is known, in the order in which it was asked: so the trials do not
 * depend on how many workers there are, nor on interruptions.
 */
export async function search({ problem, run, store, executor, signal, onTrial }: SearchOptions): Promise<SearchResult> {
  const { experiment, space } = problem;
  const { evaluations: wanted, candidates: limit, algorithm, population } = experiment.search;
  const searcher: Searcher<unknown> = createSearcher(algorithm, {
    space,
    rng: createRng(`${run.seed}/search`),
    objectives: experiment.objectives.length,
    evaluations: wanted,
    ...(population === undefined ? {} : { population }),
  });
  const replay = createReplay(store.trials(run.id));
  const recorder = createRecorder(store, run.id);
  const archive = new ParetoArchive<Trial>(experiment.objectives.length);
  const finished = onTrial ? createProgress(experiment.objectives.length, onTrial) : () => undefined;
  const context: BatchContext = { problem, run, executor, replay, recorder, finished, signal };
  let candidates = 0;
  let evaluations = 0;
  let turnedAt = performance.now();

  const end = (reason: EndReason): SearchResult => ({ reason, candidates, evaluations, front: archive.items() });
  try {
    while (evaluations < wanted) {
      signal?.throwIfAborted();
      if (candidates >= limit) return end("candidates");
      const genotypes = searcher.ask(Math.min(searcher.batch, wanted - evaluations, limit - candidates));
      if (genotypes.length === 0) return end("exhausted");

      const batch = genotypes.map(
        (genotype, i): Candidate => ({
          number: candidates + i,
          genotype,
          architecture: space.format(genotype),
        }),
      );
      const trials = await evaluateBatch(context, batch);
      searcher.tell(trials.map(({ trial }, i) => toTold(genotypes[i], trial)));

      for (const { trial } of trials) {
        candidates++;
        if (isEvaluation(trial)) evaluations++;
        archive.add(trial.objectives, trial);
      }
      // While stored trials are taken in again, weights of later ones are still needed.
      const caughtUp = trials.some(({ replayed }) => !replayed);
      if (caughtUp && !problem.accuracy) {
        recorder.flush();
        keepWeightsOf(archive.items(), run, store);
      }
      if (performance.now() - turnedAt > TURN_MS) {
        recorder.flush();
        await nextTurn();
        turnedAt = performance.now();
      }
    }
    return end("evaluations");
  } finally {
    recorder.close();
  }
}

/** Forgets the trained weights of all other trials of the run. */
export function keepWeightsOf(front: readonly Trial[], run: Run, store: Store): void {
  store.keepWeights(
    run.id,
    front.map(({ number }) => number),
  );
}

interface BatchContext {
  readonly problem: Problem;
  readonly run: Run;
  readonly executor: Executor;
  readonly replay: Replay;
  readonly recorder: Recorder;
  readonly finished: (trial: Trial, replayed: boolean) => void;
  readonly signal: AbortSignal | undefined;
}

/** Rejects with the signal's reason as soon as it is aborted. Listens no longer than it must: a lasting promise would keep every batch it was raced with. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Evaluates a generation. Every trial is stored as soon as it is known; the result keeps the order of asking. */
async function evaluateBatch(
  { problem, run, executor, replay, recorder, finished, signal }: BatchContext,
  batch: readonly Candidate[],
): Promise<readonly { readonly trial: Trial; readonly replayed: boolean }[]> {
  const fresh = ({ trial, weights }: Evaluated) => {
    recorder.record(trial, weights);
    finished(trial, false);
    return { trial, replayed: false };
  };
  const pending = batch.map((candidate) => {
    const stored = replay.take(candidate.number, candidate.architecture);
    if (stored) {
      finished(stored, true);
      return { trial: stored, replayed: true };
    }
    const begun = beginTrial(problem, run.seed, candidate);
    return "trial" in begun ? fresh(begun) : finishTrial(problem, executor, begun.open).then(fresh);
  });
  const all = Promise.all(pending);
  return signal ? untilAborted(all, signal) : all;
}

/** A trial as a searcher is told of it. */
function toTold(genotype: unknown, trial: Trial): Told<unknown> {
  switch (trial.status) {
    case "feasible":
      return { genotype, status: "feasible", objectives: trial.objectives as readonly number[] };
    case "infeasible":
      return { genotype, status: "infeasible", violation: budgetViolation(trial.excesses) };
    case "failed":
      return { genotype, status: "failed" };
  }
}
