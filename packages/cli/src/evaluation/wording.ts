/** What is said of an evaluation, in the terminal and in the report alike. */
import type { ClassResult, MeanEstimate, Proportion, ReliabilityBin } from "@archwright/core";
import { type Evaluated, largestConfusions } from "./evaluated.ts";

const percent = (share: number, digits = 1) => `${(100 * share).toFixed(digits)} %`;
const interval = (low: number, high: number) => `${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)}`;

/** A share with its interval, as two cells of a table. */
function cellsOf(share: Proportion | undefined): readonly [value: string, interval: string] {
  return share === undefined ? ["–", ""] : [percent(share.value), interval(share.low95, share.high95)];
}

function meanText({ value, standardError, low95, high95 }: MeanEstimate): readonly [value: string, error: string, interval: string] {
  const known = standardError !== undefined && low95 !== undefined && high95 !== undefined;
  return [value.toFixed(3), known ? standardError.toFixed(3) : "–", known ? `${low95.toFixed(3)}–${high95.toFixed(3)}` : ""];
}

/** Rows of text under a head. */
export interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The numbers about all images. */
export function scoreTable({ evaluation: { accuracy, negativeLogLikelihood, brier } }: Evaluated): TextTable {
  return {
    head: ["", "value", "standard error", "95 % interval"],
    rows: [
      ["accuracy", percent(accuracy.value, 2), percent(accuracy.standardError, 2), interval(accuracy.low95, accuracy.high95)],
      ["negative log-likelihood", ...meanText(negativeLogLikelihood)],
      ["Brier score (0 to 2)", ...meanText(brier)],
    ],
  };
}

/** Which images, and what the outputs are. */
export function describeImages({ dataset, split, evaluation: { images, kind } }: Evaluated): string {
  const which =
    split === "all"
      ? `all ${images} images of ${dataset.dataset}`
      : `the ${images} ${split === "train" ? "training" : split} images of ${dataset.dataset} (${dataset.split_by})`;
  const outputs = kind === "logits" ? "The network gives logits; a softmax makes them probabilities." : "The network gives probabilities.";
  return `On ${which}. ${outputs}`;
}

/** Whether the network is right as often as it claims. */
export function describeCalibration({ evaluation: { calibration, accuracy } }: Evaluated): string {
  const { expectedCalibrationError: error, ifCalibrated, bins } = calibration;
  const claimed =
    bins.reduce((sum, { confidence = 0, images }) => sum + confidence * images, 0) / bins.reduce((n, { images }) => n + images, 0);
  const verdict =
    error <= ifCalibrated.high95
      ? "no more than chance explains"
      : `more than chance explains: it is too ${claimed > accuracy.value ? "confident" : "cautious"} (mean confidence ${percent(claimed)})`;
  return `Expected calibration error ${percent(error, 2)} over ${bins.length} bins. A calibrated network would show ${percent(ifCalibrated.mean, 2)} on so many images by chance, and in 95 % of cases at most ${percent(ifCalibrated.high95, 2)}; so this is ${verdict}.`;
}

export function reliabilityTable({ evaluation: { calibration } }: Evaluated): TextTable {
  const filled = calibration.bins.filter(({ images }) => images > 0);
  return {
    head: ["confidence", "images", "mean confidence", "accuracy", "95 % interval"],
    rows: filled.map(({ from, to, images, confidence, accuracy }: ReliabilityBin) => [
      `${(100 * from).toFixed(0)}–${(100 * to).toFixed(0)} %`,
      String(images),
      percent(confidence ?? 0),
      ...cellsOf(accuracy),
    ]),
  };
}

/** @param most of them the ones of the lowest recall, where there are more classes. */
export function classTable({ classes, evaluation }: Evaluated, most = Number.POSITIVE_INFINITY): TextTable {
  const recall = ({ recall: share }: ClassResult) => share?.value ?? Number.POSITIVE_INFINITY;
  const all = evaluation.classes.map((result, label) => ({ result, name: classes[label] as string }));
  const shown = all.length <= most ? all : all.sort((a, b) => recall(a.result) - recall(b.result)).slice(0, most);
  return {
    head: ["class", "images", "precision", "95 % interval", "recall", "95 % interval"],
    rows: shown.map(({ name, result }) => [name, String(result.support), ...cellsOf(result.precision), ...cellsOf(result.recall)]),
  };
}

export function confusionTable({ classes, evaluation }: Evaluated, most: number): TextTable {
  const share = (label: number, images: number) => percent(images / (evaluation.classes[label]?.support ?? 0));
  return {
    head: ["label", "taken for", "images", "of the label's"],
    rows: largestConfusions(evaluation, most).map(({ label, predicted, images }) => [
      classes[label] as string,
      classes[predicted] as string,
      String(images),
      share(label, images),
    ]),
  };
}

export function mistakeTable({ classes, images, evaluation, worst }: Evaluated): TextTable {
  return {
    head: ["index", "image", "label", "prediction", "confidence"],
    rows: evaluation.mistakes
      .slice(0, worst)
      .map(({ index, label, predicted, confidence }) => [
        String(index),
        images.nameOf(index),
        classes[label] as string,
        classes[predicted] as string,
        percent(confidence, 2),
      ]),
  };
}
