/** Addresses of a Redis and the credentials that belong to them: read from a URL, the environment and files. */
import { readFileSync } from "node:fs";
import { InputError } from "@archwright/core/base";

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
