/** Reads the address of the Redis and its password from options, environment and files. */
import { InputError } from "@archwright/core";
import { readText } from "@archwright/engine";
import { parseRedisAddress, type RedisAddress, redisCredentials } from "@archwright/engine/fleet";
import type { RedisArgs } from "./options.ts";

/** Where the Redis is, and who we are there. @throws InputError for a password in the address, and for files that cannot be read. */
export function redisAddress({ redis, redisPasswordFile, redisCa }: RedisArgs, environment = process.env): RedisAddress {
  // What is given on the command line comes first, so what it replaces is not even read.
  const { ARCHWRIGHT_REDIS_PASSWORD_FILE, ARCHWRIGHT_REDIS_CA_FILE, ...rest } = environment;
  const credentials = redisCredentials({
    ...rest,
    ...(redisPasswordFile === undefined && ARCHWRIGHT_REDIS_PASSWORD_FILE !== undefined ? { ARCHWRIGHT_REDIS_PASSWORD_FILE } : {}),
    ...(redisCa === undefined && ARCHWRIGHT_REDIS_CA_FILE !== undefined ? { ARCHWRIGHT_REDIS_CA_FILE } : {}),
  });
  const password =
    redisPasswordFile === undefined ? credentials.password : readText(redisPasswordFile, "a file with a password").replace(/\r?\n$/, "");
  const ca = redisCa === undefined ? credentials.ca : readText(redisCa, "a certificate authority in PEM");
  const address = parseRedisAddress(redis, { username: credentials.username, password, ca });
  if (redisCa !== undefined && !address.tls) {
    throw new InputError("--redis-ca is for TLS, and the address asks for none", {
      expected: "rediss://HOST:PORT",
      suggestion: redis.replace(/^redis:/, "rediss:"),
    });
  }
  return address;
}
