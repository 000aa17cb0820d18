/** Which class was taken for which. */
import { intAt } from "../../base/index.ts";
import { type Proportion, proportionOf } from "./estimates.ts";

/** How many images of one class were taken for one class, itself or another. */
export interface Confusion {
  readonly label: number;
  readonly predicted: number;
  readonly images: number;
}

/** What became of the images of one class. */
export interface ClassResult {
  /** Images of the class. */
  readonly support: number;
  /** Images that were taken for the class. */
  readonly predicted: number;
  /** Of the images that were taken for the class: those that are of it. Undefined where there are none. */
  readonly precision: Proportion | undefined;
  /** Of the images of the class: those that were taken for it. Undefined where there are none. */
  readonly recall: Proportion | undefined;
}

/** All pairs of label and prediction that occur, by label, then by prediction: of a thousand classes, most of a million do not. */
export function countConfusions(labels: Int32Array, predicted: Int32Array, classes: number): readonly Confusion[] {
  const counts = new Map<number, number>();
  labels.forEach((label, image) => {
    const cell = label * classes + intAt(predicted, image);
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  });
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([cell, images]) => ({ label: Math.floor(cell / classes), predicted: cell % classes, images }));
}

/** [label][predicted] */
export function confusionMatrix(confusions: readonly Confusion[], classes: number): number[][] {
  const matrix = Array.from({ length: classes }, () => Array<number>(classes).fill(0));
  for (const { label, predicted, images } of confusions) (matrix[label] as number[])[predicted] = images;
  return matrix;
}

export function classResults(confusions: readonly Confusion[], classes: number): readonly ClassResult[] {
  const [support, predicted, right] = [new Int32Array(classes), new Int32Array(classes), new Int32Array(classes)];
  for (const cell of confusions) {
    support[cell.label] = intAt(support, cell.label) + cell.images;
    predicted[cell.predicted] = intAt(predicted, cell.predicted) + cell.images;
    if (cell.label === cell.predicted) right[cell.label] = cell.images;
  }
  return Array.from(right, (correct, k) => ({
    support: intAt(support, k),
    predicted: intAt(predicted, k),
    precision: proportionOf(correct, intAt(predicted, k)),
    recall: proportionOf(correct, intAt(support, k)),
  }));
}
