/** What stands in Redis of a run while its controller lives, and what it leaves when it ends. */
import type { Link } from "../../connection/redisLink.ts";
import type { Attempt } from "../../protocol/attempt.ts";
import { keptSeconds, type PublishedExperiment, publishExperiment, publishedKeys } from "../../protocol/experimentStore.ts";
import type { Keys } from "../../protocol/keys.ts";
import { replyValues } from "../../protocol/redisReplies.ts";

/** An attempt of this run. */
type OwnAttempt = Omit<Attempt, "run">;

export class RunState {
  readonly #link: Link;
  readonly #keys: Keys;
  readonly #run: string;
  readonly #experiment: PublishedExperiment;
  /** The run's own keys, which expire some days after the controller was last there. */
  readonly #ownKeys: readonly string[];
  readonly #publishedKeys: readonly string[];

  constructor(link: Link, keys: Keys, run: string, experiment: PublishedExperiment) {
    this.#link = link;
    this.#keys = keys;
    this.#run = run;
    this.#experiment = experiment;
    this.#ownKeys = [keys.outstanding(run), keys.results(run), keys.cancelled(run), keys.vouched(run)];
    this.#publishedKeys = publishedKeys(keys, experiment);
  }

  /**
   * Writes what the workers must find, and vouches for it towards the server process that answers now.
   * @throws where the connection is lost meanwhile. Doing it twice changes nothing.
   */
  async publish(open: readonly OwnAttempt[]): Promise<void> {
    const serverId = this.#link.serverId();
    if (serverId === undefined) throw new Error("the Redis is away");
    const transaction = this.#link.redis.multi();
    publishExperiment(transaction, this.#keys, this.#experiment);
    if (open.length > 0) transaction.hset(this.#keys.outstanding(this.#run), numbersByKey(open));
    transaction.set(this.#keys.vouched(this.#run), serverId);
    transaction.sadd(this.#keys.runs, this.#run);
    replyValues(await transaction.exec());
  }

  /** Says which attempt of a job is waited for. One that is lost with the connection is written again by `JobProducer.send`. */
  setOutstanding({ key, number }: OwnAttempt): void {
    this.#link.redis.hset(this.#keys.outstanding(this.#run), key, number).catch(() => {});
  }

  /** Keeps what belongs to the run from expiring. */
  prolong(): void {
    const pipeline = this.#link.redis.pipeline();
    for (const key of [...this.#ownKeys, ...this.#publishedKeys]) pipeline.expire(key, keptSeconds);
    pipeline.exec().catch(() => {});
  }

  /** Removes a run that is over; one with cancelled attempts is left for the next session. */
  async leave(cancelled: readonly OwnAttempt[]): Promise<void> {
    const transaction = this.#link.redis.multi();
    transaction.del(this.#keys.outstanding(this.#run), this.#keys.controller(this.#run));
    if (cancelled.length === 0) {
      transaction.del(this.#keys.results(this.#run), this.#keys.cancelled(this.#run));
      transaction.srem(this.#keys.runs, this.#run);
      // Long enough for every worker to learn that nothing is waited for any more.
      transaction.expire(this.#keys.vouched(this.#run), 3600);
    } else {
      transaction.hset(this.#keys.cancelled(this.#run), numbersByKey(cancelled));
      for (const key of this.#ownKeys) transaction.expire(key, keptSeconds);
    }
    replyValues(await transaction.exec());
  }
}

/** Job keys and attempt numbers in turn, as Redis takes the fields of a hash. */
function numbersByKey(attempts: readonly OwnAttempt[]): (string | number)[] {
  return attempts.flatMap(({ key, number }) => [key, number]);
}
