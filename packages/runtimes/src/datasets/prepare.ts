/** From a source of images to a dataset: splits, checks, statistics, memory. */
import { createHash } from "node:crypto";
import { canonicalJson, formatQuantity, InputError, intAt } from "@archwright/core/base";
import { type Dataset, type DatasetReport, type NamedImages, type RawDataset, splitNames } from "./dataset.ts";
import { channelStatistics, createImageSet, type StoredImages } from "./imageSet.ts";
import { inspectPixels, inspectShares } from "./inspect.ts";
import { planSplits, requireEveryClass, type SplitOptions, type SplitPlan } from "./plan.ts";
import type { ImageSource } from "./source.ts";
import { groupByLabel, type SplitIndices } from "./splits.ts";

/** Resident memory of a worker process with its inference runtime, before it has any images, about. */
const RUNTIME_BYTES = 150 * 2 ** 20;

export interface PrepareOptions extends SplitOptions {
  /** Memory that one trial may take; no limit where absent. */
  readonly trialMemoryBytes?: number | undefined;
  /** What a folder's transparent images were put on. */
  readonly background?: string | undefined;
}

/** A dataset, and what is to be told of it. */
export interface Prepared {
  readonly dataset: Dataset;
  /** The same images as they are. */
  readonly raw: RawDataset;
  /** The pixel value that means full intensity. */
  readonly scale: number;
  readonly report: DatasetReport;
}

/**
 * Splits, reads what is needed, and checks it. Mean and standard deviation come from the images that are trained on.
 * @throws InputError where a class has too few images, an image is damaged, or the images do not fit a trial's memory.
 */
export async function prepare(source: ImageSource, options: PrepareOptions): Promise<Prepared> {
  const plan = planSplits(source, options);
  const images = Int32Array.from([...plan.train, ...plan.validation, ...plan.test]).sort();
  const memory = memoryOf(source, images.length);
  requireRoom(source, images.length, memory, options);
  const { values, kept } = await source.read(images);
  const read = kept.map((i) => intAt(images, i));
  const splits = positionsIn(read, plan);
  const { classes, channels, height, width, scale } = source;
  const stored: StoredImages = { values, scale, channels, height, width, labels: read.map((image) => intAt(source.labels, image)) };
  requireEveryClass({ file: source.file, labels: stored.labels, classes }, splits);
  const normalisation = channelStatistics(stored, splits.train);
  const whole = new Set(read);
  const damaged = images.filter((image) => !whole.has(image));
  const set = (chosen: Int32Array) => createImageSet(stored, chosen, normalisation, classes.length);
  const common = { ...normalisation, classes, contentHash: contentHash(stored, classes, splits) };
  const asTheyAre = { mean: normalisation.mean.map(() => 0), std: normalisation.std.map(() => 1) };
  const named = (chosen: Int32Array): NamedImages => ({
    ...createImageSet(stored, chosen, asTheyAre, classes.length),
    nameOf: (index) => source.nameOf(intAt(read, intAt(chosen, index))),
  });
  return {
    dataset: { train: set(splits.train), validation: set(splits.validation), test: set(splits.test), ...common },
    raw: { splits: { train: named(splits.train), validation: named(splits.validation), test: named(splits.test) }, ...common },
    scale,
    report: {
      dataset: source.file,
      images: read.length,
      left_out: { limit: plan.leftOut, damaged: Array.from(damaged, source.nameOf) },
      ...{ channels, height, width },
      splits: { train: splits.train.length, validation: splits.validation.length, test: splits.test.length },
      split_by: plan.by,
      classes: countClasses(classes, stored.labels, splits),
      memory,
      ...(options.background === undefined ? {} : { background: options.background }),
      warnings: [
        ...source.warnings,
        ...inspectShares(source, plan),
        ...inspectPixels(stored, source.file, (i) => source.nameOf(intAt(read, i))),
      ],
    },
  };
}

/** The images of each split as positions among those that were read; damaged ones are gone. */
function positionsIn(read: Int32Array, plan: SplitPlan): SplitIndices {
  const position = new Map(Array.from(read, (image, i) => [image, i]));
  const of = (images: Int32Array) => Int32Array.from([...images].flatMap((image) => position.get(image) ?? []));
  return { train: of(plan.train), validation: of(plan.validation), test: of(plan.test) };
}

function memoryOf(source: ImageSource, count: number): DatasetReport["memory"] {
  const bytes = count * source.channels * source.height * source.width * source.bytesPerPixel;
  return { images_bytes: bytes, trial_bytes: RUNTIME_BYTES + bytes + source.readingBytes };
}

/** A limit below what the runtime takes by itself is not the dataset's fault: the worker says so when it starts. */
function requireRoom(
  source: ImageSource,
  count: number,
  memory: DatasetReport["memory"],
  { trialMemoryBytes, limit }: PrepareOptions,
): void {
  if (trialMemoryBytes === undefined || trialMemoryBytes <= RUNTIME_BYTES || memory.trial_bytes <= trialMemoryBytes) return;
  const size = (bytes: number) => formatQuantity(bytes, "memory");
  const needed = Math.ceil(memory.trial_bytes / 2 ** 27) * 128;
  throw new InputError(
    `${count} images of ${source.channels}×${source.height}×${source.width} take ${size(memory.images_bytes)}: with reading and the runtime, a trial needs about ${size(memory.trial_bytes)}`,
    {
      place: { file: source.file },
      expected: `at most ${size(trialMemoryBytes)} (limits.trial_memory); smaller images${limit === undefined ? ", or fewer of them by 'limit'," : ""} need less`,
      suggestion: `limits: { trial_memory: ${needed}MiB }`,
    },
  );
}

function countClasses(classes: readonly string[], labels: Int32Array, splits: SplitIndices): DatasetReport["classes"] {
  const counts = splitNames.map((split) => groupByLabel(splits[split], labels, classes.length).map(({ length }) => length));
  return classes.map((name, label) => {
    const [train = 0, validation = 0, test = 0] = counts.map((count) => count[label]);
    return { name, images: train + validation + test, train, validation, test };
  });
}

/** Over all that decides what training and test see: pixels, labels, classes and splits. */
function contentHash(stored: StoredImages, classes: readonly string[], splits: SplitIndices): string {
  const { labels, channels, height, width, scale, values } = stored;
  const hash = createHash("sha256")
    .update(canonicalJson({ version: 2, classes, shape: [labels.length, channels, height, width], scale }))
    .update(values)
    .update(labels);
  for (const split of splitNames) hash.update(`${splits[split].length}:`).update(splits[split]);
  return hash.digest("hex");
}
