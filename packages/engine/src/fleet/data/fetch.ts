/** Brings an experiment's files onto this machine: from the cache, or from the stores that have them. */
import { setTimeout as sleep } from "node:timers/promises";
import { checkInput, formatQuantity, InputError } from "@archwright/core/base";
import {
  type DataKey,
  type DataManifest,
  type DatasetSpec,
  dataKeys,
  dataManifestSchema,
  type Experiment,
  evaluatorKindOf,
  type ManifestFile,
} from "@archwright/core/experiment";
import { relocateDataset } from "@archwright/runtimes";
import { type BlobStore, DataError } from "./blobStore.ts";
import { type DataCache, openCache } from "./cache.ts";
import { type Member, placeFolder } from "./datasetFolder.ts";
import { eachOf } from "./eachOf.ts";

export interface FetchOptions {
  /** Made where it is absent; may be shared with other workers of this machine. */
  readonly cacheFolder: string;
  /** Asked in this order for what the cache does not have. */
  readonly stores: readonly BlobStore[];
  /** Waits before a store that could not be asked is asked again; as many as there are retries. */
  readonly retryMs?: readonly number[];
}

/**
 * The experiment with paths of this machine: its files are found in the cache by their hash, or fetched into it and checked.
 * The experiment's hash stays the same, since where data lies is no part of it. An experiment over tables, or on the shipped
 * digits, needs no files; tables and fitted devices are looked up by the controller.
 *
 * The manifest may come from anybody: names in it never become paths, except those of a dataset's classes and images, which
 * are checked and made into a folder below the cache.
 * @throws DataError where the manifest is damaged or of another dataset, or no store has a file.
 * @throws InputError where the cache cannot be written.
 */
export async function fetchData(experiment: Experiment, manifest: DataManifest, options: FetchOptions): Promise<Experiment> {
  const { evaluator } = experiment;
  const { dataset, relocate } = evaluatorKindOf(evaluator);
  const spec: DatasetSpec = dataset?.(evaluator).spec ?? { kind: "digits" };
  const files = checkManifest(manifest, spec);
  if (!relocate || files.length === 0) return experiment;

  const cache = await openCache(options.cacheFolder);
  const unique = [...new Map(files.map((file) => [file.sha256, file])).values()];
  const places = new Map(await eachOf(unique, async (file) => [file.sha256, await obtain(file, cache, options)] as const));
  const placed = files.map((file): ManifestFile & Member => ({ ...file, path: places.get(file.sha256) as string }));
  const located =
    spec.kind === "folder" ? { path: await placeFolder(cache, placed) } : Object.fromEntries(placed.map(({ key, path }) => [key, path]));
  return { ...experiment, evaluator: relocate(evaluator, relocateDataset(spec, located)) as Experiment["evaluator"] };
}

/** The files of a manifest. @throws DataError where it is not one, or not one of this dataset. */
function checkManifest(manifest: unknown, spec: DatasetSpec): readonly ManifestFile[] {
  let files: readonly ManifestFile[];
  try {
    files = checkInput(dataManifestSchema, manifest).files;
  } catch (error) {
    throw error instanceof InputError ? new DataError(`the list of the experiment's files is damaged: ${error.message}`) : error;
  }
  const needed = dataKeys.filter((key) => (spec as Partial<Record<DataKey, unknown>>)[key] !== undefined);
  const given = files.map(({ key }) => key);
  const fits = spec.kind === "folder" ? given.length > 0 && given.every((key) => key === "path") : sameKeys(given, needed);
  if (fits) return files;
  throw new DataError(`the list of files names ${list(given)}, and the dataset (${spec.kind}) needs ${list(needed)}`);
}

const sameKeys = (a: readonly DataKey[], b: readonly DataKey[]) => a.length === b.length && b.every((key) => a.includes(key));
const list = (keys: readonly DataKey[]) => [...new Set(keys)].join(", ") || "none";

/** A file of the cache with this content. @throws DataError where nobody has it. */
async function obtain(file: ManifestFile, cache: DataCache, { stores, retryMs = [500, 3000] }: FetchOptions): Promise<string> {
  const cached = await cache.find(file);
  if (cached !== undefined) return cached;
  const answers = new Map<BlobStore, string>();
  let open = stores;
  for (const wait of [0, ...retryMs]) {
    await sleep(wait);
    const failing: BlobStore[] = [];
    for (const store of open) {
      try {
        const pieces = await store.open(file);
        if (pieces) return await cache.add(file, pieces);
        answers.set(store, "does not have it");
      } catch (error) {
        // The cache's own trouble, which no other store mends.
        if (error instanceof InputError) throw error;
        answers.set(store, error instanceof Error ? error.message : String(error));
        failing.push(store);
      }
    }
    open = failing;
    if (open.length === 0) break;
  }
  const said = stores.map((store) => `  ${store.name}: ${answers.get(store)}`);
  throw new DataError(
    [
      `no store has the file ${JSON.stringify(file.name)} (${file.key} of the dataset, ${formatQuantity(file.bytes, "memory")}, sha256 ${file.sha256})`,
      ...(said.length === 0 ? ["  this worker was given no store to ask"] : said),
      "  what to do: put the file into the folder that the workers share (under any name), or at the address that they ask as " +
        "<address>/<sha256>, or raise the limit of what the search sends through Redis",
    ].join("\n"),
  );
}
