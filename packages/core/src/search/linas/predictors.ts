/** What is expected of a candidate's objectives: known, corrected where it was predicted beforehand, or learned from the trials. */
import { numberAt } from "../../base/matrix.ts";
import type { EvaluatedCandidate, ObjectiveTraits, SearcherOptions } from "../searcher.ts";
import type { PredictorInputs } from "./inputs.ts";
import { PairwiseRidge } from "./pairwiseRidge.ts";

/** What is expected of one objective. */
export type Predictor<G> = (genotype: G) => number;

type Feasible<G> = Extract<EvaluatedCandidate<G>, { readonly status: "feasible" }>;
export const isFeasible = <G>(trial: EvaluatedCandidate<G>): trial is Feasible<G> => trial.status === "feasible";

/**
 * Predictors of all objectives. One that is known exactly is looked up and not learned; of one that was predicted beforehand the
 * logarithm of found / predicted is learned; the others are learned whole.
 * @param trials feasible ones; infinite objectives are left out.
 */
export function trainObjectives<G>(
  { objectives, known, traits }: SearcherOptions<G>,
  inputs: PredictorInputs<G>,
  trials: readonly Feasible<G>[],
): Predictor<G>[] {
  const [first] = trials;
  const knowledge = first && known?.(first.genotype);
  return Array.from({ length: objectives }, (_, axis): Predictor<G> => {
    const seen = trials.filter((trial) => Number.isFinite(numberAt(trial.objectives, axis)));
    const genotypes = seen.map(({ genotype }) => genotype);
    const values = seen.map((trial) => numberAt(trial.objectives, axis));
    const trait: ObjectiveTraits = traits?.[axis] ?? { nature: "score" };
    const beforehand = knowledge?.[axis];
    if (!beforehand || !known) return learnObjective(trait, inputs, genotypes, values);
    const knownOf = (genotype: G) => known(genotype)[axis]?.value ?? Number.POSITIVE_INFINITY;
    if (beforehand.sd === 0) return knownOf;
    const predicted = genotypes.map(knownOf);
    if (values.length === 0 || !values.every((value, i) => value > 0 && numberAt(predicted, i) > 0)) return knownOf;
    const deviation = learn(
      inputs,
      trait.nature,
      genotypes,
      values.map((value, i) => Math.log(value / numberAt(predicted, i))),
    );
    return (genotype) => knownOf(genotype) * Math.exp(deviation.predict(genotype));
  });
}

/**
 * Values above the least possible one are learned as logarithms of the difference. Where it is not known what is possible, positive
 * values are learned as they are or as logarithms, whichever leaving one out explains better.
 */
function learnObjective<G>(
  { nature, least, worst = Number.POSITIVE_INFINITY }: ObjectiveTraits,
  inputs: PredictorInputs<G>,
  genotypes: readonly G[],
  values: readonly number[],
): Predictor<G> {
  if (values.length === 0) return () => 0;
  const capped = values.map((value) => Math.min(value, worst));
  const lowest = least ?? 0;
  const plain = () => learn(inputs, nature, genotypes, capped);
  if (!capped.every((value) => value > lowest)) return plain().predict;
  const logarithmic = learn(
    inputs,
    nature,
    genotypes,
    capped.map((value) => Math.log(value - lowest)),
  );
  if (least === undefined) {
    const other = plain();
    if (!(logarithmic.relativeError < other.relativeError)) return other.predict;
  }
  return (genotype) => lowest + Math.exp(logarithmic.predict(genotype));
}

/** How much more than the encoding the features of the graph may vary as inputs: what is tried. */
const emphases: readonly number[] = [0.25, 1, 4];

interface Learned<G> {
  readonly relativeError: number;
  readonly predict: Predictor<G>;
}

/**
 * A regression on what can be seen of candidates. Whether their choices or the features of their graphs tell more differs between
 * spaces, so the emphasis on the features is that with which leaving one out explains the targets best.
 */
export function learn<G>(
  inputs: PredictorInputs<G>,
  nature: ObjectiveTraits["nature"],
  genotypes: readonly G[],
  targets: readonly number[],
): Learned<G> {
  const [first, ...others] = (inputs.haveFeatures ? emphases : [1]).map((emphasis) => {
    const input = inputs.scaledBy(genotypes, nature, emphasis);
    const model = new PairwiseRidge(genotypes.map(input), targets);
    return { relativeError: model.relativeError, predict: (genotype: G) => model.predict(input(genotype)) };
  }) as [Learned<G>, ...Learned<G>[]];
  return others.reduce((best, other) => (other.relativeError < best.relativeError ? other : best), first);
}
