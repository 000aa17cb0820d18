/** Files that travel through Redis, as a store of blobs. */
import type { Redis } from "ioredis";
import type { BlobRef, BlobStore } from "./blobStore.ts";

/** Contents in Redis, where the controller puts them. @param key under which a content stands, by its SHA-256. */
export function createRedisBlobStore(redis: Pick<Redis, "strlen" | "getBuffer">, key: (sha256: string) => string): BlobStore {
  return {
    name: "Redis",
    async open({ sha256, bytes }: BlobRef) {
      // Asked first, because what somebody else put there may be far longer than this process can take.
      if ((await redis.strlen(key(sha256))) !== bytes) return undefined;
      // An empty value and an absent one have the same length.
      const value = await redis.getBuffer(key(sha256));
      return value === null ? undefined : pieceOf(value);
    },
  };
}

async function* pieceOf(value: Uint8Array): AsyncGenerator<Uint8Array> {
  yield value;
}
