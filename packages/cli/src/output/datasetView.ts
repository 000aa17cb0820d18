/** What was read of a dataset, for people. */
import { formatPlace, formatQuantity } from "@archwright/core";
import type { DatasetReport, Duplicates } from "@archwright/runtimes";
import { harmless, renderTable } from "./render.ts";

const LISTED_CLASSES = 12;

/** A few lines: what a run says at its start. */
export function describeDataset(report: DatasetReport): string {
  const { images, channels, height, width, classes, splits, memory, left_out, background } = report;
  const shown = classes.slice(0, LISTED_CLASSES).map(({ name, images: count }) => `${name} (${count})`);
  const more = classes.length - shown.length;
  const damaged = left_out.damaged.length;
  const size = (bytes: number) => formatQuantity(bytes, "memory");
  return harmless(
    [
      `dataset ${report.dataset}: ${images} images of ${channels}×${height}×${width} (channels × height × width), ${classes.length} classes`,
      `  splits: train ${splits.train}, validation ${splits.validation}, test ${splits.test} (${report.split_by})`,
      `  images of each class: ${shown.join(", ")}${more > 0 ? ` and ${more} more classes` : ""}`,
      `  memory: ${size(memory.images_bytes)} of pixels; a trial takes about ${size(memory.trial_bytes)} before it trains`,
      ...(background === undefined ? [] : [`  transparency becomes ${background}`]),
      ...(left_out.limit > 0 ? [`  left out by limit: ${left_out.limit} training images`] : []),
      ...(damaged > 0
        ? [`  left out as damaged: ${damaged} (${left_out.damaged.slice(0, 10).join(", ")}${damaged > 10 ? ", …" : ""})`]
        : []),
      ...report.warnings.map(({ problem, place, write }) =>
        [
          `warning: ${place ? `${formatPlace(place)}: ` : ""}${problem}`,
          ...(write === undefined ? [] : [`  write instead: ${write}`]),
        ].join("\n"),
      ),
    ].join("\n"),
  );
}

/** What is told of a dataset that is looked at by itself. */
export interface ShownDataset extends DatasetReport {
  /** Of each channel over the training images, of pixels in [0, 1]. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly duplicates: Duplicates;
}

/** The same, with the statistics of pixels, what occurs twice, and every class in a table. */
export function renderDataset(report: ShownDataset): string {
  const rows = report.classes.map(({ name, images, train, validation, test }) => [name, ...[images, train, validation, test].map(String)]);
  const table = renderTable(["class", "images", "train", "validation", "test"], rows, (column) => column > 0);
  return `${describeDataset(report)}\n${harmless([describePixels(report), ...describeDuplicates(report), "", table].join("\n"))}`;
}

function describePixels({ mean, std }: ShownDataset): string {
  const numbers = (values: readonly number[]) => values.map((value) => value.toFixed(4)).join(", ");
  return `  pixels of training images, in [0, 1]: mean ${numbers(mean)}; standard deviation ${numbers(std)}`;
}

function describeDuplicates({ duplicates: { across_splits, of_other_classes } }: ShownDataset): readonly string[] {
  const examples = (pairs: Duplicates["of_other_classes"]["examples"]) =>
    pairs.map(({ image, equals }) => `${image} = ${equals}`).join(", ");
  const are = (images: number) => (images === 1 ? "1 image is" : `${images} images are`);
  return [
    ...across_splits.map(
      ({ split, other, images, examples: some }) =>
        `warning: ${are(images)} in ${split} and, equal in every pixel, in ${other} too: ${examples(some)}${images > some.length ? ", …" : ""}`,
    ),
    ...(of_other_classes.images === 0
      ? []
      : [
          `warning: ${are(of_other_classes.images)} equal in every pixel to an image of another class: ${examples(of_other_classes.examples)}${of_other_classes.images > of_other_classes.examples.length ? ", …" : ""}`,
        ]),
  ];
}
