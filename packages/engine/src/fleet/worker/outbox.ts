/** The outbox of a worker: keeps each report until the controller has taken it, because Redis may lose what it has confirmed. */
import type { Link } from "../connection/redisLink.ts";
import { type Attempt, parseAttemptId } from "../protocol/attempt.ts";
import { encodeReport, PayloadError, type Report } from "../protocol/codec.ts";
import type { Keys } from "../protocol/keys.ts";
import { entryFields } from "../protocol/resultStream.ts";
import type { FenceCheck } from "./heartbeat.ts";
import type { Log } from "./log.ts";
import type { Spool } from "./spool.ts";

/** A report that the controller has not taken yet. */
interface UntakenReport extends Attempt {
  readonly id: string;
  readonly report: string;
  readonly since: number;
  /** The server process that has it; undefined while it is under way. */
  server: string | undefined;
  underWay: boolean;
}

export interface OutboxOptions {
  readonly link: Link;
  readonly keys: Keys;
  readonly worker: string;
  readonly spool: Spool;
  readonly log: Log;
}

/** Reports that took longer to make are also kept on disk. */
const spoolFromMs = 1_000;
/** So many reports, and so many characters of them, are kept until they are taken; beyond that the oldest are on disk only, or only in Redis. */
const maxKept = 10_000;
const maxCharacters = 256 * 1024 ** 2;
/** So many reports, and so many characters of them, go into one entry of the stream. */
const maxInEntry = 50;
const maxEntryCharacters = 256 * 1024;
/** Reports that have waited longer stand in the heartbeat. */
const waitingMs = 1_000;
/** A run whose controller says nothing at all for so long is over. */
const forgottenMs = 3_600_000;

export function createOutbox({ link, keys, worker, spool, log }: OutboxOptions) {
  const kept = new Map<string, UntakenReport>();
  let characters = 0;
  let pending: UntakenReport[] = [];
  let underWay = 0;
  let idle = () => {};

  function forget(item: UntakenReport, fromDisk: boolean): void {
    if (kept.delete(item.id)) characters -= item.report.length;
    if (fromDisk) spool.remove(item.id);
  }

  /** Those that are ready in the same turn of the event loop go together, in one entry if that does not become large. */
  function send(item: UntakenReport): void {
    item.underWay = true;
    if (pending.push(item) === 1) process.nextTick(flush);
  }

  function flush(): void {
    const batch = pending;
    pending = [];
    let entry: UntakenReport[] = [];
    let size = 0;
    for (const item of batch) {
      const fits = entry.length < maxInEntry && size + item.report.length <= maxEntryCharacters && entry[0]?.run === item.run;
      if (entry.length > 0 && !fits) {
        write(entry);
        entry = [];
        size = 0;
      }
      entry.push(item);
      size += item.report.length;
    }
    write(entry);
  }

  function write(entry: readonly UntakenReport[]): void {
    const [first] = entry;
    if (!first) return;
    underWay++;
    // What is lost with the connection is sent again after one of the next heartbeats, so it may arrive twice; the first counts.
    link.redis
      .xadd(keys.results(first.run), "*", ...entryFields(worker, entry))
      .then(
        () => {
          const server = link.serverId();
          for (const item of entry) item.server = server;
        },
        (error: Error) => log("not-delivered", { attempts: entry.map(({ id }) => id), reason: error.message }),
      )
      .finally(() => {
        for (const item of entry) item.underWay = false;
        if (--underWay === 0 && pending.length === 0) idle();
      });
  }

  function add({ run, key, number }: Attempt, id: string, report: string): UntakenReport {
    const item: UntakenReport = { run, key, number, id, report, since: performance.now(), server: undefined, underWay: false };
    kept.set(id, item);
    characters += report.length;
    const isFull = () => kept.size > maxKept || characters > maxCharacters;
    if (!isFull()) return item;
    for (const oldest of kept.values()) {
      if (!isFull()) break;
      if (oldest !== item) forget(oldest, false);
    }
    return item;
  }

  /**
   * The reply to the fence check of a report.
   *
   * @param expected number of the attempt that it waits for; undefined where it waits for none.
   * @param vouched whether that is right: a Redis that was restarted may have forgotten it.
   */
  function onReply(item: UntakenReport, expected: number | undefined, vouched: boolean, server: string): void {
    if (kept.get(item.id) !== item || item.underWay) return;
    if (!vouched) {
      if (performance.now() - item.since > forgottenMs) forget(item, false);
      return;
    }
    if (expected === item.number) {
      if (item.server !== server) send(item);
      return;
    }
    if (expected !== undefined && expected > item.number) log("stale", { attempt: item.id, expected });
    forget(item, true);
  }

  return {
    /** @param tookMs what it cost to make: what took long is also kept on disk. */
    deliver(attempt: Attempt & { readonly id: string }, report: Report, tookMs: number): void {
      let text: string;
      try {
        text = encodeReport(report);
      } catch (error) {
        if (!(error instanceof PayloadError)) throw error;
        text = encodeReport({
          kind: "outcome",
          outcome: { kind: "failed", failure: { code: "not-finite", message: error.message }, seconds: tookMs / 1000 },
        });
      }
      const item = add(attempt, attempt.id, text);
      const tookLong = report.kind === "outcome" && (tookMs >= spoolFromMs || link.serverId() === undefined);
      if (tookLong) spool.write(item);
      send(item);
    },
    /** Takes in what an earlier start of this worker left on disk. It is delivered where it is still waited for. */
    async restore(): Promise<number> {
      let count = 0;
      for (const { id, report } of await spool.read()) {
        const attempt = parseAttemptId(id);
        if (!attempt || kept.has(id)) continue;
        add(attempt, id, report);
        count++;
      }
      return count;
    },
    /** Delivers a report again, if there is one: the attempt is asked for by somebody who does not know that it is done. */
    sendAgain(id: string): boolean {
      const item = kept.get(id);
      if (item && !item.underWay) send(item);
      return item !== undefined;
    },
    /** Asks of each report whether it was taken. */
    fenceChecks: (): FenceCheck[] =>
      [...kept.values()].map((item) => ({
        attempt: item,
        onReply: (expected, vouched, server) => onReply(item, expected, vouched, server),
      })),
    /** Attempts that are finished, and wait to be taken. */
    waiting(): string[] {
      const now = performance.now();
      const ids: string[] = [];
      for (const { id, since } of kept.values()) {
        if (now - since > waitingMs && ids.length < 1_000) ids.push(id);
      }
      return ids;
    },
    /** Resolves when nothing is under way. */
    delivered: () =>
      new Promise<void>((resolve) => {
        if (underWay === 0 && pending.length === 0) return resolve();
        idle = resolve;
      }),
    size: () => kept.size,
  };
}
export type Outbox = ReturnType<typeof createOutbox>;
