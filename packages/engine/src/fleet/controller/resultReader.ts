import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { blockMs } from "../connection/connection.ts";
import { parseAttemptId } from "../protocol/keys.ts";

/**
 * A report as it stands in a run's stream. An entry of the stream holds those that a worker had ready together: first
 * the field `worker`, then for each report its attempt and its text.
 */
export interface Entry {
  /** Of the stream's entry, which may hold other reports too. */
  readonly id: string;
  /** How many reports that entry holds. */
  readonly together: number;
  /** Of the job. */
  readonly key: string;
  /** Fencing number. */
  readonly n: number;
  readonly worker: string;
  readonly report: string;
}

/** Entries read at once: enough that round trips do not count, few enough that the event loop stays free. */
const pageSize = 100;

/**
 * So long results may gather before they are read: they are then taken in together, and what follows them is given out
 * together. Workers have more jobs in their queue, so none waits for it.
 */
const gatherMs = 20;

type RawEntry = [id: string, fields: string[]];

/** What a worker writes into the stream. */
export function entryFields(worker: string, reports: readonly { readonly id: string; readonly report: string }[]): string[] {
  const fields = ["worker", worker];
  for (const { id, report } of reports) fields.push(id, report);
  return fields;
}

/** Everything that stands in the stream. What cannot be read is left out. */
export async function* readAll(redis: Redis, stream: string): AsyncGenerator<Entry[]> {
  for (let from = "-"; ; ) {
    const page = (await redis.xrange(stream, from, "+", "COUNT", pageSize)) as RawEntry[];
    if (page.length === 0) return;
    yield page.flatMap(parse);
    from = `(${page.at(-1)?.[0]}`;
  }
}

/** Reads a stream as it grows. */
export interface ResultReader {
  /** Begins again from the first entry: the server is another one. */
  rewind(): void;
  stop(): void;
}

/** @param redis a connection of its own, because reading blocks. */
export function startResultReader(redis: Redis, stream: string, after: string, onEntries: (entries: Entry[]) => void): ResultReader {
  let cursor = after;
  let stopped = false;
  async function read(): Promise<void> {
    while (!stopped) {
      const from = cursor;
      try {
        const reply = await redis.xread("COUNT", pageSize, "BLOCK", blockMs, "STREAMS", stream, from);
        const entries = (reply?.[0]?.[1] ?? []) as RawEntry[];
        const last = entries.at(-1);
        // Rewound while this was under way: what was read is read again.
        if (last && cursor === from) cursor = last[0];
        if (entries.length > 0 && !stopped) {
          onEntries(entries.flatMap(parse));
          // After a full page more is waiting already.
          await delay(entries.length < pageSize ? gatherMs : 0);
        }
      } catch {
        // The connection was lost, which whoever owns it tells; it comes back by itself.
        if (!stopped) await delay(100);
      }
    }
  }
  void read();
  return {
    rewind: () => {
      cursor = "0-0";
    },
    stop: () => {
      stopped = true;
    },
  };
}

function parse([id, fields]: RawEntry): Entry[] {
  const [label, worker = ""] = fields;
  if (label !== "worker" || !/^[0-9a-zA-Z_-]{1,64}$/.test(worker)) return [];
  const entries: Entry[] = [];
  const together = fields.length / 2 - 1;
  for (let i = 2; i + 1 < fields.length; i += 2) {
    const attempt = parseAttemptId(fields[i] as string);
    if (attempt) entries.push({ id, together, key: attempt.key, n: attempt.n, worker, report: fields[i + 1] as string });
  }
  return entries;
}
