/** What a reader of one format gives: labels first, pixels when they are asked for. */
import type { Place } from "@archwright/core/base";
import type { DatasetWarning } from "./dataset.ts";

/** Pixels of some images, as they are stored: normalised only when they are used. */
export interface Pixels {
  /** [count, channels, height, width], row-major. */
  readonly values: Uint8Array | Float32Array;
  /** Positions, in what was asked for, of the images that `values` holds: all of them but the damaged ones that are left out. */
  readonly kept: Int32Array;
}

/** What a reader finds of a dataset before it is known which images are needed: everything but, perhaps, the pixels. */
export interface ImageSource {
  /** What errors call the dataset: its file or folder. */
  readonly file: string;
  readonly classes: readonly string[];
  /** [images], each checked to be below the number of classes. */
  readonly labels: Int32Array;
  /** Images that the user keeps apart; all others are dealt to the splits that are missing here. */
  readonly own: { readonly validation?: Int32Array; readonly test?: Int32Array };
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** The value that means full intensity. */
  readonly scale: number;
  /** Of one pixel in memory. */
  readonly bytesPerPixel: 1 | 4;
  /** Memory that reading takes for a while beside the pixels. */
  readonly readingBytes: number;
  readonly warnings: readonly DatasetWarning[];
  /** What a class's error is about, where that is not the whole dataset. */
  classPlace?(label: number): Place;
  /** What to look at where a class has too few images. */
  readonly hint?: string;
  /** What messages call an image. */
  nameOf(image: number): string;
  /** @throws InputError where an image is damaged. */
  read(images: Int32Array): Promise<Pixels>;
}

/** The numbers from 0 to count − 1. */
export const upTo = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);

/** Some of the images of an array that holds more. */
export function pickImages<T extends Uint8Array | Float32Array>(values: T, size: number, images: Int32Array): T {
  const picked = (values instanceof Uint8Array ? new Uint8Array(images.length * size) : new Float32Array(images.length * size)) as T;
  images.forEach((image, i) => {
    picked.set(values.subarray(image * size, (image + 1) * size), i * size);
  });
  return picked;
}
