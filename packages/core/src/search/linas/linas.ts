/** LINAS: light predictors, trained anew in each round, and an evolutionary search on what they predict. */
import { z } from "zod";
import { numberAt } from "../../base/matrix.ts";
import { createGenerations } from "../algorithms/generations.ts";
import { leastCrowded } from "../algorithms/nsga2.ts";
import { createRounds, type Round } from "../algorithms/rounds.ts";
import type { EvaluatedCandidate, Searcher, SearcherKind, SearcherOptions } from "../searcher.ts";
import { initial, round } from "../sharedSettings.ts";
import { PredictorInputs } from "./inputs.ts";
import { mostPromising } from "./mostPromising.ts";
import { isFeasible, learn, type Predictor, trainObjectives } from "./predictors.ts";

const settings = z.strictObject({
  round,
  initial,
});
type Settings = z.output<typeof settings>;

/** The inner loop: individuals kept, and predictions of one round. */
const innerPopulation = 50;
const innerPredictions = 500;

/**
 * LINAS (Cummings, Sarah, Sridhar, Szankin, Muñoz and Sundaresan, "A Hardware-Aware Framework for Accelerating Neural Architecture
 * Search Across Modalities", 2022; DyNAS-T): each round trains light predictors of the objectives on all trials, searches on them by
 * NSGA-II, and evaluates the best that it found.
 *
 * Where it differs from the paper:
 * - The predictors are an additive and a pairwise ridge in one (`PairwiseRidge`), instead of ridge or support vector regression.
 * - Where the features of a candidate's graph are known they are inputs beside the encoding, with the weight that leaving one out prefers.
 * - Objectives that are known beforehand are looked up instead of learned; what is known to be over budget is proposed last.
 * - A round is small, and its candidates are taken one after the other by the hypervolume that they are predicted to add to the
 *   front, instead of the best fifty of the inner population.
 * - Where trials were over budget a further predictor of the violation keeps the inner loop within the budgets.
 */
export const linas: SearcherKind<typeof settings> = { name: "linas", settings, create: createLinas, plan: planned };

function planned({ round, initial }: Settings, evaluations: number) {
  return { round: round ?? Math.min(50, Math.max(4, Math.round(evaluations / 25))), initial: initial ?? 12 };
}

function createLinas<G>(options: SearcherOptions<G>, chosen: Settings): Searcher<G> {
  const { round: batch, initial } = planned(chosen, options.evaluations);
  const inputs = new PredictorInputs(options);
  return createRounds(options, {
    name: "linas",
    batch,
    initial,
    propose: (round) => {
      const predictors = trainPredictors(options, inputs, round.trials);
      const predicted = innerLoop(round, predictors, options).filter(({ genotype }) => round.isOpen(genotype));
      return mostPromising(round.trials, predicted, 2 * batch, options.objectives);
    },
  });
}

/** What is expected of candidates. */
interface Predictors<G> {
  readonly objectives: readonly Predictor<G>[];
  /** By how much a candidate is over the budgets; 0 and less within. */
  over(genotype: G): number;
}

/** Predictors of every objective and, where a trial was over budget unforeseen, of the violation. */
function trainPredictors<G>(
  options: SearcherOptions<G>,
  inputs: PredictorInputs<G>,
  trials: readonly EvaluatedCandidate<G>[],
): Predictors<G> {
  const { violation } = options;
  const isUnforeseen = ({ genotype, status }: EvaluatedCandidate<G>) => status === "infeasible" && !((violation?.(genotype) ?? 0) > 0);
  const learned = trials.some(isUnforeseen) ? trainViolation(trials, inputs) : () => 0;
  return {
    objectives: trainObjectives(options, inputs, trials.filter(isFeasible)),
    over: (genotype) => {
      const known = violation?.(genotype) ?? 0;
      return known > 0 ? known : learned(genotype);
    },
  };
}

/** Above zero for what is predicted to be over budget: feasible trials count as far below zero as the others, on average, are above. */
function trainViolation<G>(trials: readonly EvaluatedCandidate<G>[], inputs: PredictorInputs<G>): Predictor<G> {
  const sizes = trials.map((trial) => (trial.status === "infeasible" ? Math.log1p(trial.violation) : 0));
  const over = sizes.filter((size) => size > 0);
  const mean = over.reduce((a, b) => a + b, 0) / Math.max(1, over.length);
  const targets = trials.map((trial, index) => (trial.status === "infeasible" ? numberAt(sizes, index) : -mean));
  return learn(
    inputs,
    "cost",
    trials.map(({ genotype }) => genotype),
    targets,
  ).predict;
}

/** NSGA-II on the predictions, from the best trials on. Gives all that was predicted. */
function innerLoop<G>(
  { trials, draw }: Round<G>,
  predictors: Predictors<G>,
  { space, objectives }: SearcherOptions<G>,
): EvaluatedCandidate<G>[] {
  const inner = createGenerations("nsga2", { space, rng: draw, objectives, evaluations: innerPredictions }, innerPopulation, leastCrowded);
  const judge = (genotype: G): EvaluatedCandidate<G> => {
    const over = predictors.over(genotype);
    if (over > 0) return { genotype, status: "infeasible", violation: over };
    return { genotype, status: "feasible", objectives: predictors.objectives.map((objective) => objective(genotype)) };
  };
  inner.tell(leastCrowded(trials, innerPopulation / 2).map(({ told }) => judge(told.genotype)));
  const predicted: EvaluatedCandidate<G>[] = [];
  while (predicted.length < innerPredictions) {
    const asked = inner.ask(inner.batch).map(judge);
    if (asked.length === 0) break;
    inner.tell(asked);
    predicted.push(...asked);
  }
  return predicted;
}
