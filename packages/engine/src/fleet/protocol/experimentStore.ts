import { canonicalJson, type Json, stableHash } from "@archwright/core/base";
import type { ChainableCommander, Redis } from "ioredis";
import { PayloadError } from "./codec.ts";
import type { Keys } from "./keys.ts";

/** How long what belongs to a run stays after its controller was last seen. */
export const keptSeconds = 7 * 24 * 3600;

/** An experiment on its way to the workers. */
export interface Shipment {
  readonly experiment: Json;
  /** What the experiment's data are, for the worker to fetch by content: see `fleet/data`. */
  readonly manifest?: Json;
  /** Data small enough for Redis: SHA-256 → what reads it, again when Redis has lost it; undefined where it cannot be had any more. */
  readonly blobs?: ReadonlyMap<string, () => Uint8Array | undefined>;
}

/** What is stored of an experiment, by the hash of its text. */
export function packShipment({ experiment, manifest }: Shipment): { readonly hash: string; readonly text: string } {
  const text = canonicalJson(manifest === undefined ? { experiment } : { experiment, manifest });
  return { hash: stableHash(text), text };
}

export function storeShipment(pipeline: ChainableCommander, keys: Keys, shipment: Shipment): void {
  const { hash, text } = packShipment(shipment);
  pipeline.set(keys.experiment(hash), text, "EX", keptSeconds);
  for (const [sha256, read] of shipment.blobs ?? []) {
    const bytes = read();
    if (bytes) pipeline.set(keys.blob(sha256), Buffer.from(bytes), "EX", keptSeconds);
  }
}

/** Under which keys an experiment and its data stand. */
export function shipmentKeys(keys: Keys, shipment: Shipment): string[] {
  return [keys.experiment(packShipment(shipment).hash), ...[...(shipment.blobs?.keys() ?? [])].map(keys.blob)];
}

/** @throws PayloadError where it is not there, or not what its hash says. */
export async function fetchShipment(redis: Redis, keys: Keys, hash: string): Promise<Pick<Shipment, "experiment" | "manifest">> {
  const text = await redis.get(keys.experiment(hash));
  if (text === null) throw new PayloadError("payload", `the experiment ${hash} is not in the Redis`);
  if (stableHash(text) !== hash) throw new PayloadError("payload", `what stands in the Redis as experiment ${hash} has another hash`);
  return JSON.parse(text) as Pick<Shipment, "experiment" | "manifest">;
}
