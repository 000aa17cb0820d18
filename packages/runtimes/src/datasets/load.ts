import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type DatasetSpec, dataKeys } from "@archwright/core/experiment";
import { readCsvDataset } from "./csv.ts";
import { readFolderDataset } from "./folder.ts";
import { readIdxDataset } from "./idx.ts";
import { describeInput } from "./inputDescription.ts";
import { planSplits, prepare } from "./prepare.ts";
import type { RawDataset } from "./raw.ts";
import type { Dataset, DatasetShape } from "./types.ts";

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

const source = (spec: DatasetSpec, baseDir: string): FileSpec => (spec.kind === "digits" ? digits : resolveDatasetPaths(spec, baseDir));

function read(spec: FileSpec): Promise<RawDataset> {
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

/**
 * Reads, checks, splits and normalises a dataset. How each kind is split is written in `data/README.md`.
 * @param baseDir folder that relative paths start from: the experiment file's.
 * @throws InputError naming the file, and what was expected of it.
 */
export async function loadDataset(spec: DatasetSpec, baseDir = "."): Promise<Dataset> {
  const files = source(spec, baseDir);
  return prepare(await read(files), files, spec.limit);
}

/**
 * What a network must take and give for this dataset, and the hash of its content. Reads and checks everything that
 * {@link loadDataset} would, so that a damaged dataset is known before any work starts. @throws InputError
 */
export async function datasetShape(spec: DatasetSpec, baseDir = "."): Promise<DatasetShape> {
  const files = source(spec, baseDir);
  const raw = await read(files);
  const { all, contentHash } = planSplits(raw, files, spec.limit);
  const { channels, height, width } = raw.images;
  return { channels, height, width, classes: raw.classes.length, contentHash, input: describeInput(files, raw, all.train) };
}
