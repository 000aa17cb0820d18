/** A search whose budget is a time: how many evaluations fit into it, planned once from the measured speed. */
import { formatQuantity, InputError, mean } from "../../base/index.ts";
import { evaluatorFor } from "../evaluators/index.ts";
import { type Experiment, usualCandidates } from "../experiment.ts";
import { fidelityOfStage, type Stage } from "./stages.ts";
import { stagesOf } from "./standing.ts";

/** What was measured before the search: evaluations of random candidates within the budgets, as many at once as there are slots. */
export interface MeasuredSpeed {
  /** Evaluations that run at once. */
  readonly slots: number;
  /** Wall time of each evaluation in the first stage, seconds; at least one. */
  readonly seconds: readonly number[];
}

/** Share of the time that is planned: the rest is for the search itself, for waiting at a generation's end, and for the final report. */
const plannedShare = 0.9;

/** What takes less is taken to take this long. */
const leastSeconds = 0.001;

/** Whether the number of evaluations is still to be planned. */
export function needsPlan({ search: { time } }: Experiment): boolean {
  return time !== undefined && time.plan === undefined;
}

/**
 * The experiment with as many evaluations as its time allows. Candidates of later stages are taken to be as slow as the slower half of
 * those that were measured, because the best are larger than the mean.
 * @throws InputError where not even the later stages fit, or stages that count in steps stand beside some that count in epochs.
 */
export function planned(experiment: Experiment, { slots, seconds }: MeasuredSpeed): Experiment {
  const { time, candidates } = experiment.search;
  if (time === undefined) throw new Error("the experiment has no time to plan for");
  const slower = seconds.toSorted((a, b) => b - a).slice(0, Math.ceil(seconds.length / 2));
  const plan = { slots, secondsEach: Math.max(leastSeconds, mean(seconds)), secondsLater: Math.max(leastSeconds, mean(slower)) };
  const evaluatorWith = (evaluations: number) => evaluatorFor(experiment.evaluator, evaluations);
  const stagesWith = (evaluations: number) => stagesOf({ ...experiment, evaluator: evaluatorWith(evaluations) });
  const secondsOf = (evaluations: number) => evaluations * plan.secondsEach + laterEvaluations(stagesWith(evaluations)) * plan.secondsLater;
  const available = (plannedShare * time.ms * slots) / 1000;
  const least = stagesWith(1)[1]?.keep ?? 1;
  if (secondsOf(least) > available) throw tooShort(time.ms, (1000 * secondsOf(least)) / slots / plannedShare);
  const evaluations = mostWithin(available, secondsOf, least);
  return {
    ...experiment,
    evaluator: evaluatorWith(evaluations),
    search: { ...experiment.search, time: { ms: time.ms, plan }, evaluations, candidates: candidates || usualCandidates(evaluations) },
  };
}

/** The largest number, from the least on, that takes no more than what is available; what they take grows with them. */
function mostWithin(available: number, secondsOf: (evaluations: number) => number, least: number): number {
  let [within, beyond] = [least, 2 * least];
  while (secondsOf(beyond) <= available) [within, beyond] = [beyond, 2 * beyond];
  while (beyond - within > 1) {
    const middle = Math.floor((within + beyond) / 2);
    if (secondsOf(middle) <= available) within = middle;
    else beyond = middle;
  }
  return within;
}

/** The trainings of all later stages together, counted in trainings of the first. @throws InputError */
function laterEvaluations([first, ...others]: readonly Stage[]): number {
  return others.reduce((sum, { keep = 0, seeds, ...stage }) => sum + keep * seeds * ratio(stage, first as Stage), 0);
}

/** How many times as long one stage trains as another. @throws InputError */
function ratio(stage: Pick<Stage, "epochs" | "steps">, first: Stage): number {
  const [longer, shorter] = [fidelityOfStage(stage), fidelityOfStage(first)];
  if ("steps" in longer && "steps" in shorter) return longer.steps / shorter.steps;
  if ("epochs" in longer && "epochs" in shorter) return longer.epochs / shorter.epochs;
  throw new InputError("stages that count in steps stand beside some that count in epochs, which cannot be planned for a time", {
    expected: "'steps' in every stage, or 'epochs' in every stage; or 'evaluations' in place of 'time'",
  });
}

function tooShort(timeMs: number, neededMs: number): InputError {
  return new InputError(`a search of ${formatQuantity(timeMs, "time")} is too short for its stages of training here`, {
    expected: `about ${formatQuantity(Math.ceil(neededMs / 60_000) * 60_000, "time")} at least, or shorter stages that keep fewer candidates`,
  });
}
