/** Measures how fast evaluations are here, and plans a search of a given time by it. */
import { createRng, type Executor, type Experiment, InputError, planned, type Run } from "@archwright/core";
import { eachAtOnce } from "./eachAtOnce.ts";
import { beginTrial, finishTrial, isEvaluation, type OpenTrial } from "./evaluate.ts";
import { untilAborted } from "./loop/searchState.ts";
import type { Problem } from "./problem.ts";

export interface PlanOptions {
  readonly problem: Problem;
  readonly run: Run;
  readonly executor: Executor;
  readonly signal?: AbortSignal;
}

/** Evaluations that are measured: two for each slot, but no fewer and no more than these. */
const fewest = 6;
const most = 64;
/** Draws after which a candidate within the budgets is given up. */
const maxDraws = 2000;
/** The measured candidates are no trials: their jobs have numbers that no trial gets to. */
const firstNumber = 1_000_000_000;

/**
 * Evaluates random candidates within the budgets and plans as many evaluations as the experiment's time allows. Nothing of them is
 * stored or told to the search.
 * @throws InputError where none is within the budgets, none can be evaluated, or the time is too short.
 */
export async function planForTime({ problem, run, executor, signal }: PlanOptions): Promise<Experiment> {
  const slots = Math.max(1, executor.slots);
  const candidates = drawFeasible(problem, run.seed, Math.min(most, Math.max(fewest, 2 * slots)));
  const seconds: number[] = [];
  let failure: string | undefined;
  const measure = async (candidate: OpenTrial) => {
    const { trial } = await finishTrial(problem, executor, candidate);
    if (isEvaluation(trial) && trial.failure === undefined) seconds.push(trial.seconds);
    else failure ??= trial.failure?.message;
  };
  await untilAborted(
    eachAtOnce(candidates, () => slots, measure, signal),
    signal,
  );
  if (seconds.length === 0) {
    throw new InputError(`none of ${candidates.length} candidates could be evaluated, so nothing is known of how long that takes`, {
      expected: `evaluations that succeed (the first failed: ${failure ?? "over a budget"}), or 'evaluations' in place of 'time'`,
    });
  }
  return planned(problem.experiment, { slots, seconds });
}

function drawFeasible(problem: Problem, seed: number, count: number): readonly OpenTrial[] {
  const rng = createRng(`${seed}/plan`);
  const found: OpenTrial[] = [];
  for (let draw = 0; draw < maxDraws && found.length < count; draw++) {
    const genotype = problem.space.sample(rng);
    const number = firstNumber + found.length;
    const begun = beginTrial(problem, seed, { number, genotype, architecture: problem.space.format(genotype) });
    if ("open" in begun) found.push(begun.open);
  }
  if (found.length > 0) return found;
  throw new InputError(`none of ${maxDraws} random candidates is within the budgets, so nothing can be measured to plan by`, {
    expected: "looser budgets, or 'evaluations' in place of 'time'",
  });
}
