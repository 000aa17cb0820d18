import type { Redis } from "ioredis";
import { z } from "zod";
import { attemptId, type Keys, measureQueue, parseDeliveryId, trainQueue } from "./keys.ts";

const name = z.string().max(200);
const beatSchema = z.strictObject({
  id: z.string().regex(/^[0-9a-zA-Z_-]{1,64}$/),
  name,
  host: name,
  pid: z.number().int(),
  protocol: z.number().int(),
  program: name.exactOptional(),
  slots: z.number().int().min(1).max(4096),
  devices: z.array(name).max(64),
  measureAlone: z.boolean(),
  draining: z.boolean(),
  inHand: z.array(z.string().max(800)).max(10_000),
  waiting: z.array(z.string().max(800)).max(10_000),
  done: z.array(z.string().max(800)).max(10_000),
});

/** What a worker says of itself, several times a second. */
export interface WorkerBeat {
  /** New at every start of the program. */
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  readonly protocol: number;
  /** Version of the program. */
  readonly program?: string;
  /** Jobs that it does at once. */
  readonly slots: number;
  /** Devices that it can measure. */
  readonly devices: readonly string[];
  /** It trains nothing while it measures. */
  readonly measureAlone: boolean;
  /** It takes no new jobs. */
  readonly draining: boolean;
  /** Attempts that it is at, or that wait in it. */
  readonly inHand: readonly string[];
  /** Of these, the ones that it has not begun: they wait for others to end. */
  readonly waiting: readonly string[];
  /** Attempts that it has finished, and whose results were not taken yet. */
  readonly done: readonly string[];
}

/** Who is there at this moment, and what lies in the queues. */
export interface View {
  readonly workers: ReadonlyMap<string, WorkerBeat>;
  /** Attempt → worker that has it, or has its result; `waits`: and has not begun it. */
  readonly held: ReadonlyMap<string, { readonly worker: string; readonly waits: boolean }>;
  /** Attempt in a queue → the BullMQ job that carries it. */
  readonly queued: ReadonlyMap<string, string>;
  /** Attempt that BullMQ has given out → its queue, and the BullMQ job that carries it. */
  readonly active: ReadonlyMap<string, { readonly queue: string; readonly delivery: string }>;
}

/** The workers that have spoken lately; only the server's clock counts. */
export async function readRoster(redis: Redis, keys: Keys): Promise<ReadonlyMap<string, WorkerBeat>> {
  const ids = await redis.smembers(keys.workers);
  const workers = new Map<string, WorkerBeat>();
  if (ids.length === 0) return workers;
  const texts = await redis.mget(ids.map(keys.worker));
  const gone: string[] = [];
  for (const [i, text] of texts.entries()) {
    const beat = text === null ? undefined : parseBeat(text);
    if (beat && beat.id === ids[i]) workers.set(beat.id, beat);
    else gone.push(ids[i] as string);
  }
  // A worker that comes back names itself again with its next beat.
  if (gone.length > 0) redis.srem(keys.workers, gone).catch(() => {});
  return workers;
}

/** Reads workers and queues, in two round trips however many jobs there are. */
export async function readView(redis: Redis, keys: Keys, devices: Iterable<string>): Promise<View> {
  const workers = await readRoster(redis, keys);
  const queues = [trainQueue, ...new Set([...devices].map(measureQueue))];
  const pipeline = redis.pipeline();
  for (const queue of queues) for (const list of queueLists) pipeline.lrange(`${keys.prefix}:${queue}:${list}`, 0, -1);
  const replies = replyValues(await pipeline.exec()) as string[][];
  const queued = new Map<string, string>();
  const active = new Map<string, { queue: string; delivery: string }>();
  for (const [i, queue] of queues.entries()) {
    const [wait = [], paused = [], out = []] = replies.slice(i * queueLists.length, (i + 1) * queueLists.length);
    for (const delivery of [...wait, ...paused]) {
      for (const attempt of parseDeliveryId(delivery) ?? []) queued.set(attemptId(attempt), delivery);
    }
    for (const delivery of out) {
      for (const attempt of parseDeliveryId(delivery) ?? []) active.set(attemptId(attempt), { queue, delivery });
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

/** To which worker BullMQ gave each of these jobs of its. */
export async function readReceivers(
  redis: Redis,
  keys: Keys,
  deliveries: readonly { readonly queue: string; readonly delivery: string }[],
): Promise<(string | null)[]> {
  if (deliveries.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const { queue, delivery } of deliveries) pipeline.hget(`${keys.prefix}:${queue}:${delivery}`, "pb");
  return replyValues(await pipeline.exec()) as (string | null)[];
}

/** @throws the first error among the replies of a pipeline. */
export function replyValues(replies: [error: Error | null, result: unknown][] | null): unknown[] {
  if (replies === null) throw new Error("the transaction was not carried out");
  return replies.map(([error, value]) => {
    if (error) throw error;
    return value;
  });
}

function parseBeat(text: string): WorkerBeat | undefined {
  try {
    const result = beatSchema.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
