import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { encodeAssignment } from "../protocol/codec.ts";
import { attemptId, deliveryId, type Keys, queueOf } from "../protocol/keys.ts";
import { isQuarantined, type Tracked } from "./jobs.ts";

export interface SenderOptions {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly run: string;
  /** Hash of the experiment. */
  readonly experiment: string;
  /** How many short jobs may travel together at present. */
  readonly together: () => number;
  readonly onError: (error: unknown) => void;
}

/** Puts attempts into the queues, those of one turn of the event loop together. */
export interface Sender {
  send(tracked: Tracked): void;
  /** Takes attempts out of their queues, unless they were given out already. What travels with one of them goes too. */
  removeAll(tracked: readonly Tracked[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * A batch that is lost with the connection is not sent again here, because part of it may have arrived, and even be
 * done: the next look finds out which attempts nobody has.
 */
export function createSender({ redis, keys, run, experiment, together, onError }: SenderOptions): Sender {
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
      const deliveries = bundle(attempts, together()).map((carried) => ({
        name: carried[0]?.job.kind ?? name,
        data: encodeAssignment({
          experiment,
          jobs: carried.map(({ job }) => job),
          alone: carried.some(isQuarantined),
        }),
        opts: { jobId: deliver(carried) },
      }));
      queue(name).addBulk(deliveries).catch(onError);
    }
  }

  function deliver(carried: readonly Tracked[]): string {
    const id = deliveryId(carried.map(({ key, n }) => ({ run, key, n })));
    for (const tracked of carried) tracked.delivery = id;
    return id;
  }

  return {
    send(tracked) {
      pending.push(tracked);
      scheduled ??= setImmediate(flush);
    },
    async removeAll(tracked) {
      const removed = new Map(tracked.map(({ delivery, key, n, job }) => [delivery ?? attemptId({ run, key, n }), job]));
      await Promise.all(
        [...removed].map(([id, job]) =>
          queue(queueOf(job))
            .remove(id)
            .catch(() => 0),
        ),
      );
    },
    async close() {
      if (scheduled) clearImmediate(scheduled);
      await Promise.all([...queues.values()].map((open) => open.close().catch(() => {})));
    },
  };
}

/**
 * Attempts that go together. Only trainings do, because other jobs may carry weights; and only first attempts, so that
 * one that was lost before takes no others with it.
 */
function bundle(attempts: readonly Tracked[], together: number): Tracked[][] {
  const bundles: Tracked[][] = [];
  let open: Tracked[] | undefined;
  for (const tracked of attempts) {
    if (tracked.n > 1 || tracked.job.kind !== "evaluate") bundles.push([tracked]);
    else if (open && open.length < together) open.push(tracked);
    else {
      open = [tracked];
      bundles.push(open);
    }
  }
  return bundles;
}
