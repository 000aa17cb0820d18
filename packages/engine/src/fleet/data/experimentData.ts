/** An experiment and its files on their way from the controller to a worker: both halves. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { InputError, type Json } from "@archwright/core/base";
import {
  type DataManifest,
  type Experiment,
  evaluatorKindSchema,
  isNeededOnWorkers,
  publishedEvaluator,
} from "@archwright/core/experiment";
import { z } from "zod";
import type { PublishedExperiment } from "../protocol/experimentStore.ts";
import { type BlobStore, DataError } from "./blobStore.ts";
import { fetchData } from "./fetch.ts";
import { defaultRedisLimitBytes, packData } from "./pack.ts";

/** An experiment with its files, ready for the workers. */
export interface PackedExperiment {
  readonly published: PublishedExperiment;
  /** Of all files, each content counted once. */
  readonly bytes: number;
  /** Whether the files go through Redis; else workers must find them in a folder or on a web server. */
  readonly throughRedis: boolean;
}

/** The controller's half: lists the experiment's files by content, and sends them along where they are small. @throws InputError where one cannot be read. */
export async function packExperiment(experiment: Experiment, limitBytes: number = defaultRedisLimitBytes): Promise<PackedExperiment> {
  const { manifest, sources, bytes } = await packData(experiment);
  const throughRedis = bytes <= limitBytes;
  const blobs = new Map([...sources].map(([sha256, path]) => [sha256, () => readIfSame(path, sha256)] as const));
  const { plugins = [], ...withoutPlugins } = experiment;
  // Where a plugin lies here says nothing to a worker, which has its own.
  const needed = plugins.filter(isNeededOnWorkers).map((plugin) => ({ ...plugin, file: "" }));
  const shipped = needed.length > 0 ? { plugins: needed } : {};
  const published: PublishedExperiment = {
    experiment: { ...withoutPlugins, ...shipped, evaluator: publishedEvaluator(experiment.evaluator) } as unknown as Json,
    manifest: manifest as unknown as Json,
    ...(throughRedis ? { blobs } : {}),
  };
  return { published, bytes, throughRedis };
}

/** A file that was changed or taken away since is left out: workers that have it go on, others say what they miss. */
function readIfSame(path: string, sha256: string): Uint8Array | undefined {
  try {
    const content = readFileSync(path);
    return createHash("sha256").update(content).digest("hex") === sha256 ? content : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Brings an experiment's files onto this machine, and gives the experiment with paths of its own.
 * @param redis the files that travel through Redis.
 */
export type PrepareExperiment = (experiment: Json, manifest: Json | undefined, redis: BlobStore) => Promise<Json>;

/** What a worker relies on before it starts a process for an experiment. Whoever can write to the Redis can write anything. */
const shipped = z.looseObject({
  version: z.number(),
  evaluator: z.looseObject({ kind: evaluatorKindSchema }),
  limits: z.strictObject({ trialTimeMs: z.number().positive(), trialMemoryBytes: z.number().positive() }),
});

/**
 * The worker's half: brings an experiment's files into a folder of this machine, and gives the experiment with their
 * places. Paths that came with it are never opened.
 * @param stores asked before Redis, in this order.
 */
export function createDataFetcher(cacheFolder: string, stores: readonly BlobStore[]): PrepareExperiment {
  return async (json, manifest, redis) => {
    const checked = shipped.safeParse(json);
    if (!checked.success) throw new DataError(`what stands in the Redis is no experiment: ${z.prettifyError(checked.error)}`);
    const files = (manifest ?? { version: 1, files: [] }) as DataManifest;
    const experiment = json as unknown as Experiment;
    try {
      return (await fetchData(experiment, files, { cacheFolder, stores: [...stores, redis] })) as unknown as Json;
    } catch (error) {
      // Whoever searches can mend it, and is told what to do.
      throw error instanceof DataError ? new InputError(error.message) : error;
    }
  };
}
