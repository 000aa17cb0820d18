import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "@archwright/core/base";
import { describe, expect, test } from "vitest";
import { redisIsInstalled, startRedis } from "../testing/redis.fixture.ts";
import { checkRedis } from "./checkRedis.ts";
import { formatAddress, parseRedisAddress, redisCredentials } from "./redisAddress.ts";
import { connectionOptions } from "./redisLink.ts";

test.each([
  ["redis://localhost", { host: "localhost", port: 6379, database: 0 }],
  ["redis://user@10.0.0.1:7000/3", { host: "10.0.0.1", port: 7000, database: 3, username: "user" }],
  ["rediss://cache.example:6380/", { host: "cache.example", port: 6380, database: 0, tls: {} }],
  ["redis://[::1]:6379/1", { host: "::1", port: 6379, database: 1 }],
])("reads %s", (url, address) => {
  expect(parseRedisAddress(url)).toEqual(address);
  expect(parseRedisAddress(formatAddress(parseRedisAddress(url)))).toEqual({ ...address, username: undefined });
});

test.each(["localhost:6379", "http://localhost", "redis://", "redis://localhost/zero", "redis://localhost/0/1"])("refuses %s", (url) => {
  expect(() => parseRedisAddress(url)).toThrow(InputError);
});

test("takes no password from the address, and repeats none", () => {
  expect(() => parseRedisAddress("redis://user:hunter2@host:1/2")).toThrow(
    /holds a password.*redis:\/\/host:1\/2.*ARCHWRIGHT_REDIS_PASSWORD/s,
  );
  try {
    parseRedisAddress("redis://user:hunter2@host");
  } catch (error) {
    expect(String(error)).not.toContain("hunter2");
  }
  const address = parseRedisAddress("rediss://host", { username: "u", password: "hunter2", ca: "PEM" });
  expect(formatAddress(address)).toBe("rediss://host:6379");
  expect(connectionOptions(address)).toMatchObject({
    username: "u",
    password: "hunter2",
    tls: { servername: "host", ca: "PEM" },
    maxRetriesPerRequest: null,
  });
});

test("takes user and password from the environment or from a file", () => {
  const file = join(tmpdir(), `archwright-password-${process.pid}`);
  writeFileSync(file, "hunter2\n", { mode: 0o600 });
  expect(redisCredentials({ ARCHWRIGHT_REDIS_USERNAME: "u", ARCHWRIGHT_REDIS_PASSWORD_FILE: file })).toEqual({
    username: "u",
    password: "hunter2",
    ca: undefined,
  });
  expect(redisCredentials({})).toEqual({ username: undefined, password: undefined, ca: undefined });
  expect(() => redisCredentials({ ARCHWRIGHT_REDIS_PASSWORD_FILE: `${file}.absent` })).toThrow(
    /ARCHWRIGHT_REDIS_PASSWORD_FILE.*cannot be read/,
  );
});

describe.skipIf(!redisIsInstalled)("with a Redis", () => {
  test("says what is wrong with an address before anything is begun", async () => {
    const redis = await startRedis("none", ["--requirepass", "hunter2"]);
    try {
      await expect(checkRedis({ ...redis.address, password: "hunter2" })).resolves.toBeUndefined();
      await expect(checkRedis({ ...redis.address, password: "wrong" })).rejects.toThrow(/does not let us in/);
      await expect(checkRedis(redis.address)).rejects.toThrow(/does not let us in.*ARCHWRIGHT_REDIS_PASSWORD/s);
      await expect(checkRedis({ ...redis.address, tls: {} })).rejects.toThrow(/does not speak TLS.*write instead: redis:\/\/127/s);
      await redis.stop();
      await expect(checkRedis(redis.address)).rejects.toThrow(/redis:\/\/127\.0\.0\.1:\d+ cannot be reached.*ECONNREFUSED/s);
    } finally {
      await redis.dispose();
    }
  });
});

test("says that no host has this name, and that no Redis answers there", async () => {
  const web = createServer((_, response) => response.end("hello"));
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  const { port } = web.address() as AddressInfo;
  try {
    await expect(checkRedis({ host: "nowhere.invalid", port, database: 0 })).rejects.toThrow(/no host is called 'nowhere\.invalid'/);
    await expect(checkRedis({ host: "127.0.0.1", port, database: 0 })).rejects.toThrow(/is no Redis/);
    await expect(checkRedis({ host: "127.0.0.1", port, database: 0, tls: {} })).rejects.toThrow(/is no Redis/);
  } finally {
    web.closeAllConnections();
    web.close();
  }
});
