/** Which images train, validate and test: dealt within each class, or as the user's own files and folders say. */
import { createRng, intAt } from "@archwright/core/base";

/** Numbers of the images in each split. */
export interface SplitIndices {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/** Shares of the images, multiples of 1/20; 0 for a split that is not dealt. */
export interface SplitShares {
  readonly validation: number;
  readonly test: number;
}

const ROUND = 20;
const twentieths = (share: number) => Math.round(share * ROUND);

/**
 * The split of the shipped digits, by position in rounds of twenty: of the positions p mod 20, the last 20·test are for
 * test, the 20·validation before them for validation. Fit only for files whose order is known to be harmless.
 */
export function dealInRounds(count: number, shares: SplitShares): SplitIndices {
  const firstTest = ROUND - twentieths(shares.test);
  const firstValidation = firstTest - twentieths(shares.validation);
  const part = (from: number, to: number) =>
    Int32Array.from({ length: count }, (_, i) => i).filter((i) => from <= i % ROUND && i % ROUND < to);
  return { train: part(0, firstValidation), validation: part(firstValidation, firstTest), test: part(firstTest, ROUND) };
}

/** The images of each label, in the order given. */
export function groupByLabel(images: Int32Array, labels: Int32Array, classes: number): number[][] {
  const groups: number[][] = Array.from({ length: classes }, () => []);
  for (const image of images) groups[intAt(labels, image)]?.push(image);
  return groups;
}

/** How many images of a class dealing takes at least: one for each split. */
export const neededPerClass = ({ validation, test }: SplitShares): number => 1 + (validation > 0 ? 1 : 0) + (test > 0 ? 1 : 0);

/**
 * Deals images within each class: a class's images are shuffled, the first of them are for test, the next for validation,
 * the others for training. The classes up to and with each one give the share of their images, rounded, to a split; each
 * class gives at least one. So the order of the file decides nothing, and every split has every class.
 * @param images each class has {@link neededPerClass} of them or more.
 * @returns the images of each split, shuffled within each class.
 */
export function dealByClass(
  images: Int32Array,
  labels: Int32Array,
  { classes, seed, ...shares }: SplitShares & { readonly classes: number; readonly seed: number },
): SplitIndices {
  const dealt: { train: number[]; validation: number[]; test: number[] } = { train: [], validation: [], test: [] };
  const rng = createRng(seed);
  let seen = 0;
  groupByLabel(images, labels, classes).forEach((group, label) => {
    const shuffled = rng.fork(`class ${label}`).shuffle(group);
    seen += group.length;
    const due = (share: number, given: number, most: number) =>
      share === 0 ? 0 : Math.max(1, Math.min(most, Math.round((twentieths(share) * seen) / ROUND) - given));
    const test = due(shares.test, dealt.test.length, group.length - neededPerClass({ ...shares, test: 0 }));
    const validation = due(shares.validation, dealt.validation.length, group.length - test - 1);
    dealt.test.push(...shuffled.slice(0, test));
    dealt.validation.push(...shuffled.slice(test, test + validation));
    dealt.train.push(...shuffled.slice(test + validation));
  });
  return {
    train: Int32Array.from(dealt.train),
    validation: Int32Array.from(dealt.validation),
    test: Int32Array.from(dealt.test),
  };
}

/**
 * `limit` of the images, every class in proportion and, where the limit allows it, with one image at least: image r (from 0)
 * of the n of its class, in the order given, stands at (r + ½) / n, the first of each at 0, and the images that stand lowest
 * are kept (at equal height: the lower label first). All of them where there are no more.
 */
export function limitByClass(images: Int32Array, labels: Int32Array, limit: number | undefined): Int32Array {
  if (limit === undefined || images.length <= limit) return images;
  const label = (image: number) => intAt(labels, image);
  const perClass = new Map<number, number>();
  const ranked = Array.from(images, (image) => {
    const rank = perClass.get(label(image)) ?? 0;
    perClass.set(label(image), rank + 1);
    return { image, rank };
  });
  const height = ({ image, rank }: (typeof ranked)[number]) => (rank === 0 ? 0 : (rank + 0.5) / (perClass.get(label(image)) as number));
  ranked.sort((a, b) => height(a) - height(b) || label(a.image) - label(b.image));
  return Int32Array.from(ranked.slice(0, limit), ({ image }) => image);
}
