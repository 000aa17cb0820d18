import type { BlobRef, BlobStore } from "./blobStore.ts";

/** The part of an ioredis client that contents need. */
export interface BlobRedis {
  strlen(key: string): Promise<number>;
  getBuffer(key: string): Promise<Buffer | null>;
  set(key: string, value: Buffer, unit: "EX", seconds: number): Promise<unknown>;
  expire(key: string, seconds: number): Promise<number>;
}

/** Contents in Redis. They go by themselves some time after they were last put. */
export interface RedisBlobStore extends BlobStore {
  /** Stores a content, unless it is there already; either way it stays for the whole time from now on. */
  put(ref: BlobRef, read: () => Promise<Buffer>): Promise<void>;
}

/** As long as the keys of a run that was left unfinished. */
const KEPT_SECONDS = 7 * 24 * 3600;

/** @param prefix of the keys, ending as the caller likes: the hash is appended. */
export function createRedisBlobStore(redis: BlobRedis, prefix: string): RedisBlobStore {
  const key = ({ sha256 }: BlobRef) => `${prefix}${sha256}`;
  // Asked first, because what somebody else put there may be far longer than this process can take.
  const isThere = async (ref: BlobRef) => (await redis.strlen(key(ref))) === ref.bytes;
  return {
    name: "Redis",
    open: async (ref) => {
      // An empty value and an absent one have the same length.
      const value = (await isThere(ref)) ? await redis.getBuffer(key(ref)) : null;
      return value === null ? undefined : pieceOf(value);
    },
    put: async (ref, read) => {
      if (ref.bytes > 0 && (await isThere(ref)) && (await redis.expire(key(ref), KEPT_SECONDS)) === 1) return;
      await redis.set(key(ref), await read(), "EX", KEPT_SECONDS);
    },
  };
}

async function* pieceOf(value: Uint8Array): AsyncGenerator<Uint8Array> {
  yield value;
}
