import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { createFolder } from "./support/cli.ts";
import { redisIsInstalled, startRedis } from "./support/redis.ts";

/** The events of a log; fails where a line is none. */
function eventsOf(stderr: string): readonly { readonly event: string; readonly [field: string]: unknown }[] {
  return stderr
    .trim()
    .split("\n")
    .map((line) => {
      const parsed = JSON.parse(line) as { readonly event: string };
      expect(parsed).toMatchObject({ at: expect.any(String), event: expect.any(String) });
      return parsed;
    });
}

/** Takes so many connections on a port, and ends each: a Redis that is away, as far as anybody can see. */
async function endConnections(port: number, count: number): Promise<void> {
  const server = createServer((socket) => {
    socket.destroy();
    if (--count === 0) server.close();
  }).listen(port, "127.0.0.1");
  await once(server, "close");
}

describe.skipIf(!redisIsInstalled)("the log of a worker with --json", () => {
  const folder = createFolder();

  it("holds events alone, and is not flooded while the Redis is away", async () => {
    // BullMQ prints a line of its own about this policy, for each of its connections.
    const redis = await startRedis("none", ["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
    const { port } = redis.address;
    const worker = folder.start("worker", "--redis", `redis://127.0.0.1:${port}`, "--concurrency", "1", "--json");
    try {
      await worker.said('"event":"ready"');
      await redis.stop("SIGKILL");
      await worker.said('"event":"redis-away"');
      await endConnections(port, 12);
      await redis.start();
      await worker.said('"event":"redis-back"');
      worker.process.kill("SIGTERM");
      const { code, stdout, stderr } = await worker.ended;
      expect(code, stderr).toBe(0);
      const events = eventsOf(stderr);
      const counted = (name: string) => events.filter(({ event }) => event === name).length;
      expect([counted("redis-away"), counted("redis-back"), counted("queue-error")]).toEqual([1, 1, 0]);
      expect(counted("message")).toBe(1);
      expect(events.find(({ event }) => event === "message")?.text).toContain("Eviction policy is allkeys-lru");
      expect(events.length).toBeLessThan(12);
      expect(JSON.parse(stdout)).toMatchObject({ reason: "drained" });
    } finally {
      await redis.dispose();
    }
  });

  it("says as an event too why it did not begin", async () => {
    const redis = await startRedis();
    const { port } = redis.address;
    try {
      const worker = (...options: readonly string[]) => folder.run("worker", ...options, "--json");
      const endings = await Promise.all([
        worker("--redis", "redis://127.0.0.1:1"),
        worker("--redis", `rediss://127.0.0.1:${port}`),
        worker("--redis", `redis://127.0.0.1:${port}`, "--devices", "phone"),
      ]);
      const reasons = ["nobody listens there", "does not speak TLS", "a worker cannot measure 'phone'"];
      for (const [i, { code, stderr }] of endings.entries()) {
        expect(code).toBe(2);
        expect(eventsOf(stderr).at(-1)).toMatchObject({ event: "failed", reason: expect.stringContaining(reasons[i] as string) });
      }
    } finally {
      await redis.dispose();
    }
  });
});
