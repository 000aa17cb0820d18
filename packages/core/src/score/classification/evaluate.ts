/** All that is said of a classifier on a set of images. */
import { at, InputError, intAt, type Rng } from "../../base/index.ts";
import { type Calibration, calibrationOf } from "./calibration.ts";
import { type ClassResult, type Confusion, classResults, countConfusions } from "./confusion.ts";
import { type MeanEstimate, meanOf, type Proportion, proportionOf } from "./estimates.ts";
import { type ClassifierOutputs, type OutputKind, predictionsOf } from "./outputs.ts";

/** An image that was taken for another class. */
export interface Mistake {
  /** Position of the image. */
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** Probability of the predicted class. */
  readonly confidence: number;
}

export interface ClassifierEvaluation {
  readonly kind: OutputKind;
  readonly images: number;
  readonly accuracy: Proportion;
  /** Mean of −ln of the label's probability, in nats. */
  readonly negativeLogLikelihood: MeanEstimate;
  /**
   * Mean of Σ (probability − truth)² over all classes, in [0, 2] (Brier, Monthly Weather Review 78, 1950); of two classes twice
   * what is often given.
   */
  readonly brier: MeanEstimate;
  readonly calibration: Calibration;
  /** In order of label. */
  readonly classes: readonly ClassResult[];
  /** Pairs of label and prediction that occur, those of right predictions too; by label, then by prediction. */
  readonly confusions: readonly Confusion[];
  /** All of them, the most confident first. */
  readonly mistakes: readonly Mistake[];
}

/**
 * Evaluates a classifier.
 * @param rng draws what a calibrated classifier would show; see `calibration.ts`.
 * @throws InputError where there are no images, or the outputs are neither logits nor probabilities.
 */
export function evaluateClassifier(outputs: ClassifierOutputs, rng: Rng): ClassifierEvaluation {
  const { labels, classes } = outputs;
  const { kind, predicted, confidence, logLoss, brier } = predictionsOf(outputs);
  const right = Uint8Array.from(labels, (label, image) => (label === predicted[image] ? 1 : 0));
  const accuracy = proportionOf(
    right.reduce((sum, one) => sum + one, 0),
    right.length,
  );
  if (accuracy === undefined) throw new InputError("there are no images to evaluate on");
  const confusions = countConfusions(labels, predicted, classes);
  const mistakes = [...right.keys()]
    .filter((image) => right[image] === 0)
    .map((index) => ({ index, label: intAt(labels, index), predicted: intAt(predicted, index), confidence: at(confidence, index) }))
    .sort((a, b) => b.confidence - a.confidence || a.index - b.index);
  return {
    kind,
    images: labels.length,
    accuracy,
    negativeLogLikelihood: meanOf(logLoss),
    brier: meanOf(brier),
    calibration: calibrationOf(confidence, right, rng),
    classes: classResults(confusions, classes),
    confusions,
    mistakes,
  };
}
