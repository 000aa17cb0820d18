/** Images of one split, normalised when they are copied. */
import { floatAt, intAt, item } from "@archwright/core/base";
import type { ImageSet, NamedImages } from "./dataset.ts";

/** Pixels of a dataset's images as stored, and their sizes. */
export interface StoredImages {
  /** [images, channels, height, width], row-major. */
  readonly values: Uint8Array | Float32Array;
  /** The value that means full intensity. */
  readonly scale: number;
  /** [images] */
  readonly labels: Int32Array;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Of each channel, of pixels scaled to [0, 1]. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Mean and standard deviation of each channel over some of the images. A constant channel gets a deviation of 1. */
export function channelStatistics(stored: StoredImages, images: Int32Array): Normalisation {
  const area = stored.height * stored.width;
  const mean: number[] = [];
  const std: number[] = [];
  for (let channel = 0; channel < stored.channels; channel++) {
    let sum = 0;
    let squares = 0;
    for (const image of images) {
      const start = (image * stored.channels + channel) * area;
      for (let i = start; i < start + area; i++) {
        const pixel = (stored.values[i] as number) / stored.scale;
        sum += pixel;
        squares += pixel * pixel;
      }
    }
    const center = sum / (images.length * area);
    const variance = squares / (images.length * area) - center ** 2;
    mean.push(center);
    std.push(variance < 1e-12 ? 1 : Math.sqrt(variance));
  }
  return { mean, std };
}

/** Some of the stored images, normalised when they are copied. */
export function createImageSet(stored: StoredImages, images: Int32Array, { mean, std }: Normalisation, classes: number): ImageSet {
  const { values, scale, channels, height, width } = stored;
  const area = height * width;
  const normalise = (pixel: number, channel: number) => (pixel / scale - item(mean, channel)) / item(std, channel);
  // Of bytes there are 256: looking them up gives the same bits, and spares two divisions a pixel.
  const tables =
    values instanceof Uint8Array
      ? mean.map((_, channel) => Float32Array.from({ length: 256 }, (_, pixel) => normalise(pixel, channel)))
      : undefined;
  return {
    copyImage: (index, target, start) => {
      let from = intAt(images, index) * channels * area;
      let to = start;
      for (let channel = 0; channel < channels; channel++) {
        const table = tables?.[channel];
        for (let i = 0; i < area; i++, from++, to++) {
          const pixel = values[from] as number;
          target[to] = table === undefined ? normalise(pixel, channel) : floatAt(table, pixel);
        }
      }
    },
    labels: Int32Array.from(images, (image) => intAt(stored.labels, image)),
    count: images.length,
    channels,
    height,
    width,
    classes,
  };
}

/** The images of several sets after one another. @param sets of one dataset; at least one. */
export function joinImages(sets: readonly NamedImages[]): NamedImages {
  const [first] = sets;
  if (first === undefined) throw new RangeError("joinImages: no sets");
  const starts = sets.map((_, at) => sets.slice(0, at).reduce((sum, { count }) => sum + count, 0));
  const find = (index: number) => {
    const at = starts.findLastIndex((start) => start <= index);
    return [item(sets, at), index - item(starts, at)] as const;
  };
  return {
    ...first,
    copyImage: (index, target, at) => {
      const [set, own] = find(index);
      set.copyImage(own, target, at);
    },
    nameOf: (index) => {
      const [set, own] = find(index);
      return set.nameOf(own);
    },
    labels: Int32Array.from(sets.flatMap(({ labels }) => [...labels])),
    count: sets.reduce((sum, { count }) => sum + count, 0),
  };
}
