import type { Redis } from "ioredis";
import type { Keys } from "../protocol/keys.ts";
import type { Entry } from "./resultReader.ts";

/**
 * Accepted results stay in Redis for a while: a controller that is killed before its results are stored finds them
 * again. So many, and so many characters of them.
 */
const keptResults = 1_000;
const keptCharacters = 32 * 1024 ** 2;
/** Of so many jobs at least the accepted attempt is remembered, to tell an answer delivered twice from a stale one. */
const remembered = 10_000;

/** An entry of the stream, of which something was settled. It is deleted as a whole, so not before all of it is settled. */
interface Settled {
  /** Reports that it holds. */
  readonly together: number;
  readonly attempts: Set<string>;
  accepted: number;
  characters: number;
}

/** What has been accepted, and what becomes of its traces in Redis. Commands of one batch go together, and nobody waits for them. */
export function createAcceptance(redis: Redis, keys: Keys, run: string) {
  const entries = new Map<string, Settled>();
  let numbers = new Map<string, number>();
  let earlierNumbers = new Map<string, number>();
  let results = 0;
  let characters = 0;
  let answered: string[] = [];
  let useless: string[] = [];
  let last: Promise<unknown> = Promise.resolve();

  function settle({ id, key, n, together }: Entry): Settled {
    let settled = entries.get(id);
    if (!settled) {
      settled = { together, attempts: new Set(), accepted: 0, characters: 0 };
      entries.set(id, settled);
    }
    settled.attempts.add(`${key}.${n}`);
    return settled;
  }

  function flush(): void {
    for (const [id, settled] of entries) {
      if (results <= keptResults && characters <= keptCharacters) break;
      if (settled.accepted === 0 || settled.attempts.size < settled.together) continue;
      drop(id, settled);
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

  function drop(id: string, settled: Settled): void {
    entries.delete(id);
    results -= settled.accepted;
    characters -= settled.characters;
    useless.push(id);
  }

  return {
    keep(entry: Entry) {
      const { key, n, report } = entry;
      const settled = settle(entry);
      settled.accepted++;
      settled.characters += report.length;
      results++;
      characters += report.length;
      answered.push(key);
      numbers.set(key, n);
      if (numbers.size < remembered) return;
      earlierNumbers = numbers;
      numbers = new Map();
    },
    /** Whether this was accepted or discarded, and its entry still stands in the stream. */
    isSettled: ({ id, key, n }: Entry) => entries.get(id)?.attempts.has(`${key}.${n}`) === true,
    /** Of the attempt that was accepted for this job, if that is still known. */
    numberOf: (key: string) => numbers.get(key) ?? earlierNumbers.get(key),
    /** A report that is of no use. */
    discard(entry: Entry) {
      const settled = settle(entry);
      if (settled.accepted === 0 && settled.attempts.size >= settled.together) drop(entry.id, settled);
    },
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
