/** Images in another size, for networks that take them smaller or larger than the dataset has them. */
import { intAt } from "@archwright/core/base";
import { type ImageSize, imageSizeOf } from "@archwright/core/experiment";
import type { Network } from "@archwright/core/ir";
import type { ImageSet } from "./dataset.ts";

/** By which pixels of a row, from `first` on, and with which weights each pixel of the resized row is made. */
interface Taps {
  readonly first: Int32Array;
  /** [pixels of the resized row, taps] row-major, each row with the sum 1; unused ones are 0. */
  readonly weights: Float64Array;
  readonly count: number;
}

/**
 * A triangle around the place of the resized pixel, as wide as one pixel of the coarser of both rows at each side and cut at the edges.
 */
function tapsOf(from: number, to: number): Taps {
  const scale = from / to;
  const reach = Math.max(1, scale);
  const count = Math.min(from, 2 * Math.ceil(reach) + 1);
  const first = new Int32Array(to);
  const weights = new Float64Array(to * count);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const begin = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(from, Math.floor(centre + reach + 0.5));
    first[i] = Math.min(begin, from - count);
    const row = Array.from({ length: end - begin }, (_, j) => Math.max(0, 1 - Math.abs(begin + j + 0.5 - centre) / reach));
    const sum = row.reduce((a, b) => a + b, 0);
    row.forEach((weight, j) => {
      weights[i * count + begin - intAt(first, i) + j] = weight / sum;
    });
  }
  return { first, weights, count };
}

/** Resizes one axis of images laid out as [outer, from, inner]. */
function along({ first, weights, count }: Taps, source: Float32Array | Float64Array, from: number, inner: number, target: Float64Array) {
  let at = 0;
  for (let image = 0; at < target.length; image += from * inner) {
    for (let position = 0; position < first.length; position++) {
      const start = image + intAt(first, position) * inner;
      for (let i = 0; i < inner; i++, at++) {
        let sum = 0;
        for (let tap = 0; tap < count; tap++) {
          sum += (weights[position * count + tap] as number) * (source[start + tap * inner + i] as number);
        }
        target[at] = sum;
      }
    }
  }
}

/**
 * Makes what resizes an image [channels, height, width] to another height and width: bilinear interpolation, which is widened where the
 * image becomes smaller so that every pixel counts (antialiasing). The same as `Resize` of Pillow and of torchvision with
 * `antialias=True`, on numbers instead of bytes: nothing is rounded on the way. Weights add up to one, so that it does not matter whether an
 * image is normalised before or after.
 */
export function createResizer(
  channels: number,
  from: ImageSize,
  to: ImageSize,
): (image: Float32Array, target: Float32Array, at: number) => void {
  const columns = tapsOf(from.width, to.width);
  const rows = tapsOf(from.height, to.height);
  const narrow = new Float64Array(channels * from.height * to.width);
  const resized = new Float64Array(channels * to.height * to.width);
  return (image, target, at) => {
    along(columns, image, from.width, 1, narrow);
    along(rows, narrow, from.height, to.width, resized);
    target.set(resized, at);
  };
}

/** The images as a network takes them: resized when they are copied, or the set itself where they have its input's size. */
export function imagesFor(network: Network, images: ImageSet): ImageSet {
  return imagesOfSize(images, imageSizeOf(network));
}

/** The images in this size: resized when they are copied, or the set itself where they have it. */
export function imagesOfSize(images: ImageSet, size: ImageSize): ImageSet {
  if (images.height === size.height && images.width === size.width) return images;
  const image = new Float32Array(images.channels * images.height * images.width);
  const resize = createResizer(images.channels, images, size);
  return {
    ...images,
    height: size.height,
    width: size.width,
    copyImage: (index, target, at) => {
      images.copyImage(index, image, 0);
      resize(image, target, at);
    },
  };
}
