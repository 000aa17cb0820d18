/** A classifier evaluated on images, with all that is needed to tell of it, and what JSON says of it. */
import { type ClassifierEvaluation, type Confusion, confusionMatrix, type MeanEstimate, type Proportion } from "@archwright/core";
import type { DatasetReport, NamedImages, SplitName } from "@archwright/runtimes";

/** The images that a classifier may be evaluated on. */
export const evaluationSplits = ["validation", "test", "train", "all"] as const satisfies readonly (SplitName | "all")[];
export type EvaluationSplit = (typeof evaluationSplits)[number];

export interface Evaluated {
  /** Where the network comes from: a trial of a run, or a file. */
  readonly origin: { readonly run: string; readonly trial: number } | { readonly model: string };
  readonly dataset: DatasetReport;
  readonly split: EvaluationSplit;
  readonly images: NamedImages;
  /** Names, in order of the outputs. */
  readonly classes: readonly string[];
  readonly evaluation: ClassifierEvaluation;
  /** How many of the mistakes are shown. */
  readonly worst: number;
  /** What a reader must know to judge the numbers. */
  readonly notes: readonly string[];
}

/** Larger confusion matrices are told by their largest entries alone. */
const mostClassesOfMatrix = 100;
const mostConfusions = 100;

/** The network, for people. */
export function nameOfOrigin(origin: Evaluated["origin"]): string {
  return "model" in origin ? origin.model : `trial ${origin.trial} of ${origin.run}`;
}

/** Pairs of different classes, those of most images first. */
export function largestConfusions({ confusions }: ClassifierEvaluation, most: number): readonly Confusion[] {
  return confusions
    .filter(({ label, predicted }) => label !== predicted)
    .sort((a, b) => b.images - a.images || a.label - b.label || a.predicted - b.predicted)
    .slice(0, most);
}

const percentOf = (share: Proportion | undefined) =>
  share === undefined
    ? null
    : {
        value: 100 * share.value,
        standard_error: 100 * share.standardError,
        low95: 100 * share.low95,
        high95: 100 * share.high95,
      };

const meanJson = ({ value, standardError, low95, high95 }: MeanEstimate) => ({
  value,
  standard_error: standardError ?? null,
  low95: low95 ?? null,
  high95: high95 ?? null,
});

/** The keys are documented in `docs/command-line.md`. Shares are in percent. */
export function evaluationJson({ origin, dataset, split, images, classes, evaluation, worst, notes }: Evaluated) {
  const { calibration } = evaluation;
  const name = (label: number) => classes[label] as string;
  return {
    ...origin,
    dataset: dataset.dataset,
    split,
    images: evaluation.images,
    outputs: evaluation.kind,
    accuracy: percentOf(evaluation.accuracy),
    negative_log_likelihood: meanJson(evaluation.negativeLogLikelihood),
    brier: meanJson(evaluation.brier),
    calibration: {
      expected_calibration_error: 100 * calibration.expectedCalibrationError,
      if_calibrated: { mean: 100 * calibration.ifCalibrated.mean, high95: 100 * calibration.ifCalibrated.high95 },
      bins: calibration.bins.map(({ from, to, images: count, confidence, accuracy }) => ({
        from: 100 * from,
        to: 100 * to,
        images: count,
        confidence: confidence === undefined ? null : 100 * confidence,
        accuracy: percentOf(accuracy),
      })),
    },
    classes: evaluation.classes.map(({ support, predicted, precision, recall }, label) => ({
      name: name(label),
      support,
      predicted,
      precision: percentOf(precision),
      recall: percentOf(recall),
    })),
    confusion_matrix: classes.length > mostClassesOfMatrix ? null : confusionMatrix(evaluation.confusions, classes.length),
    confusions: largestConfusions(evaluation, mostConfusions).map(({ label, predicted, images: count }) => ({
      label: name(label),
      prediction: name(predicted),
      images: count,
    })),
    worst: evaluation.mistakes.slice(0, worst).map(({ index, label, predicted, confidence }) => ({
      index,
      name: images.nameOf(index),
      label: name(label),
      prediction: name(predicted),
      confidence: 100 * confidence,
    })),
    notes,
  };
}
