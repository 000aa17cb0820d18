import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { InputError } from "@archwright/core/base";
import { Redis, type RedisOptions } from "ioredis";
import { createReminder, type Reminder } from "./reminder.ts";

/** Where a Redis is, and who we are there. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly username?: string;
  readonly password?: string;
  /** Present: TLS. `ca` is a certificate authority in PEM, where the system's own do not do. */
  readonly tls?: { readonly ca?: string };
}

/** Who we are, apart from the address, which everybody may see. */
export interface RedisCredentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Certificate authority in PEM. */
  readonly ca?: string | undefined;
}

/** How long a link waits before it tries again, always: a fleet is to come back at once, not minutes later. */
const reconnectMs = 250;
/** A socket that answers nothing for so long is a cut cable. Longer than any command of ours may block. */
const silenceMs = 5_000;
/** What a blocking command may wait. */
export const blockMs = 1_000;

/**
 * Reads `redis://host:port/database`, or `rediss://…` for TLS.
 * @throws InputError for anything else, and for a password in it: command lines can be seen by everybody on the machine.
 */
export function parseRedisAddress(url: string, credentials: RedisCredentials = {}): RedisAddress {
  const fail = (problem: string, suggestion = "redis://localhost:6379"): never => {
    throw new InputError(problem, { expected: "redis://HOST:PORT/DATABASE, or rediss:// for TLS", suggestion });
  };
  const parsed = URL.canParse(url) ? new URL(url) : fail("the address of the Redis is not a URL");
  if (parsed.protocol !== "redis:" && parsed.protocol !== "rediss:") fail(`the address of the Redis begins with '${parsed.protocol}'`);
  if (parsed.password !== "") {
    const { protocol, host, pathname } = parsed;
    fail(
      "the address of the Redis holds a password, which others on this machine could read",
      `${protocol}//${host}${pathname}, with the password in ARCHWRIGHT_REDIS_PASSWORD or in a file that ARCHWRIGHT_REDIS_PASSWORD_FILE names`,
    );
  }
  if (parsed.hostname === "") fail("the address of the Redis names no host");
  const [, database = ""] = /^\/?(\d{0,5})$/.exec(parsed.pathname) ?? fail(`'${parsed.pathname}' is not the number of a database`);
  const username = credentials.username ?? (parsed.username === "" ? undefined : decodeURIComponent(parsed.username));
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: parsed.port === "" ? 6379 : Number(parsed.port),
    database: Number(database),
    ...(username === undefined ? {} : { username }),
    ...(credentials.password === undefined ? {} : { password: credentials.password }),
    ...(parsed.protocol === "rediss:" ? { tls: credentials.ca === undefined ? {} : { ca: credentials.ca } } : {}),
  };
}

/**
 * Credentials from the environment: `ARCHWRIGHT_REDIS_USERNAME`, `ARCHWRIGHT_REDIS_PASSWORD` or the file that
 * `ARCHWRIGHT_REDIS_PASSWORD_FILE` names, and `ARCHWRIGHT_REDIS_CA_FILE`.
 * @throws InputError where a file cannot be read.
 */
export function redisCredentials(environment: NodeJS.ProcessEnv): RedisCredentials {
  const fromFile = (name: string): string | undefined => {
    const file = environment[name];
    if (file === undefined || file === "") return undefined;
    try {
      return readFileSync(file, "utf8");
    } catch (error) {
      throw new InputError(`the file that ${name} names cannot be read: ${(error as Error).message}`, { expected: "a readable file" });
    }
  };
  return {
    username: environment.ARCHWRIGHT_REDIS_USERNAME || undefined,
    password: environment.ARCHWRIGHT_REDIS_PASSWORD || fromFile("ARCHWRIGHT_REDIS_PASSWORD_FILE")?.replace(/\r?\n$/, ""),
    ca: fromFile("ARCHWRIGHT_REDIS_CA_FILE"),
  };
}

/** For people; without credentials. */
export function formatAddress({ host, port, database, tls }: RedisAddress): string {
  return `${tls ? "rediss" : "redis"}://${host.includes(":") ? `[${host}]` : host}:${port}${database === 0 ? "" : `/${database}`}`;
}

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

/**
 * Listens to the errors of commands for the server's own refusals (no memory, no right), and tells of each code at growing
 * intervals; errors of a connection that was lost are told of by its link.
 */
export function createRefusalListener(tell: (reason: string) => void): (error: unknown) => void {
  const reminders = new Map<string, Reminder>();
  return (error) => {
    if (!(error instanceof Error) || error.name !== "ReplyError") return;
    const reason = error.message.slice(0, 300);
    // Without what may differ from one command to the next.
    const code = reason.split(" ", 1)[0] ?? "";
    const reminder = reminders.get(code) ?? createReminder();
    reminders.set(code, reminder);
    if (reminder.isDue(performance.now())) tell(reason);
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
  let reminder: Reminder | undefined;
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
      reminder = createReminder();
      reminder.isDue(now);
      listener.onAway?.(reason);
    } else if (reminder?.isDue(now)) listener.onStillAway?.(reason, now - awaySince);
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
