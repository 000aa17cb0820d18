import type { Redis } from "ioredis";
import type { Link } from "../connection/connection.ts";
import { decodeReport, type Report } from "../protocol/codec.ts";
import { keptSeconds, type Shipment, storeShipment } from "../protocol/experimentStore.ts";
import type { Attempt, Keys } from "../protocol/keys.ts";
import { replyValues } from "../protocol/workerRegistry.ts";
import { type Entry, readAll } from "./resultReader.ts";

type OutcomeReport = Report & { readonly kind: "outcome" };

/** What an earlier sitting of the same run left in Redis, for the jobs that this one will ask for. */
export interface Leftover {
  /** Of the last entry of the stream that was read. */
  readonly cursor: string;
  /** How a job begins: with its result, with the attempt that is under way, or anew after the last number that it had. */
  claim(
    key: string,
  ):
    | { readonly kind: "done"; readonly entry: Entry; readonly report: OutcomeReport }
    | { readonly kind: "open"; readonly n: number }
    | { readonly kind: "new"; readonly last: number | undefined };
  /** Takes in an answer to a job that was not asked for again yet. @returns false where it is none. */
  takeIn(entry: Entry, report: Report | undefined): boolean;
  /** Whether this is a result that waits to be claimed. */
  holds(entry: Entry): boolean;
  /** Attempts under way that nobody has claimed. */
  open(): { readonly key: string; readonly n: number }[];
}

/** Reads what an earlier sitting left. */
export async function readLeftover(redis: Redis, keys: Keys, run: string): Promise<Leftover> {
  const toNumbers = (hash: Record<string, string>) => new Map(Object.entries(hash).map(([key, n]) => [key, Number(n)]));
  /** Job → number of its last attempt, where it is still waited for. */
  const open = toNumbers(await redis.hgetall(keys.outstanding(run)));
  /** Job → number of its last attempt, where it was called off or handed back. */
  const numbers = toNumbers(await redis.hgetall(keys.cancelled(run)));
  const found = new Map<string, { readonly entry: Entry; readonly report: OutcomeReport }>();
  let cursor = "0-0";
  for await (const page of readAll(redis, keys.results(run))) {
    for (const entry of page) {
      cursor = entry.id;
      const report = readReport(entry);
      const expected = open.get(entry.key);
      const earlier = found.get(entry.key)?.entry.n ?? 0;
      // Of a job that is waited for only the newest attempt counts; of an accepted one the newest that answered.
      const wanted = expected === undefined ? entry.n > earlier : entry.n === expected && earlier === 0;
      if (report?.kind === "outcome" && wanted) found.set(entry.key, { entry, report });
      else if (expected === entry.n && report?.kind !== "outcome") handBack(entry);
    }
  }

  function handBack({ key, n }: Entry): void {
    open.delete(key);
    numbers.set(key, n);
  }

  return {
    cursor,
    claim(key) {
      const result = found.get(key);
      const n = open.get(key);
      found.delete(key);
      open.delete(key);
      if (result) return { kind: "done", ...result };
      return n === undefined ? { kind: "new", last: numbers.get(key) } : { kind: "open", n };
    },
    takeIn(entry, report) {
      if (open.get(entry.key) !== entry.n) return false;
      if (report?.kind === "outcome") found.set(entry.key, { entry, report });
      else handBack(entry);
      return true;
    },
    holds: ({ id, key }) => found.get(key)?.entry.id === id,
    open: () => [...open].map(([key, n]) => ({ key, n })),
  };
}

/** @returns undefined where it cannot be read. */
export function readReport({ report }: Entry): Report | undefined {
  try {
    return decodeReport(report);
  } catch {
    return undefined;
  }
}

/** Writes what the workers must find, and vouches for it towards this server process. */
export async function writeState(
  link: Link,
  keys: Keys,
  run: string,
  shipment: Shipment,
  open: readonly Omit<Attempt, "run">[],
): Promise<void> {
  const serverId = link.serverId();
  if (serverId === undefined) throw new Error("the Redis is away");
  const transaction = link.redis.multi();
  storeShipment(transaction, keys, shipment);
  if (open.length > 0)
    transaction.hset(
      keys.outstanding(run),
      open.flatMap(({ key, n }) => [key, n]),
    );
  transaction.set(keys.vouched(run), serverId);
  transaction.sadd(keys.runs, run);
  replyValues(await transaction.exec());
}

/** Keeps what belongs to the run from being forgotten while its controller lives. @param shipped see `shipmentKeys`. */
export function prolong(redis: Redis, keys: Keys, run: string, shipped: readonly string[]): void {
  const pipeline = redis.pipeline();
  for (const key of [...keysOf(keys, run), ...shipped]) pipeline.expire(key, keptSeconds);
  pipeline.exec().catch(() => {});
}

/** Forgets a run that is over, or leaves it for the next sitting. */
export async function leaveRun(redis: Redis, keys: Keys, run: string, calledOff: readonly Omit<Attempt, "run">[]): Promise<void> {
  const transaction = redis.multi();
  transaction.del(keys.outstanding(run), keys.controller(run));
  if (calledOff.length === 0) {
    transaction.del(keys.results(run), keys.cancelled(run));
    transaction.srem(keys.runs, run);
    // Long enough for every worker to learn that nothing is waited for any more.
    transaction.expire(keys.vouched(run), 3600);
  } else {
    transaction.hset(
      keys.cancelled(run),
      calledOff.flatMap(({ key, n }) => [key, n]),
    );
    for (const key of keysOf(keys, run)) transaction.expire(key, keptSeconds);
  }
  replyValues(await transaction.exec());
}

function keysOf(keys: Keys, run: string): string[] {
  return [keys.outstanding(run), keys.results(run), keys.cancelled(run), keys.vouched(run)];
}
