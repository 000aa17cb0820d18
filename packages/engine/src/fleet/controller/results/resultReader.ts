/** Reads the stream of a run as it grows. */
import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { blockMs } from "../../connection/redisLink.ts";
import { pageSize, parseEntry, type RawEntry, type StreamedReport } from "../../protocol/resultStream.ts";

/**
 * So long results may gather before they are read: they are then taken in together, and what follows them is given out
 * together. Workers have more jobs in their queue, so none waits for it.
 */
const gatherMs = 20;

/** Reads a stream as it grows. */
export interface ResultReader {
  /** Begins again from the first entry: the server is another one. */
  rewind(): void;
  stop(): void;
}

/** @param redis a connection of its own, because reading blocks. */
export function startResultReader(
  redis: Redis,
  stream: string,
  after: string,
  onReports: (reports: StreamedReport[]) => void,
): ResultReader {
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
          onReports(entries.flatMap(parseEntry));
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
