/** Which images of a dataset are used for what, before any is read. */
import { InputError, item } from "@archwright/core/base";
import { splitNames } from "./dataset.ts";
import type { ImageSource } from "./source.ts";
import { upTo } from "./source.ts";
import { dealByClass, dealInRounds, groupByLabel, limitByClass, neededPerClass, type SplitIndices, type SplitShares } from "./splits.ts";

export interface SplitOptions extends SplitShares {
  readonly split_seed: number;
  readonly limit?: number | undefined;
  /** By position, in rounds of twenty: the shipped digits. */
  readonly inRounds?: boolean;
}

/** The images of each split, and how they came to it. */
export interface SplitPlan extends SplitIndices {
  /** How many training images `limit` leaves out. */
  readonly leftOut: number;
  readonly by: string;
}

/** @throws InputError where a class has too few images for every split to have one. */
export function planSplits(source: ImageSource, options: SplitOptions): SplitPlan {
  if (source.classes.length < 2) {
    throw new InputError("all images have the same label", {
      place: { file: source.file },
      expected: `at least two classes${source.hint === undefined ? "" : `; ${source.hint}`}`,
    });
  }
  const { splits, by } = options.inRounds
    ? { splits: dealInRounds(source.labels.length, options), by: "by position, in rounds of twenty" }
    : deal(source, options);
  const train = limitByClass(splits.train, source.labels, options.limit);
  const plan = { ...splits, train, leftOut: splits.train.length - train.length, by };
  requireEveryClass(source, plan, plan.leftOut > 0 ? options.limit : undefined);
  const sorted = (images: Int32Array) => Int32Array.from(images).sort();
  return { ...plan, train: sorted(train), validation: sorted(splits.validation), test: sorted(splits.test) };
}

function deal(source: ImageSource, { split_seed, ...given }: SplitOptions): { readonly splits: SplitIndices; readonly by: string } {
  const { labels, own, classes } = source;
  const shares = { validation: own.validation ? 0 : given.validation, test: own.test ? 0 : given.test };
  const apart = new Set([...(own.validation ?? []), ...(own.test ?? [])]);
  const pool = upTo(labels.length).filter((image) => !apart.has(image));
  requireEnough(source, pool, shares);
  const dealt = dealByClass(pool, labels, { ...shares, classes: classes.length, seed: split_seed });
  const found = splitNames.filter((split) => split !== "train" && own[split] !== undefined);
  const made = splitNames.filter((split) => split !== "train" && own[split] === undefined);
  return {
    splits: { train: dealt.train, validation: own.validation ?? dealt.validation, test: own.test ?? dealt.test },
    by: [
      ...(found.length === 0 ? [] : [`${found.join(" and ")} as the files say`]),
      ...(made.length === 0 ? [] : [`${made.join(" and ")} drawn within each class, split_seed ${split_seed}`]),
    ].join("; "),
  };
}

const counted = (count: number) => (count === 0 ? "no images" : count === 1 ? "only 1 image" : `only ${count} images`);

function requireEnough(source: ImageSource, pool: Int32Array, shares: SplitShares): void {
  const needed = neededPerClass(shares);
  const counts = groupByLabel(pool, source.labels, source.classes.length).map(({ length }) => length);
  const few = [...counts.keys()].filter((label) => item(counts, label) < needed);
  const [first] = few;
  if (first === undefined) return;
  const others = few.length === 1 ? "" : `, and ${few.length - 1} other class${few.length === 2 ? " has" : "es have"} too few`;
  throw new InputError(`the class '${source.classes[first]}' has ${counted(item(counts, first))}${others}`, {
    place: source.classPlace?.(first) ?? { file: source.file },
    expected: `at least ${needed} image${needed === 1 ? "" : "s"} of each class to train on and to split, so that every split has one${source.hint === undefined ? "" : `; ${source.hint}`}`,
  });
}

/** @throws InputError where a split lacks a class. Also for what was read, because damaged images may have been left out. */
export function requireEveryClass(source: Pick<ImageSource, "file" | "labels" | "classes">, splits: SplitIndices, limit?: number): void {
  const { file, labels, classes } = source;
  const counts = new Map(
    splitNames.map((split) => [split, groupByLabel(splits[split], labels, classes.length).map(({ length }) => length)]),
  );
  for (const split of splitNames) {
    const missing = counts.get(split)?.indexOf(0) ?? -1;
    if (missing < 0) continue;
    const elsewhere = splitNames.map((name) => `${counts.get(name)?.[missing]} in ${name}`).join(", ");
    const limited = split === "train" && limit !== undefined;
    throw new InputError(`the ${split} split has no image of the class '${classes[missing]}' (${elsewhere})`, {
      place: { file },
      expected: "at least one image of every class in every split",
      suggestion: limited ? `limit: ${classes.length}` : undefined,
    });
  }
}
