/** Loads a dataset, whatever its format. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type DatasetSpec, dataKeys } from "@archwright/core/experiment";
import { readCsvDataset } from "./csv/readCsv.ts";
import type { Dataset, DatasetReport, DatasetShape, RawDataset } from "./dataset.ts";
import { readFolderDataset } from "./folder/readFolder.ts";
import { readIdxDataset } from "./idx.ts";
import { describeInput } from "./inputDescription.ts";
import { type Prepared, prepare } from "./prepare.ts";
import type { ImageSource } from "./source.ts";

/** A dataset that has files of its own. */
type FileSpec = Exclude<DatasetSpec, { kind: "digits" }>;

/** scikit-learn's handwritten digits, shipped with this package; source and licence are in `data/README.md`. */
const digits: FileSpec = {
  kind: "csv",
  file: fileURLToPath(new URL("../../data/digits.csv.gz", import.meta.url)),
  label_column: "last",
  shape: [1, 8, 8],
  scale: 16,
  classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  validation: 0.15,
  test: 0.15,
  split_seed: 0,
};

/** The same dataset with absolute paths. @param baseDir folder of the experiment file. */
export function resolveDatasetPaths<T extends DatasetSpec>(spec: T, baseDir: string): T {
  const written = spec as Readonly<Partial<Record<string, unknown>>>;
  const absolute = dataKeys.flatMap((key) => {
    const path = written[key];
    return typeof path === "string" ? [[key, resolve(baseDir, path)]] : [];
  });
  return { ...spec, ...Object.fromEntries(absolute) };
}

function read(spec: FileSpec): Promise<ImageSource> {
  switch (spec.kind) {
    case "idx":
      return readIdxDataset(spec);
    case "csv":
      return readCsvDataset(spec);
    case "folder":
      return readFolderDataset(spec);
    default:
      return spec satisfies never;
  }
}

async function open(written: DatasetSpec, baseDir: string, trialMemoryBytes?: number): Promise<Prepared> {
  const shipped = written.kind === "digits";
  const spec = shipped ? { ...digits, limit: written.limit } : resolveDatasetPaths(written, baseDir);
  const { validation, test, split_seed, limit } = spec;
  const background = spec.kind === "folder" ? spec.background : undefined;
  return prepare(await read(spec), { validation, test, split_seed, limit, inRounds: shipped, background, trialMemoryBytes });
}

/**
 * Reads, checks and splits a dataset. How each kind is split is written in `data/README.md`.
 * @param baseDir folder that relative paths start from: the experiment file's.
 * @throws InputError naming the file, and what was expected of it.
 */
export async function loadDataset(spec: DatasetSpec, baseDir = "."): Promise<Dataset> {
  return (await open(spec, baseDir)).dataset;
}

/**
 * What a network must take and give for this dataset, the hash of its content, what is to be told of it, and its images as they
 * are. Reads and checks everything that {@link loadDataset} would, so that a damaged dataset is known before any work starts.
 * @param trialMemoryBytes what a trial may take. @throws InputError as loadDataset, and where the images need more than that.
 */
export async function inspectDataset(
  spec: DatasetSpec,
  { baseDir = ".", trialMemoryBytes }: { readonly baseDir?: string; readonly trialMemoryBytes?: number } = {},
): Promise<{ readonly shape: DatasetShape; readonly report: DatasetReport; readonly raw: RawDataset }> {
  const { dataset, raw, report, scale } = await open(spec, baseDir, trialMemoryBytes);
  const { channels, height, width, classes } = dataset.train;
  return {
    shape: { channels, height, width, classes, contentHash: dataset.contentHash, input: describeInput(spec, dataset, scale) },
    report: spec.kind === "digits" ? { ...report, dataset: "digits" } : report,
    raw,
  };
}

/** The first half of {@link inspectDataset}. @throws InputError */
export async function datasetShape(spec: DatasetSpec, baseDir = "."): Promise<DatasetShape> {
  return (await inspectDataset(spec, { baseDir })).shape;
}
