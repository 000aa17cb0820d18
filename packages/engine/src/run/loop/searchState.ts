/** What both ways of searching share: the state of a search, telling, the front, and giving the event loop its turn. */
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  budgetViolation,
  type EvaluatedCandidate,
  type Executor,
  type Experiment,
  evaluatorKindOf,
  type ParetoArchive,
  type Run,
  type Searcher,
  type Store,
  storedTraining,
  type Trial,
} from "@archwright/core";
import { isEvaluation } from "../evaluate.ts";
import type { Problem } from "../problem.ts";
import type { Donors } from "./donors.ts";
import type { Lineage } from "./lineage.ts";
import type { Recorder } from "./recorder.ts";

/** Why a search ended. */
export type EndReason =
  /** All the evaluations that the experiment asks for were made. */
  | "evaluations"
  /** The space holds no candidate that was not tried. */
  | "exhausted"
  /** The limit of candidates was reached: nearly all were over budget. */
  | "candidates";

/** What a search works with, and how far it has come; the same for both ways of searching. */
export interface SearchState {
  readonly problem: Problem;
  readonly run: Run;
  readonly store: Store;
  readonly executor: Executor;
  readonly signal: AbortSignal | undefined;
  readonly searcher: Searcher<unknown>;
  readonly lineage: Pick<Lineage<unknown>, "asked">;
  readonly recorder: Recorder;
  /** Trials of an earlier session whose weights are of a training after the search. */
  readonly trainedLater: readonly number[];
  /** Whose weights candidates begin with; absent where they begin with random ones. */
  readonly donors: Donors | undefined;
  /** Of the trials told. */
  readonly archive: ParetoArchive<Trial>;
  /** To be called of each trial as it finishes, for whoever watches. */
  readonly finished: (trial: Trial, replayed: boolean) => void;
  /** Trials told so far, and those of them that came as far as the last gate. */
  candidates: number;
  evaluations: number;
}

/** Tells the searcher of trials, in this order, and counts them. */
export function tell(state: SearchState, genotypes: readonly unknown[], trials: readonly Trial[]): void {
  state.searcher.tell(trials.map((trial, i) => toTold(genotypes[i], trial)));
  state.donors?.tell(trials);
  for (const trial of trials) {
    state.candidates++;
    if (isEvaluation(trial)) state.evaluations++;
    state.archive.add(trial.objectives, trial);
  }
}

/** A trial as a searcher is told of it. */
function toTold(genotype: unknown, trial: Trial): EvaluatedCandidate<unknown> {
  switch (trial.status) {
    case "feasible":
      return { genotype, status: "feasible", objectives: trial.objectives as readonly number[] };
    case "infeasible":
      return { genotype, status: "infeasible", violation: budgetViolation(trial.excesses) };
    case "failed":
      return { genotype, status: "failed" };
  }
}

/** The feasible, non-dominated trials told so far, in order of the first objective. */
export function frontOf({ archive }: SearchState): readonly Trial[] {
  return archive.items();
}

/** Forgets the trained weights of all trials of the run but these, such as the front, and those that were trained later. */
export function keepWeightsOf(front: readonly Trial[], trainedLater: readonly number[], run: Run, store: Store): void {
  store.keepWeights(run.id, [...front.map(({ number }) => number), ...trainedLater]);
}

/**
 * The trials whose weights are of a training after the search, in the last stage or on request: also where they are no member of any
 * front now, they may be again.
 */
export function withLaterWeights({ evaluator }: Experiment, run: Run, store: Store): readonly number[] {
  if (evaluatorKindOf(evaluator).runs !== "worker") return [];
  return [...store.trials(run.id)].flatMap((trial) => {
    const training = storedTraining(trial);
    return training === undefined || training === trial ? [] : [trial.number];
  });
}

/** Drops the weights that nobody can want again. Not while stored trials are taken in: weights of later ones are still needed. */
export function dropWeights(state: SearchState): void {
  if (state.problem.scores) return;
  state.recorder.flush();
  keepWeightsOf([...frontOf(state), ...(state.donors?.recent() ?? [])], state.trainedLater, state.run, state.store);
}

/**
 * Trials that only look something up never wait, so without a pause nothing else would happen: no signal, no progress bar.
 * As often their trials are written, in one transaction; after a crash they are looked up again.
 */
const TURN_MS = 20;

/** Says when it is time for the event loop to turn. */
export interface Turns {
  isDue(): boolean;
  /** Writes what is waiting and lets the event loop turn once. */
  take(): Promise<void>;
}

export function createTurns(recorder: Recorder): Turns {
  let turnedAt = performance.now();
  return {
    isDue: () => performance.now() - turnedAt > TURN_MS,
    take: async () => {
      recorder.flush();
      await nextTurn();
      turnedAt = performance.now();
    },
  };
}

/** Rejects with the signal's reason as soon as it is aborted. Listens no longer than it must: a lasting promise would keep every batch it was raced with. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
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
