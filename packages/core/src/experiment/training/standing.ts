/** How trials stand after the stages of training: their scores as means over seeds, who comes into the next stage, and who is compared. */
import { createRng, item, mean, sampleVariance } from "../../base/index.ts";
import { crowdingDistances, nonDominatedSort } from "../../search/index.ts";
import { type Task, taskKindOf } from "../../tasks/index.ts";
import { evaluatorKindOf, ownMetricsOf } from "../evaluators/index.ts";
import type { Experiment } from "../experiment.ts";
import { exceededLimits, objectiveValue } from "../metrics.ts";
import type { MetricExcess, StageTraining, Training, Trial } from "../trial.ts";
import { type Fidelity, maxSeeds, type Stage, sameFidelity } from "./stages.ts";

/** What one stage of training, or retraining, says of a trial: means over its trainings that did not fail. Unknown is absent. */
export interface Standing {
  /** Index of the stage, from 0; absent where it was retrained apart from all stages. */
  readonly stage?: number;
  readonly fidelity: Fidelity;
  /** How many trainings the means are of. */
  readonly seeds: number;
  readonly score: number;
  /** Of the sample (n - 1), over the seeds; absent for one. */
  readonly scoreDeviation?: number;
  /** Known where each of these trainings was tested. Never used for any choice. */
  readonly testScore?: number;
  readonly testScoreDeviation?: number;
  readonly metrics?: Readonly<Record<string, number>>;
  /** What the means of the evaluator's own numbers break: the trial is then no member of a front, and comes into no later stage. */
  readonly excesses: readonly MetricExcess[];
  /** In the experiment's order, all minimised: scores and own numbers by their means, costs as they were when the trial was made. */
  readonly objectives: readonly number[];
}

/** A trial as it is at a stage, or retrained: `score`, `testScore`, `metrics`, `fidelity` and `objectives` are those of its standing. To be shown, never stored. */
export type TrialAtStage = Trial & { readonly standing: Standing };

/** Who comes into a stage after the first, and how far it has come. */
export interface StageProgress {
  /** Index of the stage, from 1. */
  readonly index: number;
  readonly stage: Stage;
  /** In order of number. */
  readonly members: readonly Trial[];
  /** Trainings that are known, failed ones included, and how many there are to be. */
  readonly trained: number;
  readonly trainings: number;
}

/** The stages of an experiment's training, one at least. */
export function stagesOf({ evaluator }: Experiment): readonly Stage[] {
  return evaluatorKindOf(evaluator).stages(evaluator);
}

/** The trainings of a trial in a stage after the first, in order of seed; failed ones included. */
export function trainingsIn({ trainings = [] }: Pick<Trial, "trainings">, stage: number): readonly StageTraining[] {
  return trainings.filter((training) => training.stage === stage);
}

/**
 * The seed of a training after the first stage: from these numbers alone, so that neither workers nor interruptions change it, and
 * different for each training of a stage.
 * @param stage where it is retrained apart from all stages: `retrained`.
 * @param index of the seed, from 0.
 */
export function trainingSeed({ name }: Experiment, runSeed: number, trial: number, stage: number | "retrained", index: number): number {
  return createRng(`${name}/${runSeed}/trial/${trial}/stage/${stage}`).int(2 ** 31 - maxSeeds) + index;
}

/** Whether the weights of a training are worth more than those that are kept: by validation score, of equal ones those of the lower seed. */
export function isBetterTraining(task: Task, one: Training, other: Training): boolean {
  if (one.score === undefined || other.score === undefined) return one.score !== undefined;
  const { of } = taskKindOf(task).objective;
  const [mine, others] = [of(one.score), of(other.score)];
  return mine < others || (mine === others && one.seed < other.seed);
}

/** How a trial stands after a stage; undefined where the stage gave it no score, or it is not feasible. */
export function standingOf(experiment: Experiment, trial: Trial, stage: number): Standing | undefined {
  const standing = meansOf(experiment, trial, stage === 0 ? [trial] : trainingsIn(trial, stage));
  return standing && { stage, ...standing };
}

