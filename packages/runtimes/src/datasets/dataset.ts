/** What a dataset is, and what is reported of it. */
import type { Place } from "@archwright/core/base";
import type { InputDescription } from "@archwright/core/experiment";

/** Images of one split. Pixels are kept as they were stored; an image is normalised when it is copied. */
export interface ImageSet {
  /**
   * Writes an image, [channels, height, width], into `target` from position `at`: normalised so that every channel of the
   * training images has mean 0 and standard deviation 1.
   */
  copyImage(index: number, target: Float32Array, at: number): void;
  /** [count], each in 0 … classes − 1. */
  readonly labels: Int32Array;
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** How many classes the dataset has. */
  readonly classes: number;
}

/** A dataset with its fixed splits. The search sees `train` and `validation`; `test` is for the final report. */
export interface Dataset {
  readonly train: ImageSet;
  readonly validation: ImageSet;
  readonly test: ImageSet;
  /** Of each channel over the training images, of pixels scaled to [0, 1]: `normalised = (pixel − mean) / std`. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Names of the classes, in order of label. */
  readonly classes: readonly string[];
  /** SHA-256 over pixels, labels, classes and splits: equal where training and test see the same data. */
  readonly contentHash: string;
}

/** Images of one split as they are: {@link ImageSet.copyImage} gives pixels scaled to [0, 1], not normalised. */
export interface NamedImages extends ImageSet {
  /** What people call an image: its file in a folder, else its position in the dataset. */
  nameOf(index: number): string;
}

/** A dataset to be looked at, or for models that normalise images themselves. */
export interface RawDataset {
  readonly splits: Readonly<Record<SplitName, NamedImages>>;
  /** As those of {@link Dataset}. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly classes: readonly string[];
  readonly contentHash: string;
}

/** What a network must take and give for a dataset, and which data it is. */
export interface DatasetShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
  /** As {@link Dataset.contentHash}. */
  readonly contentHash: string;
  readonly input: InputDescription;
}

/** Something that a user should know of their dataset, and that does not stop a run. */
export interface DatasetWarning {
  readonly problem: string;
  readonly place?: Place;
  /** What to write instead, literally. */
  readonly write?: string;
}

export const splitNames = ["train", "validation", "test"] as const;
export type SplitName = (typeof splitNames)[number];

/** What was read of a dataset. Stored with a run and printed as JSON, so keys are written as elsewhere in JSON. */
export interface DatasetReport {
  /** The dataset's file or folder; `digits` for the shipped one. */
  readonly dataset: string;
  /** How many images are used, over all splits. */
  readonly images: number;
  /** Training images that `limit` leaves out, and damaged ones that `skip_damaged` does. */
  readonly left_out: { readonly limit: number; readonly damaged: readonly string[] };
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly splits: Readonly<Record<SplitName, number>>;
  /** How images came to their splits, in words. */
  readonly split_by: string;
  readonly classes: readonly ({ readonly name: string; readonly images: number } & Readonly<Record<SplitName, number>>)[];
  /** Of the pixels while a trial runs, and of a whole trial with reading and the runtime, about. */
  readonly memory: { readonly images_bytes: number; readonly trial_bytes: number };
  /** The colour behind what is transparent, of folders. */
  readonly background?: string;
  readonly warnings: readonly DatasetWarning[];
}
