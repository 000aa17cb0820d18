/** One trial, from the cheap gates to its score. */
import {
  checkBudgets,
  createRng,
  type DeviceCosts,
  type Executor,
  type Experiment,
  evaluatorKindOf,
  exceededLimits,
  type Fidelity,
  fidelityOfStage,
  item,
  type Job,
  type Measurement,
  measuredBy,
  type Outcome,
  objectiveValue,
  ownMetricsOf,
  stagesOf,
  type Trial,
} from "@archwright/core";
import { type GatedTrial, passCheapGates } from "./gates.ts";
import type { Problem } from "./problem.ts";
import type { KnownValues } from "./tables.ts";

/** A trial, and the trained weights where it has any. */
export interface Evaluated {
  readonly trial: Trial;
  readonly weights?: Float32Array;
}

/** A candidate with its place in the run. */
export interface Candidate {
  readonly number: number;
  readonly genotype: unknown;
  readonly architecture: string;
  /** Numbers of the trials that it was made from. */
  readonly parents?: readonly number[];
}

/** Whether a trial got as far as the last gate, and so counts as an evaluation. */
export function isEvaluation(trial: Trial): boolean {
  return trial.gate === "trained";
}

/** How much the search gives a trial of this experiment: the first stage. */
export function fidelityOf({ experiment }: Problem): Fidelity {
  return fidelityOfStage(item(stagesOf(experiment), 0));
}

/** Seed of a trial's own generator: from the experiment's seed and the trial's number alone, so that no worker changes it. */
function trialSeed(problem: Problem, seed: number, number: number): number {
  return createRng(`${problem.experiment.name}/${seed}/trial/${number}`).int(2 ** 31);
}

/**
 * The first half of a trial: the gates that need no run. Synchronous.
 * @returns the finished trial where a gate stopped it, else what the second half goes on with.
 */
export function beginTrial(problem: Problem, seed: number, candidate: Candidate): { readonly trial: Trial } | { readonly open: OpenTrial } {
  const { number, genotype, architecture, parents = [] } = candidate;
  const gated = passCheapGates(problem, genotype, architecture);
  // Looking something up draws nothing, so its seed says nothing; hashing one would take a tenth of such a trial's time.
  const ownSeed = problem.scores ? 0 : trialSeed(problem, seed, number);
  const open: OpenTrial = { number, architecture, fidelity: fidelityOf(problem), seed: ownSeed, seconds: 0, ...gated };
  if (parents.length > 0) open.parents = parents;
  // Not spread once more: V8 takes microseconds to spread what was itself spread, and this runs for every candidate.
  const ended = (ending: Ending) => ({ trial: Object.assign(open, ending) });
  if (gated.failure) return ended({ status: "failed", gate: gated.gate });
  if (gated.excesses.length > 0) return ended({ status: "infeasible", gate: gated.gate });
  return problem.scores && !problem.measures ? ended(lookUp(problem, open, problem.scores)) : { open };
}

/** A trial that passed the cheap gates. */
export type OpenTrial = GatedTrial &
  Pick<Trial, "number" | "architecture" | "fidelity" | "seed" | "seconds" | "inherits"> & {
    parents?: readonly number[];
  };

/** What is known of a trial when it has ended, and was not when it was begun. */
type Ending = Pick<Trial, "status" | "gate" | "failure" | "score" | "objectives">;

/** The last gate where scores are known from the start. */
function lookUp(problem: Problem, open: OpenTrial, scores: KnownValues): Ending {
  const score = scores.get(open.architecture);
  if (score === undefined) throw new Error(`trial ${open.number} is of ${open.architecture}, whose score is not known`);
  return { gate: "trained", status: "feasible", score, objectives: objectivesOf(problem, open, score) };
}

/** Weights from which a trial's training begins, and whose they are. */
export interface Inherited {
  readonly weights: Float32Array;
  readonly inherits: NonNullable<Trial["inherits"]>;
}

