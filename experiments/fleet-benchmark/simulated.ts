/**
 * Many workers in one process, for the controller to see: each has its own id, heartbeat, outbox and life, through the
 * fleet's own code. What they share is the connection, and BullMQ's side of taking jobs, because a thousand of those do
 * not fit on one machine. Jobs sleep.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Job, Outcome } from "@archwright/core/experiment";
import { Worker } from "bullmq";
import type { Redis } from "ioredis";
import type { RedisAddress } from "../../packages/engine/src/fleet/connection/redisAddress.ts";
import { openLink } from "../../packages/engine/src/fleet/connection/redisLink.ts";
import { attemptId, parseBatchId } from "../../packages/engine/src/fleet/protocol/attempt.ts";
import { decodeAssignment } from "../../packages/engine/src/fleet/protocol/codec.ts";
import { createKeys, protocolVersion, trainQueue } from "../../packages/engine/src/fleet/protocol/keys.ts";
import { type Heartbeat, startHeartbeat } from "../../packages/engine/src/fleet/worker/heartbeat.ts";
import { createOutbox, type Outbox } from "../../packages/engine/src/fleet/worker/outbox.ts";
import { createSpool } from "../../packages/engine/src/fleet/worker/spool.ts";

export interface SimulatedOptions {
  readonly connection: RedisAddress;
  readonly prefix: string;
  /** Of one slot each. */
  readonly workers: number;
  /** Mean of the exponential distribution of how long a worker lives. */
  readonly lifetimeMs: number;
  /** From the death of a worker to the start of the one in its place. */
  readonly downMs: number;
  readonly evaluate: (job: Job) => Promise<Outcome>;
  readonly random: () => number;
  /** Without BullMQ's side of taking jobs. */
  readonly light: boolean;
}

interface Simulated {
  readonly id: string;
  alive: boolean;
  readonly held: Set<string>;
  readonly outbox: Outbox;
  readonly heartbeat: Heartbeat;
  /** Resolves when the place of a dead worker is taken. */
  replaced: Promise<void>;
}

const beatMs = 500;

/** Resolves when all have said that they are there. */
export async function simulateWorkers(options: SimulatedOptions): Promise<void> {
  const { connection, prefix, workers, lifetimeMs, downMs, evaluate, random } = options;
  const keys = createKeys(prefix);
  const link = openLink(connection);
  await link.ready;
  const places: Simulated[] = [];
  const byId = new Map<string, Simulated>();
  let turn = 0;

  function start(place: number): Simulated {
    const id = `w-${randomUUID()}`;
    const held = new Set<string>();
    const outbox = createOutbox({ link, keys, worker: id, spool: createSpool(undefined, () => {}), log: () => {} });
    const heartbeat = startHeartbeat({
      link,
      keys,
      beatMs,
      describe() {
        // Stopping it would tell that the worker has left.
        if (!worker.alive) throw new Error("the dead say nothing");
        return {
          ...{ id, name: `worker-${place}`, host: `host-${place}`, pid: 1, protocol: protocolVersion, slots: 1 },
          ...{ devices: [], measureAlone: true, draining: false, inHand: [...held], waiting: [], done: outbox.waiting() },
        };
      },
      onError: () => {},
      fenceChecks: outbox.fenceChecks,
    });
    const worker: Simulated = { id, alive: true, held, outbox, heartbeat, replaced: Promise.resolve() };
    places[place] = worker;
    byId.set(id, worker);
    setTimeout(() => die(worker, place), -Math.log(1 - random()) * lifetimeMs).unref();
    return worker;
  }

  /** As SIGKILL: nothing is said any more, and what it had is lost. */
  function die(worker: Simulated, place: number): void {
    worker.alive = false;
    worker.replaced = delay(downMs).then(() => {
      byId.delete(worker.id);
      start(place);
    });
  }

  /** Whoever is free takes the next job. */
  function next(): string {
    for (let tried = 0; tried < workers; tried++) {
      const worker = places[turn++ % workers];
      if (worker?.alive && worker.held.size === 0) return worker.id;
    }
    return places.find((worker) => worker?.alive)?.id ?? "nobody";
  }

  for (let place = 0; place < workers; place++) {
    await start(place).heartbeat.beat();
    // So that not all beat at once.
    if (place % Math.ceil(workers / 50) === 0) await delay(beatMs / 50);
  }

  async function work(batch: string, data: unknown, id: string): Promise<void> {
    const worker = byId.get(id);
    const attempts = parseBatchId(batch);
    if (!worker || !attempts) return;
    const { jobs } = decodeAssignment(
      data,
      attempts.map(({ key }) => key),
    );
    for (const [i, attempt] of attempts.entries()) {
      const name = attemptId(attempt);
      worker.held.add(name);
      const outcome = await evaluate(jobs[i] as Job);
      if (!worker.alive) return worker.replaced;
      worker.held.delete(name);
      worker.outbox.deliver({ ...attempt, id: name }, { kind: "outcome", outcome }, 0);
    }
  }

  if (options.light) {
    const idle = () => places.filter((worker) => worker?.alive && worker.held.size === 0).map(({ id }) => id);
    takeLightly({ redis: link.duplicate(), prefix, idle, work });
    return;
  }
  const taker = new Worker(trainQueue, ({ id = "", data, processedBy = "" }) => work(id, data, processedBy), {
    ...{ connection: link.redis, prefix, concurrency: workers, lockDuration: 30_000, stalledInterval: 30_000, maxStalledCount: 0 },
    ...{ removeOnComplete: { count: 0 }, removeOnFail: { count: 0 }, drainDelay: 1 },
  });
  taker.on("error", () => {});
  // BullMQ writes the name beside each job that it gives out: it is that of the worker whose turn it is.
  Object.defineProperty(taker.opts, "name", { get: next });
  await taker.waitUntilReady();
}

interface LightOptions {
  readonly redis: Redis;
  readonly prefix: string;
  readonly idle: () => readonly string[];
  readonly work: (batch: string, data: unknown, worker: string) => Promise<void>;
}

/** Gives each of these workers (ARGV) a job, as the controller sees it: in the list `active`, with the worker's name beside it. */
const takeScript = `
local taken = {}
for _, worker in ipairs(ARGV) do
  local id = redis.call("RPOPLPUSH", KEYS[1] .. "wait", KEYS[1] .. "active")
  if not id then break end
  redis.call("HSET", KEYS[1] .. id, "pb", worker)
  table.insert(taken, { id, redis.call("HGET", KEYS[1] .. id, "data"), worker })
end
return taken`;

/**
 * Takes and finishes jobs without BullMQ's scripts and bookkeeping, which cost more than all that the controller does: so
 * that one machine can show where the controller ends. What Redis costs is then too low.
 */
function takeLightly({ redis, prefix, idle, work }: LightOptions): void {
  const key = `${prefix}:${trainQueue}:`;
  setInterval(async () => {
    const workers = idle().slice(0, 200);
    if (workers.length === 0) return;
    const taken = (await redis.eval(takeScript, 1, key, ...workers)) as [id: string, data: string, worker: string][];
    for (const [id, data, worker] of taken) {
      void work(id, JSON.parse(data), worker).then(() => redis.pipeline().lrem(`${key}active`, -1, id).del(`${key}${id}`).exec());
    }
  }, 5);
}
