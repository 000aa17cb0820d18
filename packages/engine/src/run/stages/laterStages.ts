/** The stages of training after the search: the best candidates trained longer, and again with other seeds. */
import {
  type Executor,
  evaluatorKindOf,
  fidelityOfStage,
  isBetterTraining,
  type Job,
  type Outcome,
  type Run,
  type StageProgress,
  type StageTraining,
  type Store,
  stageProgress,
  stagesOf,
  type Training,
  type Trial,
  trainingSeed,
  trainingsIn,
} from "@archwright/core";
import { evaluatorName } from "../evaluate.ts";
import { untilAborted } from "../loop/searchState.ts";
import type { Problem } from "../problem.ts";
import { storedTrial } from "../storedTrial.ts";

export interface LaterStagesOptions {
  readonly problem: Problem;
  readonly run: Run;
  readonly store: Store;
  readonly executor: Executor;
  readonly signal?: AbortSignal;
  /** When a stage begins, and after each of its trainings. */
  readonly onTraining?: (progress: StageCount) => void;
}

/** How far a stage has come. */
export interface StageCount extends Pick<StageProgress, "index" | "trained" | "trainings"> {
  /** Of the trained, those that failed. */
  readonly failed: number;
}

/** A training that a stage asks for. */
interface Wanted {
  readonly trial: number;
  readonly architecture: string;
  readonly seed: number;
}

/**
 * Carries out the stages of training after the first, one after another; in a stage all trainings at once, as far as the executor has
 * slots. Each is stored as soon as it is known, and what is stored is not trained again: a run that is resumed goes on exactly.
 *
 * @returns how far each stage has come in the end.
 * @throws the signal's reason when aborted.
 */
export async function trainLaterStages(options: LaterStagesOptions): Promise<readonly StageCount[]> {
  const { problem, run, store } = options;
  const counts: StageCount[] = [];
  for (const [index] of stagesOf(problem.experiment).entries()) {
    if (index === 0) continue;
    const progress = stageProgress(problem.experiment, [...store.trials(run.id)])[index - 1];
    if (progress === undefined) throw new Error(`stage ${index} of run ${run.id} is not complete`);
    counts.push(await trainStage(progress, options));
  }
  return counts;
}

async function trainStage({ index, stage, members, trainings }: StageProgress, options: LaterStagesOptions): Promise<StageCount> {
  const { problem, run, store, executor, signal, onTraining } = options;
  const { experiment } = problem;
  const wanted = members.flatMap((trial): Wanted[] => {
    const known = new Set(trainingsIn(trial, index).map(({ seed }) => seed));
    const seeds = Array.from({ length: stage.seeds }, (_, i) => trainingSeed(experiment, run.seed, trial.number, index, i));
    return seeds.filter((seed) => !known.has(seed)).map((seed) => ({ trial: trial.number, architecture: trial.architecture, seed }));
  });
  const failedOf = (trial: Trial) => trainingsIn(trial, index).filter(({ failure }) => failure !== undefined).length;
  const count = {
    index,
    trained: trainings - wanted.length,
    trainings,
    failed: members.reduce((sum, trial) => sum + failedOf(trial), 0),
  };
  if (wanted.length > 0) store.addEvent(run.id, "stage", { stage: index + 1, candidates: members.length, trainings: wanted.length });
  onTraining?.({ ...count });
  let isOver = false;
  const train = async (one: Wanted) => {
    const outcome = await executor.run(jobOf(problem, index, one));
    // What ends after an interruption may have been ended by it.
    if (isOver || signal?.aborted) return;
    const training = trainingOf(outcome, { stage: index, fidelity: fidelityOfStage(stage), seed: one.seed });
    keep(training, outcome.kind === "evaluated" ? outcome.weights : undefined, one.trial, options);
    count.trained++;
    if (training.failure) count.failed++;
    onTraining?.({ ...count });
  };
  try {
    await untilAborted(Promise.all(wanted.map(train)), signal);
  } finally {
    isOver = true;
  }
  return count;
}

function jobOf({ experiment }: Problem, stage: number, { trial, architecture, seed }: Wanted): Job {
  const stages = stagesOf(experiment);
  const isLast = stage === stages.length - 1;
  const fidelity = fidelityOfStage(stages[stage] as (typeof stages)[number]);
  const test = isLast && evaluatorKindOf(experiment.evaluator).tests ? { test: true as const } : {};
  return { kind: "evaluate", trial, architecture, fidelity, seed, stage, ...test, ...evaluatorName(experiment) };
}

/** A training as it is stored. */
export function trainingOf<Named extends Pick<Training, "fidelity" | "seed">>(outcome: Outcome, named: Named): Named & Training {
  if (outcome.kind === "failed") return { ...named, failure: outcome.failure, seconds: outcome.seconds };
  if (outcome.kind !== "evaluated") throw new Error(`an evaluate job came back as '${outcome.kind}'`);
  const { score, testScore, metrics, seconds } = outcome;
  return { ...named, score, ...(testScore === undefined ? {} : { testScore }), ...(metrics ? { metrics } : {}), seconds };
}

/** Stores a training; with its weights where it is of the last stage and none of the trial's has better ones, in whatever order they end. */
function keep(
  training: StageTraining,
  weights: Float32Array | undefined,
  number: number,
  { problem, run, store }: LaterStagesOptions,
): void {
  const { experiment } = problem;
  // Read now: other trainings of the trial may have been stored meanwhile.
  const trial = storedTrial(store, run, number);
  const { trainings = [] } = trial;
  const kept = trainings.find(({ stage, weightsKept }) => stage === training.stage && weightsKept);
  const isLast = training.stage === stagesOf(experiment).length - 1;
  // A person asked for a retraining's weights.
  const isRetrained = trial.retrainings?.some(({ weightsKept }) => weightsKept) === true;
  const keepsWeights =
    isLast && !isRetrained && weights !== undefined && (kept === undefined || isBetterTraining(experiment.task, training, kept));
  // Weights first: a process that is killed in between trains once more, and gets them again.
  if (keepsWeights) store.putWeights(run.id, number, weights);
  const others = keepsWeights ? trainings.map(({ weightsKept: _, ...other }) => other) : trainings;
  const all = [...others, keepsWeights ? { ...training, weightsKept: true as const } : training];
  store.updateTrial(run.id, { ...trial, trainings: all.sort((a, b) => a.stage - b.stage || a.seed - b.seed) });
}