/** Of those trainings of a trial that did not fail; undefined where all did, or the trial is not feasible. */
function meansOf(experiment: Experiment, trial: Trial, trainings: readonly (Trial | Training)[]): Standing | undefined {
  const { objectives } = trial;
  const given = trainings.filter((training) => training.score !== undefined);
  const [first] = given;
  if (objectives === undefined || first === undefined) return undefined;
  const scores = given.flatMap(({ score }) => score ?? []);
  const tests = given.flatMap(({ testScore }) => testScore ?? []);
  const score = mean(scores);
  const metrics = meanMetrics(given);
  const evaluated = { ...trial, score, ...(metrics && { metrics }) };
  return {
    fidelity: first.fidelity,
    seeds: scores.length,
    score,
    ...known("scoreDeviation", deviation(scores)),
    ...(tests.length === given.length && {
      testScore: mean(tests),
      ...known("testScoreDeviation", deviation(tests)),
    }),
    ...(metrics && { metrics }),
    excesses: exceededLimits(ownMetricsOf(experiment.evaluator), metrics),
    objectives: experiment.objectives.map((objective, i) => {
      if (objective.metric !== "error" && objective.metric !== "own") return item(objectives, i);
      return objectiveValue(evaluated, objective, experiment.task) ?? item(objectives, i);
    }),
  };
}

function deviation(values: readonly number[]): number | undefined {
  const variance = sampleVariance(values);
  return variance === undefined ? undefined : Math.sqrt(variance);
}

function known<Key extends string>(key: Key, value: number | undefined): { readonly [K in Key]?: number } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: number });
}

/** Of each number that all of them have. */
function meanMetrics(given: readonly Pick<Trial, "metrics">[]): Trial["metrics"] {
  const [first] = given;
  if (first?.metrics === undefined) return undefined;
  return Object.fromEntries(
    Object.keys(first.metrics).flatMap((name) => {
      const values = given.flatMap(({ metrics }) => metrics?.[name] ?? []);
      return values.length === given.length ? [[name, mean(values)]] : [];
    }),
  );
}

/**
 * A trial as it is at a stage, where it has a standing there; without a stage at the last one that gave it a score. A trial that
 * was only ever trained by the search is given back as it is.
 */
export function atStage(experiment: Experiment, trial: Trial, stage: number): TrialAtStage | undefined;
export function atStage(experiment: Experiment, trial: Trial): Trial | TrialAtStage;
export function atStage(experiment: Experiment, trial: Trial, stage?: number): Trial | TrialAtStage | undefined {
  if (stage === undefined) {
    const reached = (trial.trainings ?? []).reduce((last, training) => (training.score === undefined ? last : training.stage), 0);
    return reached === 0 ? trial : atStage(experiment, trial, reached);
  }
  return withStanding(trial, standingOf(experiment, trial, stage));
}

function withStanding(trial: Trial, standing: Standing | undefined): TrialAtStage | undefined {
  if (standing === undefined) return undefined;
  const { fidelity, score, testScore, metrics, objectives } = standing;
  const { testScore: _test, metrics: _metrics, ...rest } = trial;
  return { ...rest, fidelity, score, ...known("testScore", testScore), ...(metrics && { metrics }), objectives, standing };
}

/** The retrainings of a trial at a fidelity, in order of seed; failed ones included. Without a fidelity those that were asked for last. */
export function retrainingsAt(
  { retrainings = [] }: Pick<Trial, "retrainings">,
  fidelity = retrainings.at(-1)?.fidelity,
): readonly Training[] {
  return retrainings.filter((training) => fidelity !== undefined && sameFidelity(training.fidelity, fidelity));
}

/** A trial as it is after retraining; undefined where it was not retrained for so long, every training failed, or it is not feasible. */
export function asRetrained(experiment: Experiment, trial: Trial, fidelity?: Fidelity): TrialAtStage | undefined {
  return withStanding(trial, meansOf(experiment, trial, retrainingsAt(trial, fidelity)));
}

