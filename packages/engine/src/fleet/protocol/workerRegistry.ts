/** The registry of workers: each writes a heartbeat several times a second, which expires when the worker falls silent. */
import type { Redis } from "ioredis";
import { z } from "zod";
import type { Keys } from "./keys.ts";

const name = z.string().max(200);
const attempts = z.array(z.string().max(800)).max(10_000).readonly();

const heartbeatSchema = z.strictObject({
  /** New at every start of the program. */
  id: z.string().regex(/^[0-9a-zA-Z_-]{1,64}$/),
  name,
  host: name,
  pid: z.number().int(),
  protocol: z.number().int(),
  /** Version of the program. */
  program: name.exactOptional(),
  /** Jobs that it runs at once. */
  slots: z.number().int().min(1).max(4096),
  /** Devices that it can measure. */
  devices: z.array(name).max(64).readonly(),
  /** It trains nothing while it measures. */
  measureAlone: z.boolean(),
  /** It takes no new jobs. */
  draining: z.boolean(),
  /** Attempts that it runs, or that wait in it. */
  inHand: attempts,
  /** Of these, the ones that it has not begun: they wait for others to end. */
  waiting: attempts,
  /** Attempts that it has finished, and whose reports the controller has not taken yet. */
  done: attempts,
});

/** What a worker tells of itself. */
export type WorkerHeartbeat = Readonly<z.infer<typeof heartbeatSchema>>;

/** The workers whose heartbeat has not expired, by id; only the server's clock counts. */
export async function readWorkers(redis: Redis, keys: Keys): Promise<ReadonlyMap<string, WorkerHeartbeat>> {
  const ids = await redis.smembers(keys.workers);
  const workers = new Map<string, WorkerHeartbeat>();
  if (ids.length === 0) return workers;
  const texts = await redis.mget(ids.map(keys.worker));
  const gone: string[] = [];
  for (const [i, text] of texts.entries()) {
    const heartbeat = text === null ? undefined : parseHeartbeat(text);
    if (heartbeat && heartbeat.id === ids[i]) workers.set(heartbeat.id, heartbeat);
    else gone.push(ids[i] as string);
  }
  // A worker that comes back registers again with its next heartbeat.
  if (gone.length > 0) redis.srem(keys.workers, gone).catch(() => {});
  return workers;
}

function parseHeartbeat(text: string): WorkerHeartbeat | undefined {
  try {
    const result = heartbeatSchema.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
