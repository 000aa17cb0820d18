/**
 * Takes jobs from the BullMQ queues: as many training jobs as there are slots, one measurement of each device at a time, and evaluations
 * by the programs that the worker has.
 */
import { Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { createReplyErrorListener } from "../connection/replyErrors.ts";
import { evaluatorQueue, type Keys, measureQueue, trainQueue } from "../protocol/keys.ts";
import type { Log } from "./log.ts";

export interface JobConsumerOptions {
  readonly redis: Redis;
  readonly keys: Keys;
  /** Id of the worker, which BullMQ writes beside every job that it gives out. */
  readonly worker: string;
  readonly slots: number;
  readonly devices: readonly string[];
  /** Programs that it evaluates with, and how many evaluations it does with each at once. */
  readonly evaluators: readonly string[];
  readonly evaluations: number;
  readonly work: (batch: string, data: unknown) => Promise<void>;
  readonly log: Log;
}

export interface JobConsumer {
  /** Resolves when jobs are taken. */
  readonly ready: Promise<void>;
  /** Sets again what a restarted Redis may have forgotten. */
  renew(): void;
  /** Leaves the queues to others for a while. */
  pauseFor(milliseconds: number): void;
  /** Takes no job any more. */
  stop(): void;
  close(): Promise<void>;
}

/**
 * How long BullMQ believes that a job is still worked on without its lock being renewed. Only for tidying up after dead workers:
 * what becomes of their jobs is the controller's decision.
 */
const lockMs = 4_000;
const tidyMs = 2_000;

export function startJobConsumer({
  redis,
  keys,
  worker,
  slots,
  devices,
  evaluators,
  evaluations,
  work,
  log,
}: JobConsumerOptions): JobConsumer {
  let stopped = false;
  let pause: NodeJS.Timeout | undefined;

  // A lost connection is told of by the link; a lost lock means that the job was taken for dead, which is told of as stale.
  const onError = createReplyErrorListener((reason) => log("queue-error", { reason }));

  const open = (queue: string, concurrency: number) => {
    const opened = new Worker(queue, async ({ id, data }) => work(id ?? "", data), {
      connection: redis,
      prefix: keys.prefix,
      name: worker,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: tidyMs,
      // Never given out twice: BullMQ drops what a dead worker had.
      maxStalledCount: 0,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
      // In seconds; below the silence after which a socket counts as dead.
      drainDelay: 1,
      runRetryDelay: 250,
    });
    opened.on("error", onError);
    return opened;
  };
  const workers = [
    open(trainQueue, slots),
    ...devices.map((device) => open(measureQueue(device), 1)),
    ...evaluators.map((name) => open(evaluatorQueue(name), evaluations)),
  ];

  /** One measurement at a time on a device, whichever workers and runs share it. */
  async function renew(): Promise<void> {
    for (const device of devices) {
      const queue = new Queue(measureQueue(device), { connection: redis, prefix: keys.prefix, streams: { events: { maxLen: 100 } } });
      queue.on("error", () => {});
      await queue.setGlobalConcurrency(1);
      await queue.close();
    }
  }

  function takeNoMore(): void {
    for (const each of workers) each.pause(true).catch(onError);
  }
  return {
    ready: Promise.all([renew(), ...workers.map((each) => each.waitUntilReady())]).then(() => {}),
    renew: () => {
      renew().catch(() => {});
    },
    pauseFor(milliseconds: number): void {
      clearTimeout(pause);
      takeNoMore();
      pause = setTimeout(() => {
        if (!stopped) for (const each of workers) each.resume();
      }, milliseconds);
    },
    stop(): void {
      stopped = true;
      clearTimeout(pause);
      takeNoMore();
    },
    async close(): Promise<void> {
      // What the worker still has was handed back, so BullMQ need not wait for it.
      await Promise.all(workers.map((each) => each.close(true).catch(() => {})));
    },
  };
}