/**
 * The second half of a trial: measured within budget, then trained, or looked up where scores are known from the start.
 * @param inherited what its training begins with; random weights where absent.
 */
export async function finishTrial(problem: Problem, executor: Executor, open: OpenTrial, inherited?: Inherited): Promise<Evaluated> {
  let current = open;
  let seconds = 0;
  const fail = (outcome: Extract<Outcome, { kind: "failed" }>, gate: Trial["gate"]): Evaluated => ({
    trial: { ...current, gate, status: "failed", failure: outcome.failure, seconds: seconds + outcome.seconds },
  });

  for (const { device, steers } of problem.devices) {
    if (measuredBy(device) === undefined || !steers) continue;
    const job: Job = { kind: "measure", trial: open.number, architecture: open.architecture, device: device.name };
    const outcome = await executor.run(job);
    if (outcome.kind === "failed") return fail(outcome, "measured");
    if (outcome.kind !== "measured") throw new Error(`a measure job came back as '${outcome.kind}'`);
    seconds += outcome.seconds;
    current = { ...current, devices: withMeasurement(current.devices, device.name, outcome.measurement) };
    const excesses = checkBudgets({ [outcome.measurement.metric]: outcome.measurement.value }, device.budgets);
    if (excesses.length > 0) {
      const named = excesses.map((excess) => ({ device: device.name, ...excess }));
      return { trial: { ...current, gate: "measured", status: "infeasible", excesses: named, seconds } };
    }
  }

  if (problem.scores) return { trial: { ...current, ...lookUp(problem, current, problem.scores), seconds } };
  const { number, architecture, fidelity, seed } = open;
  const named = evaluatorName(problem.experiment);
  const weights = inherited ? { weights: inherited.weights } : {};
  if (inherited) current = { ...current, inherits: inherited.inherits };
  const job: Job = { kind: "evaluate", trial: number, architecture, fidelity, seed, ...named, ...weights };
  const outcome = await executor.run(job);
  if (outcome.kind === "failed") return fail(outcome, "trained");
  if (outcome.kind !== "evaluated") throw new Error(`an evaluate job came back as '${outcome.kind}'`);
  seconds += outcome.seconds;
  const { score, testScore, metrics } = outcome;
  const known = { score, ...(testScore === undefined ? {} : { testScore }), ...(metrics ? { metrics } : {}) };
  const own = exceededLimits(ownMetricsOf(problem.experiment.evaluator), metrics);
  const trial: Trial =
    own.length > 0
      ? { ...current, gate: "trained", status: "infeasible", ...known, excesses: own, seconds }
      : { ...current, gate: "trained", status: "feasible", ...known, objectives: objectivesOf(problem, current, score, metrics), seconds };
  return { trial, ...(outcome.weights ? { weights: outcome.weights } : {}) };
}

/** The program that a worker must have, as a part of an evaluate job. */
export function evaluatorName({ evaluator: spec }: Experiment): { readonly evaluator?: string } {
  const evaluator = evaluatorKindOf(spec).calledOnWorkers?.(spec);
  return evaluator === undefined ? {} : { evaluator };
}

/** The costs of all devices with one measurement more. */
export function withMeasurement(devices: Trial["devices"], device: string, measurement: Measurement): Trial["devices"] {
  const before: DeviceCosts = devices[device] ?? { estimates: {}, measurements: [] };
  return { ...devices, [device]: { ...before, measurements: [...before.measurements, measurement] } };
}

function objectivesOf(
  problem: Problem,
  { number, devices, macs, parameters }: OpenTrial,
  score: number,
  metrics?: Trial["metrics"],
): readonly number[] {
  return problem.experiment.objectives.map((objective) => {
    const value = objectiveValue({ devices, macs, parameters, score, ...(metrics ? { metrics } : {}) }, objective, problem.experiment.task);
    if (value === undefined) throw new Error(`trial ${number} has no value of ${JSON.stringify(objective)}`);
    return value;
  });
}
