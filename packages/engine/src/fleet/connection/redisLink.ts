/** A connection to Redis that comes back by itself, and tells when it is lost and when another server process answers. */
import { isIP } from "node:net";
import { Redis, type RedisOptions } from "ioredis";
import { createLogLimiter, type LogLimiter } from "./logLimiter.ts";
import type { RedisAddress } from "./redisAddress.ts";

/** How long a link waits before it tries again, always: a fleet is to come back at once, not minutes later. */
const reconnectMs = 250;
/** A socket that answers nothing for so long is a cut cable. Longer than any command of ours may block. */
const silenceMs = 5_000;
/** What a blocking command may wait. */
export const blockMs = 1_000;

/** Options for ioredis: what is lost is sent again, and nothing is ever given up. */
export function connectionOptions(address: RedisAddress, name?: string): Omit<RedisOptions, "replyMapping"> {
  return {
    host: address.host,
    port: address.port,
    db: address.database,
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.tls ? { tls: { ...(isIP(address.host) ? {} : { servername: address.host }), ...address.tls } } : {}),
    ...(name === undefined ? {} : { connectionName: name }),
    maxRetriesPerRequest: null,
    retryStrategy: () => reconnectMs,
    // A server that still reads its files back, and a replica that takes over, are waited for like one that is away.
    maxLoadingRetryTime: reconnectMs,
    reconnectOnError: (error) => (error.message.startsWith("READONLY") ? 2 : false),
    connectTimeout: 2_000,
    socketTimeout: silenceMs,
    keepAlive: 5_000,
  };
}

/** What happens to a link. */
export interface LinkListener {
  /** Once for each time that the Redis is lost, or cannot be reached at the start. */
  onAway?(problem: string): void;
  /** While it is away, at growing intervals. */
  onStillAway?(problem: string, awayMs: number): void;
  /** `restarted`: it is not the server process that it was; what it holds may be old, or nothing. */
  onBack?(restarted: boolean, awayMs: number): void;
}

/** A connection that comes back by itself. */
export interface Link {
  readonly redis: Redis;
  /** Which server process answers: its `run_id`. Undefined while that is not known. */
  serverId(): string | undefined;
  /** A connection of its own with the same options, for commands that block. Closed with the link. */
  duplicate(): Redis;
  /** Resolves when the server has answered for the first time. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/**
 * Lets the commands of one turn of the event loop go in one write. One that is written by itself costs a system call
 * here and one or two in the server: much of what a short job costs. Order, replies, and what is sent again after a
 * lost connection stay as they are.
 */
function gatherWrites(redis: Redis): void {
  redis.on("connect", () => {
    const { stream } = redis;
    const write = stream.write;
    stream.write = function (this: typeof stream, ...chunk: Parameters<typeof write>) {
      if (this.writableCorked === 0) {
        this.cork();
        setImmediate(() => this.uncork());
      }
      return write.apply(this, chunk);
    } as typeof write;
  });
}

export function openLink(address: RedisAddress, listener: LinkListener = {}, name?: string): Link {
  const redis = new Redis(connectionOptions(address, name));
  gatherWrites(redis);
  const duplicates: Redis[] = [];
  let serverId: string | undefined;
  let lastServerId: string | undefined;
  let awaySince: number | undefined;
  let limiter: LogLimiter | undefined;
  let problem = "";
  let closed = false;
  let becomeReady = () => {};
  const ready = new Promise<void>((resolve) => {
    becomeReady = resolve;
  });

  redis.on("error", (error) => {
    problem = error.message;
  });
  redis.on("close", () => {
    serverId = undefined;
    if (closed) return;
    const now = performance.now();
    const reason = problem === "" ? "the connection was closed" : problem;
    if (awaySince === undefined) {
      awaySince = now;
      limiter = createLogLimiter();
      limiter.isDue(now);
      listener.onAway?.(reason);
    } else if (limiter?.isDue(now)) listener.onStillAway?.(reason, now - awaySince);
  });
  redis.on("ready", () => {
    problem = "";
    identify(redis).then(
      (id) => {
        if (closed || redis.status !== "ready") return;
        const restarted = lastServerId !== undefined && lastServerId !== id;
        const awayMs = awaySince === undefined ? undefined : performance.now() - awaySince;
        serverId = id;
        lastServerId = id;
        awaySince = undefined;
        becomeReady();
        if (awayMs !== undefined) listener.onBack?.(restarted, awayMs);
      },
      // Lost again meanwhile; the next 'ready' asks again.
      () => {},
    );
  });

  return {
    redis,
    serverId: () => serverId,
    duplicate() {
      const duplicate = redis.duplicate();
      duplicate.on("error", () => {});
      duplicates.push(duplicate);
      return duplicate;
    },
    ready,
    async close() {
      if (closed) return;
      closed = true;
      for (const connection of [redis, ...duplicates]) connection.disconnect();
    },
  };
}

/** The server's `run_id`, new at every start of a server; of a server that does not tell, a name that never changes. */
async function identify(redis: Redis): Promise<string> {
  const info = await redis.info("server").catch((error: Error) => {
    if (error.message.includes("NOPERM")) return "";
    throw error;
  });
  return /^run_id:(\w+)/m.exec(info)?.[1] ?? "unnamed";
}
