/** Random changes to training images. */
import { floatAt, type Rng } from "@archwright/core/base";

/** Random changes to training images; each is off where absent. */
export interface Augmentation {
  /** Shifts by up to so many pixels in each direction; what comes in is zero (the mean, once normalised). */
  readonly shift?: number;
  /** Mirrors left to right with probability one half. */
  readonly flip?: boolean;
  /** Zeroes a square of this side around a random pixel (DeVries and Taylor 2017). */
  readonly cutout?: number;
  /** Mixes the examples of a batch: alpha of the Beta distribution of their shares, above 0 and at most 1. */
  readonly mixup?: number;
}

/** Sizes of one image. */
export interface ImageSize {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Images one after another, [C, H, W] each, and the place of one among them. */
export interface ImagePlace {
  readonly images: Float32Array;
  readonly index: number;
}

export interface AugmentedCopy {
  readonly from: ImagePlace;
  readonly to: ImagePlace;
  readonly size: ImageSize;
  readonly augmentation: Augmentation;
  readonly rng: Rng;
}

/** Copies an image, changed at random by itself. */
export function copyAugmented({ from: source, to: target, size, augmentation, rng }: AugmentedCopy): void {
  const { channels, height, width } = size;
  const { shift = 0, flip = false, cutout = 0 } = augmentation;
  const pixels = height * width;
  const from = source.index * channels * pixels;
  const to = target.index * channels * pixels;
  if (shift === 0 && !flip && cutout === 0) {
    target.images.set(source.images.subarray(from, from + channels * pixels), to);
    return;
  }
  const down = shift === 0 ? 0 : rng.int(2 * shift + 1) - shift;
  const right = shift === 0 ? 0 : rng.int(2 * shift + 1) - shift;
  const mirrored = flip && rng.next() < 0.5;
  const holeTop = cutout === 0 ? 0 : rng.int(height) - Math.floor(cutout / 2);
  const holeLeft = cutout === 0 ? 0 : rng.int(width) - Math.floor(cutout / 2);
  for (let row = 0; row < height; row++) {
    const sourceRow = row - down;
    const rowInHole = row >= holeTop && row < holeTop + cutout;
    for (let column = 0; column < width; column++) {
      const shifted = column - right;
      const inside = sourceRow >= 0 && sourceRow < height && shifted >= 0 && shifted < width;
      const kept = inside && !(rowInHole && column >= holeLeft && column < holeLeft + cutout);
      const sourcePixel = sourceRow * width + (mirrored ? width - 1 - shifted : shifted);
      const targetPixel = to + row * width + column;
      for (let channel = 0; channel < channels; channel++) {
        target.images[targetPixel + channel * pixels] = kept ? floatAt(source.images, from + channel * pixels + sourcePixel) : 0;
      }
    }
  }
}

/** Images and targets of a batch, each with a number of values per example. */
export interface BatchArrays {
  /** [batch, channels, height, width]. */
  readonly images: Float32Array;
  /** [batch, classes], probabilities. */
  readonly targets: Float32Array;
}

/**
 * Mixup (Zhang et al. 2018): every example becomes λ times itself and 1 − λ times another of the batch, image and target alike. As in
 * the authors' program, λ from Beta(alpha, alpha) and the partners, a random permutation, are drawn once for the batch.
 */
export function mixBatch({ images, targets }: BatchArrays, batch: number, alpha: number, rng: Rng): void {
  const share = symmetricBeta(alpha, rng);
  const partners = rng.shuffle(Array.from({ length: batch }, (_, i) => i));
  for (const values of [images, targets]) {
    const before = values.slice();
    const size = values.length / batch;
    for (const [example, partner] of partners.entries()) {
      const [own, other] = [example * size, partner * size];
      for (let i = 0; i < size; i++) values[own + i] = share * floatAt(before, own + i) + (1 - share) * floatAt(before, other + i);
    }
  }
}

/** A number from Beta(alpha, alpha), 0 < alpha ≤ 1 (Jöhnk 1964). */
export function symmetricBeta(alpha: number, rng: Rng): number {
  for (;;) {
    const [x, y] = [(1 - rng.next()) ** (1 / alpha), (1 - rng.next()) ** (1 / alpha)];
    if (x + y > 0 && x + y <= 1) return x / (x + y);
  }
}
