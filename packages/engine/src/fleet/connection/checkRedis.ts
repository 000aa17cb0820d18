/** Tries a Redis once, and says in words what is wrong with it. */
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { InputError } from "@archwright/core/base";
import { Redis } from "ioredis";
import { formatAddress, type RedisAddress } from "./redisAddress.ts";
import { connectionOptions } from "./redisLink.ts";

/** How long a server may take to show which protocol it speaks. */
const probeMs = 1_500;

/**
 * Tries the Redis once.
 * @throws InputError saying what is wrong: nobody answers there, it speaks something else, or we are not let in.
 */
export async function checkRedis(address: RedisAddress): Promise<void> {
  const redis = new Redis({
    ...connectionOptions(address),
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  let problem: Error | undefined;
  redis.on("error", (error) => {
    problem ??= error;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    throw await explain(address, problem ?? (error as Error));
  } finally {
    redis.disconnect();
  }
}

async function explain(address: RedisAddress, { message }: Error): Promise<InputError> {
  const where = `the Redis at ${formatAddress(address)}`;
  const named = (problem: string, expected: string, suggestion?: string) => new InputError(`${where} ${problem}`, { expected, suggestion });
  if (/WRONGPASS|NOAUTH|NOPERM|invalid (username|password)/i.test(message)) {
    return named(`does not let us in: ${message}`, "user and password in ARCHWRIGHT_REDIS_USERNAME and ARCHWRIGHT_REDIS_PASSWORD");
  }
  if (/ENOTFOUND|EAI_AGAIN/.test(message)) {
    return named(`cannot be reached: no host is called '${address.host}' (${message})`, "a host that this machine's name service knows");
  }
  if (/ECONNREFUSED/.test(message)) return named(`cannot be reached: nobody listens there (${message})`, "a running Redis 6.2 or later");
  if (/certificate|altnames|self.signed/i.test(message)) {
    return named(
      `has a certificate that this machine does not trust: ${message}`,
      "the authority that signed it, with --redis-ca FILE or in ARCHWRIGHT_REDIS_CA_FILE",
    );
  }
  const spoken = await (address.tls ? probePlain(address) : probeTls(address));
  if (spoken === "plain")
    return named("does not speak TLS, which rediss:// asks for", "redis://HOST:PORT", formatAddress(without(address)));
  if (spoken === "tls")
    return named("speaks TLS, which redis:// does not ask for", "rediss://HOST:PORT", formatAddress({ ...address, tls: {} }));
  if (spoken === "other" || /Protocol error, got|RESP type/.test(message)) {
    return named("is no Redis: what answers there speaks another protocol", "a running Redis 6.2 or later");
  }
  return named(`cannot be reached: ${message}`, "a running Redis 6.2 or later");
}

const without = ({ tls: _, ...address }: RedisAddress): RedisAddress => address;

type Spoken = "plain" | "tls" | "other" | undefined;

/** A Redis answers every line, be it that it wants a password. */
function probePlain({ host, port }: RedisAddress): Promise<Spoken> {
  return probe(connectPlain({ host, port }), (socket, found) => {
    socket.on("connect", () => socket.write("PING\r\n"));
    socket.once("data", (reply) => found(/^[+-]/.test(reply.toString("latin1")) ? "plain" : "other"));
  });
}

/** Whose certificate it is does not matter here: nothing is sent. */
function probeTls({ host, port }: RedisAddress): Promise<Spoken> {
  return probe(connectTls({ host, port, rejectUnauthorized: false }), (socket, found) => {
    socket.on("secureConnect", () => found("tls"));
    // A server that wants our certificate refuses only after its own part.
    socket.on("error", (error) => found(/alert/.test(error.message) ? "tls" : undefined));
  });
}

function probe(socket: Socket, listen: (socket: Socket, found: (spoken: Spoken) => void) => void): Promise<Spoken> {
  return new Promise((resolve) => {
    const found = (spoken: Spoken) => {
      socket.destroy();
      resolve(spoken);
    };
    listen(socket, found);
    socket.setTimeout(probeMs, () => found(undefined));
    socket.on("error", () => found(undefined));
    socket.on("close", () => found(undefined));
  });
}
