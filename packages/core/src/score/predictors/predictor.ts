/** What a predictor of scores is: a row of a registry, what it learns from, what it says. */
import type { GraphFeatures } from "../graphFeatures.ts";
import type { ScorePrediction } from "./prediction.ts";

/** An architecture as predictors see it. */
export interface ScoreCandidate {
  /** Its canonical text. */
  readonly architecture: string;
  /** As `SearchSpace.encode` gives it; the same length for all. */
  readonly encoding: Float64Array;
  /** Of its graph; either all candidates of a predictor have them or none. */
  readonly features?: GraphFeatures;
}

/** An architecture whose score is known. */
export interface ScoreTrial {
  readonly candidate: ScoreCandidate;
  /** Finite; larger is better. */
  readonly score: number;
}

/** What is known of scores beforehand. */
export interface ScoreTraits {
  /** No score is better, as no accuracy is above 100 %. Where it is given, the logarithm of what is missing to it is modelled. */
  readonly best?: number;
}

/** Predicts scores of candidates, in their order. */
export interface ScorePredictor {
  predict(candidates: readonly ScoreCandidate[]): readonly ScorePrediction[];
}

/** A predictor for one space, which learns anew from any trials. */
export interface ScoreLearner {
  /**
   * The same for the same trials in any order, up to rounding. Without trials whose scores differ it knows no scale, and takes a
   * standard deviation of one unit (with `best`: of a factor of e).
   * @throws InputError without trials, for a score that is not finite, and for one above `best`.
   */
  learn(trials: readonly ScoreTrial[], traits?: ScoreTraits): ScorePredictor;
}

/** A row of the registry: held by the conformance suite `testing/scoreModel`. */
export interface ScoreModel {
  readonly name: string;
  /** In a few words, for a list. */
  readonly title: string;
  /** It looks at the features of graphs alone. */
  readonly needsFeatures: boolean;
  /** @param sample candidates that stand for the space, at least one: which features there are and how they are scaled. */
  prepare(sample: readonly ScoreCandidate[]): ScoreLearner;
}