/**
 * The training whose weights are a trial's in the store, if any are there: a retraining, the best of the last stage, or the search's
 * own. Undefined of a trial that came into a later stage and not to the end of the last.
 */
export function storedTraining(trial: Trial): Trial | StageTraining | Training | undefined {
  const kept = ({ weightsKept }: Training) => weightsKept === true;
  return trial.retrainings?.find(kept) ?? (trial.trainings === undefined ? trial : trial.trainings.find(kept));
}

/** What a training was part of: `search`, `stage 3 of 3` or `retraining`. */
export function trainedBy(experiment: Experiment, training: Trial | StageTraining | Training): string {
  if ("number" in training) return "search";
  return "stage" in training ? `stage ${training.stage + 1} of ${stagesOf(experiment).length}` : "retraining";
}

/**
 * The stages after the first, up to the first that is not complete: who comes into a stage is known when the one before is. It follows
 * from the trials alone, so that whoever reads a run finds the same.
 * @param trials all of a run.
 */
export function stageProgress(experiment: Experiment, trials: readonly Trial[]): readonly StageProgress[] {
  const begun: StageProgress[] = [];
  let before = trials;
  for (const [index, stage] of stagesOf(experiment).entries()) {
    if (index === 0) continue;
    const members = bestOf(experiment, before, index - 1, stage.keep ?? 0);
    const trained = members.reduce((count, trial) => count + Math.min(stage.seeds, trainingsIn(trial, index).length), 0);
    const progress = { index, stage, members, trained, trainings: members.length * stage.seeds };
    begun.push(progress);
    if (trained < progress.trainings) break;
    before = members;
  }
  return begun;
}

/**
 * The trials of a run that may be compared with each other: those that came into the last stage that is complete, as they are there.
 * Scores of different fidelities are not comparable, so those that stayed in an earlier stage are left out. Where there is one stage
 * only, all trials as they are.
 */
export function comparedTrials(experiment: Experiment, trials: Iterable<Trial>): readonly (Trial | TrialAtStage)[] {
  const all = [...trials];
  if (stagesOf(experiment).length === 1) return all;
  const complete = stageProgress(experiment, all).findLast(({ trained, trainings }) => trained === trainings);
  if (complete === undefined) return all;
  return complete.members.flatMap((trial) => {
    const shown = atStage(experiment, trial, complete.index);
    return shown === undefined || shown.standing.excesses.length > 0 ? [] : [shown];
  });
}

/**
 * The best trials of a stage, in order of number: whole non-dominated fronts first; of the one that does not fit, the most crowded is
 * left out until the others do.
 */
function bestOf(experiment: Experiment, trials: readonly Trial[], stage: number, count: number): readonly Trial[] {
  const candidates = trials.flatMap((trial) => {
    const standing = standingOf(experiment, trial, stage);
    return standing === undefined || standing.excesses.length > 0 ? [] : [{ trial, objectives: standing.objectives }];
  });
  const vector = (index: number) => item(candidates, index).objectives;
  const chosen: number[] = [];
  for (const front of nonDominatedSort(candidates.map(({ objectives }) => objectives))) {
    if (chosen.length >= count) break;
    chosen.push(...spread(front, vector, count - chosen.length));
  }
  return chosen.map((index) => item(candidates, index).trial).sort((a, b) => a.number - b.number);
}

/** So many of a front, the most crowded left out one after another, of equally crowded ones that which came last. */
function spread(front: readonly number[], vector: (index: number) => readonly number[], count: number): readonly number[] {
  const kept = front.toSorted((a, b) => a - b);
  while (kept.length > count) {
    const distances = crowdingDistances(kept.map(vector));
    const least = Math.min(...distances);
    kept.splice(distances.lastIndexOf(least), 1);
  }
  return kept;
}
