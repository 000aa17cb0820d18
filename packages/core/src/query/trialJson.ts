/** A trial as JSON shows it: numbers at full precision, with their units in the names, and how each is known. */
import { type CostEstimate, type CostName, costNames } from "../devices/index.ts";
import {
  type Experiment,
  formatObjective,
  knownCost,
  measured,
  metricNames,
  type Training,
  type Trial,
  type TrialAtStage,
} from "../experiment/index.ts";
import { taskKindOf } from "../tasks/index.ts";
import { exceededBudgets } from "./exceeded.ts";
import { type Values, valuesOf } from "./values.ts";

/** A trial's costs on one device as they are shown: what each is taken to be and how it is known, and what was predicted and measured. */
type CostJson = Record<string, number | null | Record<string, number | string>>;

/**
 * A trial as JSON shows it. Part of the contract: `architecture`, `costs` and the score under its metric's name stay.
 * @param trial as it is at a stage, where training has several: scores are then means over the seeds.
 * @param values how costs are read where several trials are shown: each in one kind for all of them.
 */
export function trialJson(experiment: Experiment, trial: Trial | TrialAtStage, values: Values = valuesOf(experiment.task, [trial])) {
  const { score } = taskKindOf(experiment.task);
  return {
    number: trial.number,
    architecture: trial.architecture,
    status: trial.status,
    gate: trial.gate,
    [score.name]: trial.score ?? null,
    [`test_${score.name}`]: trial.testScore ?? null,
    ...("standing" in trial ? standingJson(trial, score.name) : {}),
    ...(trial.metrics ? { metrics: trial.metrics } : {}),
    macs: trial.macs ?? null,
    parameters: trial.parameters ?? null,
    costs: Object.fromEntries(experiment.devices.map(({ name }) => [name, costsJson(trial, name, values)])),
    objectives:
      trial.objectives === undefined
        ? null
        : Object.fromEntries(
            experiment.objectives.map((objective, i) => [formatObjective(objective, experiment.task), trial.objectives?.[i] ?? null]),
          ),
    over_budget: exceededBudgets(experiment, trial).map(({ cost, ...rest }) => ({ ...rest, cost: metricNames[cost].column })),
    fidelity: trial.fidelity,
    ...(trial.parents ? { parents: trial.parents } : {}),
    ...(trial.inherits ? { inherits: trial.inherits } : {}),
    ...(trial.trainings
      ? { trainings: trial.trainings.map(({ stage, ...training }) => ({ stage: stage + 1, ...trainingJson(training, score.name) })) }
      : {}),
    ...(trial.retrainings ? { retrainings: trial.retrainings.map((training) => trainingJson(training, score.name)) } : {}),
    seconds: trial.seconds,
  };
}

/** `{ stage, seeds, accuracy_sd, test_accuracy_sd }`: stages count from 1, of a retraining it is null; so is a deviation of one seed. */
function standingJson({ standing: { stage, seeds, scoreDeviation, testScoreDeviation } }: TrialAtStage, score: string) {
  return {
    stage: stage === undefined ? null : stage + 1,
    seeds,
    [`${score}_sd`]: scoreDeviation ?? null,
    [`test_${score}_sd`]: testScoreDeviation ?? null,
  };
}

function trainingJson({ fidelity, seed, score, testScore, metrics, failure, seconds }: Training, name: string) {
  return {
    fidelity,
    seed,
    [name]: score ?? null,
    [`test_${name}`]: testScore ?? null,
    ...(metrics ? { metrics } : {}),
    failure: failure ?? null,
    seconds,
  };
}

/**
 * `{ latency_ms, …, sources: { latency_ms, … }, predicted: { profile, latency_ms, …, latency_ms_low95, latency_ms_high95 },
 * measured: { latency_ms, latency_ms_median, … } }`. A cost that is not known is null and has no source; `profile` stands where
 * the prediction is that of another device's profile.
 */
function costsJson(trial: Trial, device: string, values: Values): CostJson {
  const known = costNames.map((cost) => [metricNames[cost].column, shownCost(trial, device, cost, values)] as const);
  const estimates = trial.devices[device]?.estimates ?? {};
  const profile = Object.values(estimates).find((estimate) => estimate.profile !== undefined)?.profile;
  const measurement = measured(trial, device, "latencyMs");
  return {
    ...Object.fromEntries(known.map(([column, cost]) => [column, cost?.value ?? null])),
    sources: Object.fromEntries(known.flatMap(([column, cost]) => (cost ? [[column, cost.source]] : []))),
    predicted: {
      ...(profile === undefined ? {} : { profile }),
      ...Object.fromEntries(costNames.flatMap((cost) => predictedCost(cost, estimates[cost]))),
    },
    measured: measurement
      ? { latency_ms: measurement.value, latency_ms_median: measurement.median, latency_ms_spread: measurement.spread }
      : {},
  };
}

/** A cost as it was compared; one that was not compared as it is known, in the same kind for all trials shown. */
function shownCost(
  trial: Trial,
  device: string,
  cost: CostName,
  values: Values,
): { readonly value: number; readonly source: string } | undefined {
  const kind = values.kind(device, cost);
  if (kind === "measured") return knownCost(trial, device, cost);
  const estimate = trial.devices[device]?.estimates[cost];
  if (estimate === undefined || (estimate.profile !== undefined && !values.compares(device, cost))) return undefined;
  return { value: estimate.value, source: estimate.profile === undefined ? estimate.source : "predicted" };
}

/** An estimate and, where its error is known, the ends of its 95 % interval. */
function predictedCost(cost: CostName, estimate: CostEstimate | undefined): readonly (readonly [string, number])[] {
  if (estimate === undefined) return [];
  const { column } = metricNames[cost];
  const { value, low95, high95 } = estimate;
  return [
    [column, value],
    ...(low95 === null ? [] : [[`${column}_low95`, low95] as const]),
    ...(high95 === null ? [] : [[`${column}_high95`, high95] as const]),
  ];
}
