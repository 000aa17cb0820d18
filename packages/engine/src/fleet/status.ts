/** The state of a fleet at one moment, for people: workers, runs and queues. */
import type { Redis } from "ioredis";
import { formatAddress, type RedisAddress } from "./connection/redisAddress.ts";
import { openLink } from "./connection/redisLink.ts";
import { controllerHeartbeatSchema } from "./controller/controllerHeartbeat.ts";
import { createKeys, defaultPrefix } from "./protocol/keys.ts";
import { replyValues } from "./protocol/redisReplies.ts";
import { readWorkers, type WorkerHeartbeat } from "./protocol/workerRegistry.ts";

export interface FleetRunStatus {
  readonly runKey: string;
  /** The program that carries the run out; undefined where none is there: it was killed, or interrupted. */
  readonly controller?: {
    readonly name: string;
    readonly host: string;
    readonly pid: number;
    /** Jobs that wait in it, and those in flight. */
    readonly waiting: number;
    readonly given: number;
  };
  /** Jobs that are waited for. */
  readonly outstanding: number;
  /** Reports in Redis; those that were accepted stay for a while. */
  readonly results: number;
}

export interface FleetQueueStatus {
  readonly name: string;
  readonly waiting: number;
  readonly active: number;
}

export interface FleetStatus {
  readonly workers: readonly WorkerHeartbeat[];
  readonly runs: readonly FleetRunStatus[];
  readonly queues: readonly FleetQueueStatus[];
}

/** @throws Error where the Redis does not answer within some seconds. */
export async function fleetStatus(address: RedisAddress, prefix = defaultPrefix, limitMs = 5_000): Promise<FleetStatus> {
  const link = openLink(address, {}, "archwright-status");
  let timer: NodeJS.Timeout | undefined;
  try {
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the Redis at ${formatAddress(address)} did not answer in ${limitMs / 1000} s`)), limitMs);
    });
    return await Promise.race([read(link.redis, prefix), limit]);
  } finally {
    clearTimeout(timer);
    await link.close();
  }
}

async function read(redis: Redis, prefix: string): Promise<FleetStatus> {
  const keys = createKeys(prefix);
  // One that has nothing left is gone, though it is still seen leaving.
  const there = [...(await readWorkers(redis, keys)).values()].filter(
    (worker) => !worker.draining || worker.inHand.length + worker.done.length > 0,
  );
  const workers = there.sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
  const runs: FleetRunStatus[] = [];
  for (const runKey of (await redis.smembers(keys.runs)).sort()) {
    const [controller, outstanding, results] = await Promise.all([
      redis.get(keys.controller(runKey)),
      redis.hlen(keys.outstanding(runKey)),
      redis.xlen(keys.results(runKey)),
    ]);
    const parsed = controller === null ? undefined : controllerHeartbeatSchema.safeParse(JSON.parse(controller)).data;
    // Kept for some days after an interruption, then forgotten by Redis.
    if (!parsed && outstanding === 0 && results === 0 && (await redis.exists(keys.cancelled(runKey))) === 0) continue;
    runs.push({ runKey, outstanding, results, ...(parsed ? { controller: parsed } : {}) });
  }
  return { workers, runs, queues: await readQueues(redis, prefix) };
}

async function readQueues(redis: Redis, prefix: string): Promise<FleetQueueStatus[]> {
  // Every queue that was ever used has a 'meta' key.
  const names = new Set<string>();
  for (let cursor = "0"; ; ) {
    const [next, found] = await redis.scan(cursor, "MATCH", `${prefix}:*:meta`, "COUNT", 500);
    for (const key of found) names.add(key.slice(prefix.length + 1, -":meta".length));
    cursor = next;
    if (cursor === "0") break;
  }
  const sorted = [...names].filter((name) => !name.includes(":")).sort();
  const pipeline = redis.pipeline();
  for (const name of sorted) for (const list of ["wait", "active"]) pipeline.llen(`${prefix}:${name}:${list}`);
  const lengths = sorted.length === 0 ? [] : (replyValues(await pipeline.exec()) as number[]);
  return sorted.map((name, i) => ({ name, waiting: lengths[2 * i] ?? 0, active: lengths[2 * i + 1] ?? 0 }));
}
