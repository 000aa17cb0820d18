/** A Redis of the test's own: the system's `redis-server` on a free port, with its files in a folder that is deleted. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import type { RedisAddress } from "../connection/redisAddress.ts";

/** Whether the tests that need a Redis can run; otherwise says aloud that they do not. */
export const redisIsInstalled = spawnSync("redis-server", ["--version"]).status === 0;
if (!redisIsInstalled)
  console.warn("tests of the fleet are skipped: there is no redis-server on this machine (Debian: apt-get install redis-server)");

export interface TestRedis {
  readonly address: RedisAddress;
  /** Ends the server as a shutdown (writing what it persists), or as a power cut. */
  stop(how?: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Starts it again on the same port, with what it persisted. */
  start(): Promise<void>;
  /** Ends it, and deletes its files. */
  dispose(): Promise<void>;
  /** Process id of the server. */
  pid(): number | undefined;
}

/**
 * Starts a Redis.
 * @param persistence `aof`: every write is on disk before it is confirmed. `none`: a restart forgets everything.
 * @param more options of redis-server, for example `["--requirepass", "secret"]`.
 */
export async function startRedis(persistence: "aof" | "none" = "none", more: readonly string[] = []): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), "archwright-redis-"));
  const port = await freePort();
  const durable = persistence === "aof" ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"];
  const place = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
  const address: RedisAddress = { host: "127.0.0.1", port, database: 0 };
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    server = spawn("redis-server", [...place, ...durable, ...more], { stdio: "ignore" });
    const probe = new Redis({ port, host: "127.0.0.1", retryStrategy: () => 20, maxRetriesPerRequest: null, lazyConnect: false });
    probe.on("error", () => {});
    const ended = once(server, "exit").then(([code]) => {
      throw new Error(`redis-server ended with ${code} when it was started on port ${port}`);
    });
    ended.catch(() => {});
    try {
      // One that wants a password answers too.
      await Promise.race([probe.ping().catch(() => {}), ended]);
    } finally {
      probe.disconnect();
    }
  }

  async function stop(how: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill(how);
    await ended;
  }

  await start();
  return {
    address,
    start,
    stop,
    async dispose() {
      await stop("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
    pid: () => server?.pid,
  };
}

const lowestPort = 10_000;
const portCount = 22_000;
/** Processes that run at once begin at different ports. */
let triedPort = 101 * process.pid;

/**
 * A port that nobody listens on now. Below those that Linux gives to outgoing connections: a server that goes away for some
 * seconds would else now and then find its port taken when it comes back, even by a client that was waiting for it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowestPort + (triedPort++ % portCount);
    const server = createServer().listen(port, "127.0.0.1");
    const isFree = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
