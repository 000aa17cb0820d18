import type { Link } from "../connection/connection.ts";
import type { Attempt, Keys } from "../protocol/keys.ts";
import { replyValues, type WorkerBeat } from "../protocol/workerRegistry.ts";

export interface HeartbeatOptions {
  readonly link: Link;
  readonly keys: Keys;
  /** Between two beats. Four missed ones, and the worker is believed dead. */
  readonly beatMs: number;
  readonly describe: () => WorkerBeat;
  /** Attempts to ask the controllers about. */
  readonly ask: () => readonly Question[];
  readonly onError: (error: unknown) => void;
}

/** Is this attempt still waited for? */
export interface Question {
  readonly attempt: Attempt;
  /**
   * @param expected number of the attempt that the controller waits for; undefined where it waits for none.
   * @param vouched whether the controller says that this is right, of the server process that answered.
   */
  answer(expected: number | undefined, vouched: boolean, server: string): void;
}

export interface Heartbeat {
  /** At once. Rejects where the connection is lost meanwhile. */
  beat(): Promise<void>;
  /** Stops, and says goodbye. */
  stop(): Promise<void>;
}

const missedBeats = 4;
/** For how long a worker that has left is still seen leaving. */
const goodbyeBeats = 2;

/** Tells everybody that this worker is there and what it has, and asks what of that is still wanted: one round trip. */
export function startHeartbeat({ link, keys, beatMs, describe, ask, onError }: HeartbeatOptions): Heartbeat {
  let stopped = false;
  let beating = false;

  async function beat(): Promise<void> {
    const me = describe();
    const byRun = new Map<string, Question[]>();
    for (const question of ask()) {
      const same = byRun.get(question.attempt.run);
      if (same) same.push(question);
      else byRun.set(question.attempt.run, [question]);
    }
    const pipeline = link.redis.pipeline();
    pipeline.set(keys.worker(me.id), JSON.stringify(me), "PX", beatMs * missedBeats);
    pipeline.sadd(keys.workers, me.id);
    for (const [run, questions] of byRun) {
      pipeline.get(keys.vouched(run));
      pipeline.hmget(keys.outstanding(run), ...questions.map(({ attempt }) => attempt.key));
    }
    const replies = replyValues(await pipeline.exec()).slice(2);
    const server = link.serverId();
    // Which server answered is not known: it is another one by now, or not yet named.
    if (server === undefined) return;
    for (const [i, questions] of [...byRun.values()].entries()) {
      const vouched = replies[2 * i] === server;
      const numbers = replies[2 * i + 1] as (string | null)[];
      for (const [j, question] of questions.entries()) {
        const expected = numbers[j];
        question.answer(expected ? Number(expected) : undefined, vouched, server);
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
      const last: WorkerBeat = { ...describe(), draining: true, inHand: [], waiting: [], done: [] };
      await link.redis.set(keys.worker(last.id), JSON.stringify(last), "PX", beatMs * goodbyeBeats).catch(() => {});
    },
  };
}
