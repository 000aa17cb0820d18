import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { z } from "zod";
import { blockMs } from "./connection.ts";

/** A report as it stands in a run's stream. */
export interface Entry {
  /** In the stream. */
  readonly id: string;
  /** Of the job. */
  readonly key: string;
  /** Fencing number. */
  readonly n: number;
  readonly worker: string;
  readonly report: string;
}

/** Entries read at once: enough that round trips do not count, few enough that the event loop stays free. */
const pageSize = 200;

/**
 * So long results may gather before they are read: they are then taken in together, and what follows them is given out
 * together. Workers have more jobs in their queue, so none waits for it.
 */
const gatherMs = 10;

const fieldsSchema = z.object({
  key: z.string().max(800),
  n: z
    .string()
    .regex(/^[1-9]\d{0,8}$/)
    .transform(Number),
  worker: z.string().regex(/^[0-9a-zA-Z_-]{1,64}$/),
  report: z.string(),
});

type RawEntry = [id: string, fields: string[]];

/** Everything that stands in the stream. An entry that cannot be read is left out. */
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
          await delay(gatherMs);
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
  const record: Record<string, string> = {};
  for (let i = 0; i + 1 < fields.length; i += 2) record[fields[i] as string] = fields[i + 1] as string;
  const result = fieldsSchema.safeParse(record);
  return result.success ? [{ id, ...result.data }] : [];
}
