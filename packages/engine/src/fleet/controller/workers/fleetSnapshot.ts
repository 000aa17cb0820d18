/** Reads from Redis which workers there are, and where each attempt is: in a queue, given out, or with a worker. */
import type { Redis } from "ioredis";
import { attemptId, parseBatchId } from "../../protocol/attempt.ts";
import { type Keys, trainQueue } from "../../protocol/keys.ts";
import { replyValues } from "../../protocol/redisReplies.ts";
import { readWorkers, type WorkerHeartbeat } from "../../protocol/workerRegistry.ts";

/** Who is in the fleet and who has which attempt, as it was at one moment. */
export interface FleetSnapshot {
  readonly workers: ReadonlyMap<string, WorkerHeartbeat>;
  /** Attempt → worker that has it or its report; `waits`: the worker has not begun it. */
  readonly held: ReadonlyMap<string, { readonly worker: string; readonly waits: boolean }>;
  /** Attempt in a queue → the BullMQ job that carries it. */
  readonly queued: ReadonlyMap<string, string>;
  /** Attempt that BullMQ has given out → its queue, and the BullMQ job that carries it. */
  readonly active: ReadonlyMap<string, { readonly queue: string; readonly batch: string }>;
}

/**
 * Reads workers and queues, in two round trips however many jobs there are.
 * @param others queues to read beside the one that any worker takes from.
 */
export async function readSnapshot(redis: Redis, keys: Keys, others: Iterable<string>): Promise<FleetSnapshot> {
  const workers = await readWorkers(redis, keys);
  const queues = [...new Set([trainQueue, ...others])];
  const pipeline = redis.pipeline();
  for (const queue of queues) for (const list of queueLists) pipeline.lrange(`${keys.prefix}:${queue}:${list}`, 0, -1);
  const replies = replyValues(await pipeline.exec()) as string[][];
  const queued = new Map<string, string>();
  const active = new Map<string, { queue: string; batch: string }>();
  for (const [i, queue] of queues.entries()) {
    const [wait = [], paused = [], out = []] = replies.slice(i * queueLists.length, (i + 1) * queueLists.length);
    for (const batch of [...wait, ...paused]) {
      for (const attempt of parseBatchId(batch) ?? []) queued.set(attemptId(attempt), batch);
    }
    for (const batch of out) {
      for (const attempt of parseBatchId(batch) ?? []) active.set(attemptId(attempt), { queue, batch });
    }
  }
  const held = new Map<string, { worker: string; waits: boolean }>();
  for (const { id, inHand, waiting, done } of workers.values()) {
    for (const attempt of [...inHand, ...done]) held.set(attempt, { worker: id, waits: false });
    for (const attempt of waiting) held.set(attempt, { worker: id, waits: true });
  }
  return { workers, held, queued, active };
}

/** The lists in which BullMQ keeps what waits, and what it has given out. Nothing of ours has a delay or a priority. */
const queueLists = ["wait", "paused", "active"] as const;

/** To which worker BullMQ gave each of these batches; null where it has forgotten the batch. */
export async function readAssignedWorkers(
  redis: Redis,
  keys: Keys,
  batches: readonly { readonly queue: string; readonly batch: string }[],
): Promise<(string | null)[]> {
  if (batches.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const { queue, batch } of batches) pipeline.hget(`${keys.prefix}:${queue}:${batch}`, "pb");
  return replyValues(await pipeline.exec()) as (string | null)[];
}
