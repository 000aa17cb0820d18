/** LINAS: light predictors, trained anew in each round, and an evolutionary search on what they predict. */
import { z } from "zod";
import { numberAt } from "../../base/matrix.ts";
import { createGenerations } from "../algorithms/generations.ts";
import { leastCrowded } from "../algorithms/nsga2.ts";
import { createRounds, type Round } from "../algorithms/rounds.ts";
import type { EvaluatedCandidate, Evaluation, Searcher, SearcherKind, SearcherOptions } from "../searcher.ts";
import { PredictorInputs } from "./inputs.ts";
import { mostPromising } from "./mostPromising.ts";
import { PairwiseRidge } from "./pairwiseRidge.ts";

const settings = z.strictObject({
  /** Trials of a round, after which the predictors are trained anew. By default planned by the number of evaluations: 4 to 50. */
  round: z.int().min(1).optional(),
  /** Random trials before the first predictors; rounded up to whole rounds. By default twelve. */
  initial: z.int().min(2).optional(),
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
 * - Where the features of a candidate's graph are known they are inputs beside the encoding.
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
      const input = inputs.scaledBy(round.trials.map(({ genotype }) => genotype));
      const predict = trainPredictors(round.trials, input, options.objectives);
      const predicted = innerLoop(round, predict, options).filter(({ genotype }) => round.isNew(genotype));
      return mostPromising(round.trials, predicted, 2 * batch, options.objectives);
    },
  });
}

type Predict<G> = (genotype: G) => Evaluation;

/** Predictors of every objective and, where a trial was over budget, of the violation. */
function trainPredictors<G>(
  trials: readonly EvaluatedCandidate<G>[],
  input: (genotype: G) => Float64Array,
  objectives: number,
): Predict<G> {
  const inputOf = ({ genotype }: EvaluatedCandidate<G>) => input(genotype);
  const violation = trials.some(({ status }) => status === "infeasible") ? trainViolation(trials, inputOf) : () => 0;
  const feasible = trials.filter((trial) => trial.status === "feasible");
  const models = Array.from({ length: objectives }, (_, axis) => {
    const known = feasible.filter((trial) => Number.isFinite(numberAt(trial.objectives, axis)));
    return trainObjective(
      known.map(inputOf),
      known.map((trial) => numberAt(trial.objectives, axis)),
    );
  });
  return (genotype) => {
    const x = input(genotype);
    const over = violation(x);
    if (over > 0) return { status: "infeasible", violation: over };
    return { status: "feasible", objectives: models.map((model) => model(x)) };
  };
}

/** Positive values are learned as they are or as logarithms, whichever leaving one out explains better. */
function trainObjective(inputs: readonly Float64Array[], values: readonly number[]): (input: Float64Array) => number {
  if (values.length === 0) return () => 0;
  const plain = new PairwiseRidge(inputs, values);
  if (values.every((value) => value > 0)) {
    const logarithmic = new PairwiseRidge(inputs, values.map(Math.log));
    if (logarithmic.relativeError < plain.relativeError) return (input) => Math.exp(logarithmic.predict(input));
  }
  return (input) => plain.predict(input);
}

/** Above zero for what is predicted to be over budget: feasible trials count as far below zero as the others, on average, are above. */
function trainViolation<G>(trials: readonly EvaluatedCandidate<G>[], inputOf: (trial: EvaluatedCandidate<G>) => Float64Array) {
  const sizes = trials.map((trial) => (trial.status === "infeasible" ? Math.log1p(trial.violation) : 0));
  const over = sizes.filter((size) => size > 0);
  const mean = over.reduce((a, b) => a + b, 0) / Math.max(1, over.length);
  const model = new PairwiseRidge(
    trials.map(inputOf),
    trials.map((trial, index) => (trial.status === "infeasible" ? numberAt(sizes, index) : -mean)),
  );
  return (input: Float64Array) => model.predict(input);
}

/** NSGA-II on the predictions, from the best trials on. Gives all that was predicted. */
function innerLoop<G>({ trials, draw }: Round<G>, predict: Predict<G>, { space, objectives }: SearcherOptions<G>): EvaluatedCandidate<G>[] {
  const inner = createGenerations("nsga2", { space, rng: draw, objectives, evaluations: innerPredictions }, innerPopulation, leastCrowded);
  const judge = (genotype: G): EvaluatedCandidate<G> => ({ genotype, ...predict(genotype) });
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
