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
  /** Names of the programs that it evaluates with; absent where it has none. */
  evaluators: z.array(name).max(64).readonly().exactOptional(),
  /** GPUs that it sets aside for them, one a job; absent where it has none. */
  gpus: z.number().int().min(1).max(4096).exactOptional(),
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

/** How many evaluations a worker does at once: with a program of its own one for each GPU, where it has any, and none where it lacks the program. */
export function evaluationSlots({ slots, evaluators = [], gpus }: WorkerHeartbeat, evaluator: string | undefined): number {
  if (evaluator === undefined) return slots;
  return evaluators.includes(evaluator) ? Math.min(slots, gpus ?? slots) : 0;
}
