/** Puts attempts into the BullMQ queues, from which workers take them. */
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { attemptId, batchId } from "../../protocol/attempt.ts";
import { encodeAssignment } from "../../protocol/codec.ts";
import { type Keys, queueOf } from "../../protocol/keys.ts";
import { isQuarantined } from "./retryPolicy.ts";
import { markSent, type TrackedJob } from "./trackedJob.ts";

export interface JobProducerOptions {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly run: string;
  /** Hash of the experiment. */
  readonly experiment: string;
  /** Short jobs in one batch at most, at present. */
  readonly batchSize: () => number;
  readonly onError: (error: unknown) => void;
}

export interface JobProducer {
  /** Sends the newest attempt of a job. Those of one turn of the event loop are written together. */
  readonly send: (tracked: TrackedJob) => void;
  /** Takes attempts out of their queues, unless BullMQ has given them out already. What is in one batch with them goes too. */
  removeAll(tracked: readonly TrackedJob[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * What is lost with the connection is not sent again here, because part of it may have arrived, and even be done:
 * the next reconciliation finds out which attempts nobody has.
 */
export function createJobProducer({ redis, keys, run, experiment, batchSize, onError }: JobProducerOptions): JobProducer {
  const queues = new Map<string, Queue>();
  let pending: TrackedJob[] = [];
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
    const sent = pending;
    pending = [];
    // Before the jobs, so that no worker sees a job that is not waited for.
    redis
      .hset(
        keys.outstanding(run),
        sent.flatMap(({ key, number }) => [key, number]),
      )
      .catch(() => {});
    for (const [name, attempts] of byQueue(sent)) {
      const batches = inBatches(attempts, batchSize()).map((batch) => ({
        name: batch[0]?.job.kind ?? name,
        data: encodeAssignment({
          experiment,
          jobs: batch.map(({ job }) => job),
          alone: batch.some(isQuarantined),
        }),
        opts: { jobId: nameBatch(batch) },
      }));
      queue(name).addBulk(batches).catch(onError);
    }
  }

  function nameBatch(batch: readonly TrackedJob[]): string {
    const id = batchId(batch.map(({ key, number }) => ({ run, key, number })));
    for (const tracked of batch) tracked.batch = id;
    return id;
  }

  return {
    send: (tracked) => {
      markSent(tracked);
      pending.push(tracked);
      scheduled ??= setImmediate(flush);
    },
    async removeAll(tracked) {
      const removed = new Map(tracked.map(({ batch, key, number, job }) => [batch ?? attemptId({ run, key, number }), job]));
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

function byQueue(attempts: readonly TrackedJob[]): Map<string, TrackedJob[]> {
  const queues = new Map<string, TrackedJob[]>();
  for (const tracked of attempts) {
    const name = queueOf(tracked.job);
    const same = queues.get(name);
    if (same) same.push(tracked);
    else queues.set(name, [tracked]);
  }
  return queues;
}

/**
 * Attempts in batches. Only jobs without weights share one, which are trainings; and only first attempts, so that one
 * that was lost before takes no others with it.
 */
function inBatches(attempts: readonly TrackedJob[], batchSize: number): TrackedJob[][] {
  const batches: TrackedJob[][] = [];
  let open: TrackedJob[] | undefined;
  for (const tracked of attempts) {
    if (tracked.number > 1 || tracked.job.kind !== "evaluate" || tracked.job.weights) batches.push([tracked]);
    else if (open && open.length < batchSize) open.push(tracked);
    else {
      open = [tracked];
      batches.push(open);
    }
  }
  return batches;
}
