import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";
import type { Entry } from "./resultReader.ts";

/**
 * Accepted results stay in Redis for a while: a controller that is killed before its results are stored finds them
 * again. So many, and so many characters of them.
 */
const keptEntries = 1_000;
const keptCharacters = 32 * 1024 ** 2;
/** Job keys whose accepted attempt is remembered, to tell an answer delivered twice from a stale one. */
const remembered = 10_000;

/** What has been accepted, and what becomes of its traces in Redis. Commands of one batch go together, and nobody waits for them. */
export function createAcceptance(redis: Redis, keys: Keys, run: string) {
  const kept = new Map<string, number>();
  const numbers = new Map<string, number>();
  let characters = 0;
  let answered: string[] = [];
  let useless: string[] = [];
  let last: Promise<unknown> = Promise.resolve();

  function flush(): void {
    for (const [id, size] of kept) {
      if (kept.size <= keptEntries && characters <= keptCharacters) break;
      kept.delete(id);
      characters -= size;
      useless.push(id);
    }
    if (answered.length === 0 && useless.length === 0) return;
    const commands = [
      ...(answered.length > 0 ? [redis.hdel(keys.outstanding(run), ...answered)] : []),
      ...(useless.length > 0 ? [redis.xdel(keys.results(run), ...useless)] : []),
    ];
    answered = [];
    useless = [];
    last = Promise.allSettled(commands);
  }

  return {
    keep({ id, key, n, report }: Entry) {
      kept.set(id, report.length);
      characters += report.length;
      answered.push(key);
      numbers.delete(key);
      numbers.set(key, n);
      const [oldest] = numbers.keys();
      if (numbers.size > remembered && oldest !== undefined) numbers.delete(oldest);
    },
    /** Whether an entry of this id was accepted and still stands in the stream. */
    isKept: (id: string) => kept.has(id),
    /** Of the attempt that was accepted for this job, if that is still known. */
    numberOf: (key: string) => numbers.get(key),
    /** An entry that is of no use. */
    discard: ({ id }: Entry) => void useless.push(id),
    /** A job that gets its outcome from the controller. */
    giveUp: (key: string) => void answered.push(key),
    flush,
    /** Resolves when Redis has been told of everything. */
    settled() {
      flush();
      return last;
    },
  };
}
