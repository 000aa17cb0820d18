/** Experiments in Redis, under the hash of their content: the controller publishes one, workers fetch it. */
import { canonicalJson, type Json, stableHash } from "@archwright/core/base";
import type { ChainableCommander, Redis } from "ioredis";
import { PayloadError } from "./codec.ts";
import type { Keys } from "./keys.ts";

/** How long what belongs to a run stays after its controller was last seen. */
export const keptSeconds = 7 * 24 * 3600;

/** An experiment as the workers get it. */
export interface PublishedExperiment {
  readonly experiment: Json;
  /** What the experiment's data are, for the worker to fetch by content: see `fleet/data`. */
  readonly manifest?: Json;
  /** Data small enough for Redis: SHA-256 → what reads it (again, when Redis has lost it); it gives undefined where the file is gone or changed. */
  readonly blobs?: ReadonlyMap<string, () => Uint8Array | undefined>;
}

/** The text that is stored of an experiment, and its hash, which names it. */
export function serializeExperiment({ experiment, manifest }: PublishedExperiment): { readonly hash: string; readonly text: string } {
  const text = canonicalJson(manifest === undefined ? { experiment } : { experiment, manifest });
  return { hash: stableHash(text), text };
}

/** Adds the commands that write an experiment and its data to a pipeline. */
export function publishExperiment(pipeline: ChainableCommander, keys: Keys, published: PublishedExperiment): void {
  const { hash, text } = serializeExperiment(published);
  pipeline.set(keys.experiment(hash), text, "EX", keptSeconds);
  for (const [sha256, read] of published.blobs ?? []) {
    const bytes = read();
    if (bytes) pipeline.set(keys.blob(sha256), Buffer.from(bytes), "EX", keptSeconds);
  }
}

/** The keys of an experiment and its data. */
export function publishedKeys(keys: Keys, published: PublishedExperiment): string[] {
  return [keys.experiment(serializeExperiment(published).hash), ...[...(published.blobs?.keys() ?? [])].map(keys.blob)];
}

/** @throws PayloadError where it is not there, or not what its hash says. */
export async function fetchExperiment(
  redis: Redis,
  keys: Keys,
  hash: string,
): Promise<Pick<PublishedExperiment, "experiment" | "manifest">> {
  const text = await redis.get(keys.experiment(hash));
  if (text === null) throw new PayloadError("payload", `the experiment ${hash} is not in the Redis`);
  if (stableHash(text) !== hash) throw new PayloadError("payload", `what stands in the Redis as experiment ${hash} has another hash`);
  return JSON.parse(text) as Pick<PublishedExperiment, "experiment" | "manifest">;
}
