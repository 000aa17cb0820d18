/** The files that a dataset is read from, and the same dataset elsewhere. */
import { basename } from "node:path";
import { type DataKey, type DatasetSpec, dataKeys } from "@archwright/core/experiment";
import { listFolder } from "./folder/list.ts";

/** A file that a dataset is read from. */
export interface DataFile {
  /** The key of the dataset entry that leads to it: `path` for every image of a folder. */
  readonly key: DataKey;
  /** Of an image in a folder `class/image` or `split/class/image`, whatever the machine's separator; else the file's own name. */
  readonly name: string;
  /** Where it lies on this machine. */
  readonly path: string;
}

/**
 * All files that `loadDataset` would read of a dataset; none for `digits`, which is shipped. Of a folder only the images
 * that count, in the order in which they are read.
 * @param spec with absolute paths.
 * @throws InputError where a folder cannot be read or holds too little.
 */
export async function listDataFiles(spec: DatasetSpec): Promise<readonly DataFile[]> {
  if (spec.kind === "folder") {
    const { images } = await listFolder(spec.path);
    return images.map(({ name, path }) => ({ key: "path", name, path }));
  }
  const written = spec as Readonly<Partial<Record<DataKey, string>>>;
  return dataKeys.flatMap((key) => {
    const path = written[key];
    return path === undefined ? [] : [{ key, name: basename(path), path }];
  });
}

/** The same dataset, read from other places. @param places by key; keys that the dataset does not have are refused. */
export function relocateDataset<T extends DatasetSpec>(spec: T, places: Readonly<Partial<Record<DataKey, string>>>): T {
  for (const key of Object.keys(places)) {
    if (!(key in spec)) throw new Error(`a dataset of kind '${spec.kind}' has no '${key}'`);
  }
  return { ...spec, ...places };
}
