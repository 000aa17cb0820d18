/** Trials trained again on request, apart from search and stages: longer, and with several seeds. */
import {
  type Executor,
  evaluatorKindOf,
  type Fidelity,
  InputError,
  isBetterTraining,
  type Json,
  type Run,
  retrainingsAt,
  sameFidelity,
  stagesOf,
  type Training,
  type Trial,
  trainingSeed,
} from "@archwright/core";
import { evaluatorName } from "../evaluate.ts";
import { untilAborted } from "../loop/searchState.ts";
import { thisProcess } from "../ownership/owner.ts";
import { refuseOwned } from "../ownership/refuseOwned.ts";
import { lazily, type RunOptions, recordEvent } from "../runExperiment.ts";
import { storedTrial } from "../storedTrial.ts";
import { trainingOf } from "./laterStages.ts";

export interface RetrainOptions extends Pick<RunOptions, "store" | "createExecutor" | "signal"> {
  readonly run: Run;
  /** Feasible trials of the run, each once. */
  readonly trials: readonly Trial[];
  readonly fidelity: Fidelity;
  /** Trainings of each. */
  readonly seeds: number;
  /** Also where another machine may be working on the run, which cannot be seen from here. */
  readonly takeOver?: boolean;
  /** How the user would ask for the same again, for messages. */
  readonly command: string;
  /** After each training. */
  readonly onTraining?: (progress: RetrainProgress) => void;
}

/** How far it has come. */
export interface RetrainProgress {
  readonly trial: number;
  readonly training: Training;
  readonly done: number;
  readonly of: number;
}

/** A training that is asked for. */
interface Wanted {
  readonly trial: Trial;
  readonly seed: number;
}

/**
 * Trains trials from scratch, each with several seeds, and tests what was trained. Each training is stored as soon as it is known, with
 * its weights where its validation score is the best of them; what is stored is not trained again, but for what failed. The run's
 * trials, its status and its summary stay as they are.
 *
 * @returns the trials as they are stored then.
 * @throws InputError where another process works on the run, or its search may still need the weights that would be replaced.
 * @throws the signal's reason when aborted.
 */
export async function retrain(options: RetrainOptions): Promise<readonly Trial[]> {
  const { store, run, trials, fidelity, seeds, takeOver = false, command, signal } = options;
  store.updateRun(run.id, (current) => {
    refuseOwned(current, { takeOver, otherwise: "", command });
    refuseDonors(current);
    return { owner: thisProcess() };
  });
  const startedAt = performance.now();
  const executor = lazily(() => options.createExecutor((event) => recordEvent(store, run, event), run));
  try {
    signal?.throwIfAborted();
    const wanted = missingTrainings(options);
    const asked: Json = { trials: trials.map(({ number }) => number), ...fidelity, seeds, trainings: wanted.length };
    if (wanted.length > 0) store.addEvent(run.id, "retrain", asked);
    await trainAll(wanted, executor, options);
    return trials.map(({ number }) => storedTrial(store, run, number));
  } finally {
    await executor.close();
    const seconds = (performance.now() - startedAt) / 1000;
    store.updateRun(run.id, (current) => ({ owner: undefined, seconds: current.seconds + seconds }));
  }
}

/** Candidates of a search that goes on would begin with other weights than those the search knew. @throws InputError */
function refuseDonors({ id, status, experiment: { evaluator } }: Run): void {
  if (status === "done" || !evaluatorKindOf(evaluator).inherits?.(evaluator)) return;
  throw new InputError(`run ${id} is not done, and its candidates begin with weights of earlier ones, which retraining replaces`, {
    expected: `a run that is done: go on with its search first, by --resume ${id}`,
  });
}

/** By seed, then by trial, so that an interruption leaves trials with about as many trainings each. */
function missingTrainings({ store, run, trials, fidelity, seeds }: RetrainOptions): readonly Wanted[] {
  const stored = trials.map(({ number }) => storedTrial(store, run, number));
  return Array.from({ length: seeds }, (_, index) =>
    stored.flatMap((trial): Wanted[] => {
      const seed = trainingSeed(run.experiment, run.seed, trial.number, "retrained", index);
      const known = retrainingsAt(trial, fidelity).some((training) => training.seed === seed && training.failure === undefined);
      return known ? [] : [{ trial, seed }];
    }),
  ).flat();
}

async function trainAll(wanted: readonly Wanted[], executor: Executor, options: RetrainOptions): Promise<void> {
  const { fidelity, signal, onTraining } = options;
  const { experiment } = options.run;
  const test = evaluatorKindOf(experiment.evaluator).tests ? { test: true as const } : {};
  // Only a name, by which trainings of one trial are told apart.
  const stage = stagesOf(experiment).length;
  let done = 0;
  let isOver = false;
  const train = async ({ trial: { number, architecture }, seed }: Wanted) => {
    const job = { kind: "evaluate", trial: number, architecture, fidelity, seed, stage } as const;
    const outcome = await executor.run({ ...job, ...test, ...evaluatorName(experiment) });
    // What ends after an interruption may have been ended by it.
    if (isOver || signal?.aborted) return;
    const training = trainingOf(outcome, { fidelity, seed });
    const kept = keep(training, outcome.kind === "evaluated" ? outcome.weights : undefined, number, options);
    onTraining?.({ trial: number, training: kept, done: ++done, of: wanted.length });
  };
  try {
    await untilAborted(Promise.all(wanted.map(train)), signal);
  } finally {
    isOver = true;
  }
}

/** Stores a training, and its weights where none of those of the same fidelity that are kept is better. */
function keep(training: Training, weights: Float32Array | undefined, number: number, { run, store }: RetrainOptions): Training {
  // Read now: other trainings of the trial may have been stored meanwhile.
  const trial = storedTrial(store, run, number);
  const isSame = (other: Training) => sameFidelity(other.fidelity, training.fidelity);
  const all = trial.retrainings ?? [];
  const same = all.filter((other) => isSame(other) && other.seed !== training.seed);
  const best = same.find(({ weightsKept }) => weightsKept);
  const keepsWeights = weights !== undefined && (best === undefined || isBetterTraining(run.experiment.task, training, best));
  // Weights first: a process that is killed in between trains once more, and gets them again.
  if (keepsWeights) store.putWeights(run.id, number, weights);
  const without = <T extends Training>(list: readonly T[]) =>
    keepsWeights ? list.map(({ weightsKept: _, ...other }) => other as T) : list;
  const stored = keepsWeights ? { ...training, weightsKept: true as const } : training;
  store.updateTrial(run.id, {
    ...trial,
    ...(trial.trainings ? { trainings: without(trial.trainings) } : {}),
    retrainings: [...without(all.filter((other) => !isSame(other))), ...[...without(same), stored].sort((a, b) => a.seed - b.seed)],
  });
  return stored;
}
