import type { InputDescription } from "@archwright/core/experiment";

/** Images of one split, normalised and ready to train on. */
export interface ImageSet {
  /** [count, channels, height, width], row-major; every channel has the training split's mean 0 and standard deviation 1. */
  readonly images: Float32Array;
  /** [count], each in 0 … classes − 1. */
  readonly labels: Int32Array;
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** How many classes the dataset has, whether or not all occur in this split. */
  readonly classes: number;
}

/** A dataset with its fixed splits. The search sees `train` and `validation`; `test` is for the final report. */
export interface Dataset {
  readonly train: ImageSet;
  readonly validation: ImageSet;
  readonly test: ImageSet;
  /** Of each channel over the training split, of pixels scaled to [0, 1]: `normalised = (pixel − mean) / std`. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Names of the classes, in order of label. */
  readonly classes: readonly string[];
  /** SHA-256 over pixels, labels, classes and splits: equal where training and test see the same data. */
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
