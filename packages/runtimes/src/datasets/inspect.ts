/** What looks wrong in a dataset that can be read: pixels of another scale, images without content, uneven splits, images that occur twice. */
import { createHash } from "node:crypto";
import { intAt, item } from "@archwright/core/base";
import { type DatasetWarning, type RawDataset, type SplitName, splitNames } from "./dataset.ts";
import type { StoredImages } from "./imageSet.ts";
import { listed } from "./labels.ts";
import type { ImageSource } from "./source.ts";
import { groupByLabel, type SplitIndices } from "./splits.ts";

/** @param nameOf what messages call one of the stored images. */
export function inspectPixels(stored: StoredImages, file: string, nameOf: (image: number) => string): readonly DatasetWarning[] {
  const place = { file };
  const size = stored.channels * stored.height * stored.width;
  const area = stored.height * stored.width;
  const count = stored.labels.length;
  const { values, scale } = stored;
  let largest = 0;
  for (const value of values) if (value > largest) largest = value;
  const constant: string[] = [];
  let allEqual = true;
  for (let image = 0; image < count; image++) {
    const start = image * size;
    let plain = area > 1;
    for (let i = 0; i < size && (plain || allEqual); i++) {
      plain &&= values[start + i] === values[start + i - (i % area)];
      allEqual &&= values[start + i] === values[i];
    }
    if (plain) constant.push(nameOf(image));
  }
  if (allEqual) return [{ problem: "all images are equal", place }];
  const warnings: DatasetWarning[] = [];
  if (constant.length > 0) {
    const some = constant.length === count ? "all images are" : constant.length === 1 ? "1 image is" : `${constant.length} images are`;
    warnings.push({ problem: `${some} of one colour, without any content: ${listed(constant)}`, place });
  }
  if (largest > 0 && largest <= scale / 10) {
    const problem = `no pixel is above ${largest} where ${scale} means full intensity: all images are nearly black`;
    warnings.push({ problem, place, write: `scale: ${largest <= 1 ? 1 : Math.ceil(largest)}` });
  }
  return warnings;
}

/** Splits that the user made, whose classes have other shares than in training. */
export function inspectShares({ labels, classes, own, file }: ImageSource, splits: SplitIndices): readonly DatasetWarning[] {
  const shares = (split: SplitName) =>
    groupByLabel(splits[split], labels, classes.length).map(({ length }) => length / splits[split].length);
  const train = shares("train");
  return (["validation", "test"] as const).flatMap((split) => {
    if (own[split] === undefined) return [];
    const other = shares(split);
    const differences = other.map((share, label) => Math.abs(share - item(train, label)));
    // Half the sum: the share of images that would have to change class. Small splits differ by chance alone.
    const distance = differences.reduce((sum, difference) => sum + difference, 0) / 2;
    if (distance < 0.1 + 0.6 * Math.sqrt(classes.length / splits[split].length)) return [];
    const worst = differences.indexOf(Math.max(...differences));
    const percent = (share: number | undefined) => `${(100 * (share ?? 0)).toFixed(0)} %`;
    const problem = `the classes have other shares in ${split} than in train: '${classes[worst]}' has ${percent(other[worst])} and ${percent(train[worst])}`;
    return [{ problem, place: { file } }];
  });
}

/** An image and an equal one, by their names. */
export interface EqualImages {
  readonly image: string;
  readonly equals: string;
}

/** What of a dataset occurs twice. Written as JSON. */
export interface Duplicates {
  /** For each pair of splits that share images, a later split first: how many of its images are in the other too, and the first of them. */
  readonly across_splits: readonly {
    readonly split: SplitName;
    readonly other: SplitName;
    readonly images: number;
    readonly examples: readonly EqualImages[];
  }[];
  /** Images that equal an earlier one, in any split, that has another label. */
  readonly of_other_classes: { readonly images: number; readonly examples: readonly EqualImages[] };
}

const mostExamples = 5;

interface Found {
  images: number;
  readonly examples: EqualImages[];
}

function add(to: Found, image: string, equals: string): void {
  to.images++;
  if (to.examples.length < mostExamples) to.examples.push({ image, equals });
}

/** Finds images that occur in several splits, or with several labels. */
export function findDuplicates({ splits }: RawDataset): Duplicates {
  const across = splitNames.flatMap((split, at) => splitNames.slice(0, at).map((other) => ({ split, other, images: 0, examples: [] })));
  const conflicts: Found = { images: 0, examples: [] };
  /** Of each content: the first image of each split and of each label that has it. */
  const seen = new Map<string, { readonly bySplit: Map<SplitName, string>; readonly byLabel: Map<number, string> }>();
  for (const split of splitNames) {
    const images = splits[split];
    const pixels = new Float32Array(images.channels * images.height * images.width);
    for (let index = 0; index < images.count; index++) {
      images.copyImage(index, pixels, 0);
      const content = createHash("sha1").update(pixels).digest("base64");
      const [name, label] = [images.nameOf(index), intAt(images.labels, index)];
      const { bySplit, byLabel } = seen.get(content) ?? { bySplit: new Map(), byLabel: new Map() };
      for (const pair of across) {
        const twin = pair.split === split ? bySplit.get(pair.other) : undefined;
        if (twin !== undefined) add(pair, name, twin);
      }
      const contrary = [...byLabel].find(([known]) => known !== label);
      if (contrary) add(conflicts, name, contrary[1]);
      if (!bySplit.has(split)) bySplit.set(split, name);
      if (!byLabel.has(label)) byLabel.set(label, name);
      seen.set(content, { bySplit, byLabel });
    }
  }
  return { across_splits: across.filter(({ images }) => images > 0), of_other_classes: conflicts };
}
