import { createHash } from "node:crypto";
import { canonicalJson, InputError } from "@archwright/core/base";
import type { RawDataset, RawImages } from "./raw.ts";
import { dealSplits, holdOutTail, limitByClass, type SplitIndices, type SplitShares } from "./splits.ts";
import type { Dataset, ImageSet } from "./types.ts";

/** Mean and standard deviation of each channel over some of the images, of pixels scaled to [0, 1]. A constant channel gets 1. */
export function channelStatistics(raw: RawImages, indices: Int32Array): { readonly mean: number[]; readonly std: number[] } {
  const area = raw.height * raw.width;
  const mean: number[] = [];
  const std: number[] = [];
  for (let channel = 0; channel < raw.channels; channel++) {
    let sum = 0;
    let squares = 0;
    for (const index of indices) {
      const start = (index * raw.channels + channel) * area;
      for (let i = start; i < start + area; i++) {
        const pixel = (raw.pixels[i] as number) / raw.scale;
        sum += pixel;
        squares += pixel * pixel;
      }
    }
    const center = sum / (indices.length * area);
    const variance = squares / (indices.length * area) - center ** 2;
    mean.push(center);
    std.push(variance < 1e-12 ? 1 : Math.sqrt(variance));
  }
  return { mean, std };
}

function imageSet(raw: RawImages, indices: Int32Array, mean: readonly number[], std: readonly number[], classes: number): ImageSet {
  const { channels, height, width } = raw;
  const area = height * width;
  const images = new Float32Array(indices.length * channels * area);
  let at = 0;
  for (const index of indices) {
    for (let channel = 0; channel < channels; channel++) {
      const start = (index * channels + channel) * area;
      const [center, deviation] = [mean[channel] as number, std[channel] as number];
      for (let i = start; i < start + area; i++) images[at++] = ((raw.pixels[i] as number) / raw.scale - center) / deviation;
    }
  }
  const labels = Int32Array.from(indices, (index) => raw.labels[index] as number);
  return { images, labels, count: indices.length, channels, height, width, classes };
}

const everyIndex = (raw: RawImages) => Int32Array.from(raw.labels.keys());

function splitIndices(raw: RawDataset, shares: SplitShares): SplitIndices {
  if (raw.test) return { ...holdOutTail(raw.images.labels.length, shares.validation), test: everyIndex(raw.test) };
  return dealSplits(raw.positions ?? everyIndex(raw.images), shares);
}

/** Which images go where, and the hash of all that decides what training sees. */
export interface SplitPlan {
  /** The whole training split: what the normalisation is computed from. */
  readonly all: SplitIndices;
  /** Its part that is trained on. */
  readonly train: Int32Array;
  readonly contentHash: string;
}

/** @throws InputError where a split would be empty or there is only one class. */
export function planSplits(raw: RawDataset, shares: SplitShares, limit: number | undefined): SplitPlan {
  const place = { file: raw.file };
  const all = splitIndices(raw, shares);
  for (const split of ["train", "validation", "test"] as const) {
    if (all[split].length > 0) continue;
    throw new InputError(`${raw.images.labels.length} images are too few: none is left for the ${split} split`, {
      place,
      expected: "enough images for every split",
    });
  }
  if (raw.classes.length < 2) throw new InputError("all images have the same label", { place, expected: "at least two classes" });
  const train = limitByClass(all.train, raw.images.labels, limit);
  const hash = createHash("sha256").update(canonicalJson({ version: 1, classes: raw.classes }));
  for (const images of raw.test ? [raw.images, raw.test] : [raw.images]) {
    const { channels, height, width, scale, pixels, labels } = images;
    hash
      .update(canonicalJson({ shape: [labels.length, channels, height, width], scale }))
      .update(pixels)
      .update(labels);
  }
  for (const indices of [all.train, train, all.validation, all.test]) hash.update(`${indices.length}:`).update(indices);
  return { all, train, contentHash: hash.digest("hex") };
}

/**
 * Splits and normalises. Mean and standard deviation come from the whole training split, before `limit`.
 * @throws InputError where a split would be empty or there is only one class.
 */
export function prepare(raw: RawDataset, shares: SplitShares, limit: number | undefined): Dataset {
  const { all, train, contentHash } = planSplits(raw, shares, limit);
  const { mean, std } = channelStatistics(raw.images, all.train);
  const set = (images: RawImages, chosen: Int32Array) => imageSet(images, chosen, mean, std, raw.classes.length);
  return {
    train: set(raw.images, train),
    validation: set(raw.images, all.validation),
    test: set(raw.test ?? raw.images, all.test),
    mean,
    std,
    classes: raw.classes,
    contentHash,
  };
}
