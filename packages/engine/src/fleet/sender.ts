import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { encodeJob } from "./codec.ts";
import type { Tracked } from "./jobs.ts";
import { attemptId, type Keys, queueOf } from "./keys.ts";

export interface SenderOptions {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly run: string;
  /** Hash of the experiment. */
  readonly experiment: string;
  readonly onError: (error: unknown) => void;
}

/** Puts attempts into the queues, those of one turn of the event loop together. */
export interface Sender {
  send(tracked: Tracked): void;
  /** Takes an attempt out of its queue, unless it was given out already. */
  remove(tracked: Tracked): Promise<void>;
  close(): Promise<void>;
}

/**
 * A batch that is lost with the connection is not sent again here, because part of it may have arrived, and even be
 * done: the next look finds out which attempts nobody has.
 */
export function createSender({ redis, keys, run, experiment, onError }: SenderOptions): Sender {
  const queues = new Map<string, Queue>();
  let pending: Tracked[] = [];
  let scheduled: NodeJS.Immediate | undefined;

  function queue(name: string): Queue {
    let found = queues.get(name);
    if (!found) {
      found = new Queue(name, {
        connection: redis,
        prefix: keys.prefix,
        streams: { events: { maxLen: 100 } },
        // For those that a dead worker had; a living one removes what it has done.
        defaultJobOptions: { removeOnFail: true },
      });
      found.on("error", onError);
      queues.set(name, found);
    }
    return found;
  }

  function flush(): void {
    scheduled = undefined;
    const batch = pending;
    pending = [];
    // Before the jobs, so that no worker sees a job that is not waited for.
    redis
      .hset(
        keys.outstanding(run),
        batch.flatMap(({ key, n }) => [key, n]),
      )
      .catch(() => {});
    const byQueue = new Map<string, Tracked[]>();
    for (const tracked of batch) {
      const name = queueOf(tracked.job);
      const same = byQueue.get(name);
      if (same) same.push(tracked);
      else byQueue.set(name, [tracked]);
    }
    for (const [name, attempts] of byQueue) {
      const jobs = attempts.map(({ key, n, job }) => ({
        name: job.kind,
        data: encodeJob(job, experiment),
        opts: { jobId: attemptId({ run, key, n }) },
      }));
      queue(name).addBulk(jobs).catch(onError);
    }
  }

  return {
    send(tracked) {
      pending.push(tracked);
      scheduled ??= setImmediate(flush);
    },
    async remove({ key, n, job }) {
      await queue(queueOf(job))
        .remove(attemptId({ run, key, n }))
        .catch(() => 0);
    },
    async close() {
      if (scheduled) clearImmediate(scheduled);
      await Promise.all([...queues.values()].map((open) => open.close().catch(() => {})));
    },
  };
}
