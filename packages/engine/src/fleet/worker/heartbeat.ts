/** The heartbeat of a worker: registers it, tells what it has, and asks which of its attempts are still waited for. */
import type { Link } from "../connection/redisLink.ts";
import type { Attempt } from "../protocol/attempt.ts";
import type { Keys } from "../protocol/keys.ts";
import { replyValues } from "../protocol/redisReplies.ts";
import type { WorkerHeartbeat } from "../protocol/workerRegistry.ts";

export interface HeartbeatOptions {
  readonly link: Link;
  readonly keys: Keys;
  /** Between two beats. Four missed ones, and the worker is taken for dead. */
  readonly beatMs: number;
  readonly describe: () => WorkerHeartbeat;
  /** Of the attempts that the worker has or has finished. */
  readonly fenceChecks: () => readonly FenceCheck[];
  readonly onError: (error: unknown) => void;
}

/** Asks whether an attempt is still waited for, by its fencing token. */
export interface FenceCheck {
  readonly attempt: Attempt;
  /**
   * @param expected number of the attempt that the controller waits for; undefined where it waits for none.
   * @param vouched whether the controller says that this is right, of the server process that answered.
   */
  onReply(expected: number | undefined, vouched: boolean, server: string): void;
}

export interface Heartbeat {
  /** At once. Rejects where the connection is lost meanwhile. */
  beat(): Promise<void>;
  /** Stops, and tells that the worker has left. */
  stop(): Promise<void>;
}

const missedBeats = 4;
/** For how long a worker that has left is still seen leaving. */
const leavingBeats = 2;

/** All that in one round trip, again and again. */
export function startHeartbeat({ link, keys, beatMs, describe, fenceChecks, onError }: HeartbeatOptions): Heartbeat {
  let stopped = false;
  let beating = false;

  async function beat(): Promise<void> {
    const me = describe();
    const byRun = new Map<string, FenceCheck[]>();
    for (const check of fenceChecks()) {
      const same = byRun.get(check.attempt.run);
      if (same) same.push(check);
      else byRun.set(check.attempt.run, [check]);
    }
    const pipeline = link.redis.pipeline();
    pipeline.set(keys.worker(me.id), JSON.stringify(me), "PX", beatMs * missedBeats);
    pipeline.sadd(keys.workers, me.id);
    for (const [run, checks] of byRun) {
      pipeline.get(keys.vouched(run));
      pipeline.hmget(keys.outstanding(run), ...checks.map(({ attempt }) => attempt.key));
    }
    const replies = replyValues(await pipeline.exec()).slice(2);
    const server = link.serverId();
    // Which server answered is not known: it is another one by now, or not yet named.
    if (server === undefined) return;
    for (const [i, checks] of [...byRun.values()].entries()) {
      const vouched = replies[2 * i] === server;
      const numbers = replies[2 * i + 1] as (string | null)[];
      for (const [j, check] of checks.entries()) {
        const expected = numbers[j];
        check.onReply(expected ? Number(expected) : undefined, vouched, server);
      }
    }
  }

  const timer = setInterval(() => {
    // One that waits for the Redis to come back is enough.
    if (beating) return;
    beating = true;
    beat()
      .catch(onError)
      .finally(() => {
        beating = false;
      });
  }, beatMs);

  return {
    beat,
    async stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      if (link.serverId() === undefined) return;
      // Not simply away: who looks only now and then is to see that it left, and was not lost.
      const last: WorkerHeartbeat = { ...describe(), draining: true, inHand: [], waiting: [], done: [] };
      await link.redis.set(keys.worker(last.id), JSON.stringify(last), "PX", beatMs * leavingBeats).catch(() => {});
    },
  };
}
