import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FleetWorkerStatus } from "@archwright/engine";
import { afterAll, describe, expect, it, vi } from "vitest";
import { run } from "../shell/run.ts";
import { describeFleetEvent } from "./events.ts";
import { parseHealthPlace, serveHealth } from "./health.ts";
import { createLog } from "./log.ts";
import { createWorkerMetrics } from "./metrics.ts";
import { writtenRedisOptions } from "./options.ts";
import { redisAddress } from "./redis.ts";
import { severalMachines } from "./status.ts";

const folder = mkdtempSync(join(tmpdir(), "archwright-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

describe("the address of a Redis", () => {
  const environment = {
    ARCHWRIGHT_REDIS_USERNAME: "fleet",
    ARCHWRIGHT_REDIS_PASSWORD_FILE: file("of-environment", "one\n"),
  };

  it("takes user and password from the environment, and the file that is named from the command line first", () => {
    const redis = "redis://example.org:6380/2";
    expect(redisAddress({ redis }, environment)).toEqual({
      host: "example.org",
      port: 6380,
      database: 2,
      username: "fleet",
      password: "one",
    });
    const redisPasswordFile = file("of-command", "two words\r\n");
    expect(redisAddress({ redis, redisPasswordFile }, { ...environment, ARCHWRIGHT_REDIS_PASSWORD: "three" }).password).toBe("two words");
    // What is replaced is not even read.
    expect(redisAddress({ redis, redisPasswordFile }, { ARCHWRIGHT_REDIS_PASSWORD_FILE: "/nowhere" }).password).toBe("two words");
  });

  it("speaks TLS with the authority that is named, and only where the address says so", () => {
    const redisCa = file("ca.pem", "-----BEGIN CERTIFICATE-----");
    expect(redisAddress({ redis: "rediss://example.org", redisCa }, {}).tls).toEqual({ ca: "-----BEGIN CERTIFICATE-----" });
    expect(redisAddress({ redis: "rediss://example.org" }, {}).tls).toEqual({});
    expect(() => redisAddress({ redis: "redis://example.org", redisCa }, {})).toThrow("write instead: rediss://example.org");
  });

  it("is refused where a file cannot be read, naming it", () => {
    expect(() => redisAddress({ redis: "redis://example.org", redisPasswordFile: "/nowhere" }, {})).toThrow(
      "/nowhere: the file does not exist",
    );
  });

  it("is written again with its files, for a command to enter", () => {
    const args = { redis: "rediss://example.org", redisPasswordFile: "secret", redisCa: "ca.pem" };
    expect(writtenRedisOptions(args)).toBe("--redis rediss://example.org --redis-password-file secret --redis-ca ca.pem");
  });
});

it.each([
  [["worker", "--redis", "redis://127.0.0.1:1", "--devices", "phone"], "a worker cannot measure 'phone'"],
  [["worker", "--redis", "redis://127.0.0.1:1", "--health", "http"], "--health is 'http'"],
  [["worker", "--redis", "redis://127.0.0.1:1", "--concurrency", "0"], "--concurrency is 0"],
  [["worker", "--redis", "redis://127.0.0.1:1", "--drain", "60"], "--drain: '60' has no unit"],
  [["worker", "--redis", "redis://127.0.0.1:1", "--data", "/nowhere"], "/nowhere: the folder cannot be read"],
  [["worker", "--redis", "redis://127.0.0.1:1", "--data", "http://me:hush@example.org"], "carries a user or password"],
  [["worker", "--redis", "redis://:hush@localhost"], "the address of the Redis holds a password"],
  [["queue", "status", "--redis", "redis://:hush@localhost"], "the address of the Redis holds a password"],
  [["search", "x.yaml", "--redis", "redis://127.0.0.1:1", "--workers", "2"], "--workers and --redis exclude each other"],
  [["worker", "--redis", "localhost"], "the address of the Redis is not a URL"],
  [["worker"], "'worker' needs --redis"],
  [["queue", "status"], "'queue' needs --redis"],
  [["queue", "empty", "--redis", "redis://127.0.0.1:1"], "'empty' is not an action of 'queue'"],
  [["search", "x.yaml", "--redis-ca", "ca.pem"], "no Redis is named"],
  [["search", "x.yaml", "--redis-data-limit", "1MiB"], "no Redis is named"],
])("%j is bad input", async (args, message) => {
  const said: string[] = [];
  const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
  try {
    expect(await run(args)).toBe(2);
  } finally {
    spy.mockRestore();
  }
  expect(said.join("")).toContain(message);
  expect(said.join("")).not.toContain("hush");
});

describe("the health endpoint", () => {
  it.each([
    ["8080", "127.0.0.1", 8080],
    ["0.0.0.0:80", "0.0.0.0", 80],
    ["[::1]:9000", "::1", 9000],
  ])("reads %s", (written, host, port) => {
    expect(parseHealthPlace(written)).toEqual({ host, port });
  });

  it.each(["", "http", "1.2.3.4:", "99999", "::1"])("refuses '%s'", (written) => {
    expect(() => parseHealthPlace(written)).toThrow("a port, or an address and a port");
  });

  it("says 503 while the Redis is away and while the worker drains, and serves numbers all the same", async () => {
    let status: FleetWorkerStatus = {
      ...{ id: "w-1", name: "here", slots: 3, devices: [], draining: false, redis: "away", inHand: ["run.evaluate-1.1"], untaken: 2 },
      counts: { evaluated: 5, tested: 0, measured: 0, failed: 1, refused: 0, returned: 0, stale: 4, cancelled: 0 },
    };
    const server = await serveHealth(
      { host: "127.0.0.1", port: 0 },
      () => status,
      createWorkerMetrics(() => status),
    );
    const get = (path: string, method = "GET") => fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    try {
      const away = await get("/healthz");
      expect([away.status, await away.json()]).toMatchObject([503, { healthy: false, redis: "away", in_hand: ["run.evaluate-1.1"] }]);
      const text = await (await get("/metrics")).text();
      for (const line of [
        'archwright_jobs_total{outcome="stale"} 4',
        'archwright_jobs_total{outcome="failed"} 1',
        "archwright_in_hand 1",
        "archwright_slots 3",
        "archwright_untaken_results 2",
        "archwright_redis_away 1",
      ]) {
        expect(text.split("\n")).toContain(line);
      }
      status = { ...status, redis: "there" };
      expect((await get("/healthz")).status).toBe(200);
      // Counted again, not added up.
      expect(await (await get("/metrics")).text()).toContain('archwright_jobs_total{outcome="stale"} 4\n');
      status = { ...status, draining: true };
      expect((await get("/healthz")).status).toBe(503);
      expect((await get("/")).status).toBe(404);
      expect((await get("/healthz", "POST")).status).toBe(405);
    } finally {
      server.close();
    }
  });

  it("is refused where the port is taken", async () => {
    const status = () => {
      throw new Error("not asked");
    };
    const first = await serveHealth({ host: "127.0.0.1", port: 0 }, status, createWorkerMetrics(status));
    try {
      const second = serveHealth({ host: "127.0.0.1", port: first.port }, status, createWorkerMetrics(status));
      await expect(second).rejects.toThrow("EADDRINUSE");
    } finally {
      first.close();
    }
  });

  it("counts how long jobs take, those that fail included", async () => {
    const metrics = createWorkerMetrics(() => {
      throw new Error("not asked");
    });
    let works = true;
    const pool = metrics.timed({
      slots: 2,
      run: async () => {
        if (!works) throw new Error("broken");
        return { kind: "tested", score: 1 };
      },
      close: async () => {},
    });
    const job = { kind: "test", trial: 0, architecture: "a", weights: new Float32Array() } as const;
    expect([pool.slots, await pool.run(job)]).toEqual([2, { kind: "tested", score: 1 }]);
    works = false;
    await expect(pool.run(job)).rejects.toThrow("broken");
    expect(await metrics.seconds()).toMatch(/^archwright_job_seconds_count\{kind="test"\} 2$/m);
  });
});

describe("what people read", () => {
  it("is one line of JSON for each event of a worker, or words with a time", () => {
    const lines: string[] = [];
    createLog("json", (line) => lines.push(line))("done", { attempt: "a.b.1", seconds: 1.5, gone: undefined });
    createLog("text", (line) => lines.push(line))("done", { attempt: "a.b.1", devices: ["local"], seconds: 1.23456, gone: undefined });
    expect(JSON.parse(lines[0] as string)).toMatchObject({
      event: "done",
      attempt: "a.b.1",
      seconds: 1.5,
      at: expect.stringMatching(/Z$/),
    });
    createLog("text", (line) => lines.push(line))("refused", { reason: "\x1b[2Jnothing\nmore" });
    expect(lines[2]).toContain("reason=\u{fffd}[2Jnothing\nmore\n");
    expect(lines[1]).toMatch(/^\d\d:\d\d:\d\d done attempt=a\.b\.1 devices=\["local"\] seconds=1\.235\n$/);
  });

  it("names the command that ends the waiting", () => {
    const redis = "--redis redis://example.org";
    expect(describeFleetEvent({ kind: "waiting-for-workers", seconds: 5 }, redis, "1.0.0")).toContain(
      "archwright worker --redis redis://example.org",
    );
    expect(describeFleetEvent({ kind: "waiting-for-workers", seconds: 5, device: "local" }, redis, "1.0.0")).toMatch(
      /'local'.* --devices local$/,
    );
    expect(describeFleetEvent({ kind: "taken-in", job: "evaluate-1", attempt: 1 }, redis, "1.0.0")).toBeUndefined();
  });

  it("says when a worker that joins is of another version", () => {
    const joined = { kind: "worker-joined", worker: "w", name: "tower", slots: 1 } as const;
    expect(describeFleetEvent({ ...joined, program: "1.0.0" }, "", "1.0.0")).toBe("worker tower joined with 1 slot");
    expect(describeFleetEvent({ ...joined, program: "1.1.0" }, "", "1.0.0")).toContain("it is of version 1.1.0 and this search of 1.0.0");
  });

  it("warns where several machines measure under one name; several workers of one machine may", () => {
    const worker = {
      id: "w",
      name: "w",
      pid: 1,
      protocol: 1,
      slots: 1,
      measureAlone: true,
      draining: false,
      inHand: [],
      waiting: [],
      done: [],
    };
    const of = (host: string, ...devices: string[]) => ({ ...worker, host, devices });
    expect(severalMachines({ workers: [of("a", "local"), of("a", "local"), of("b")] })).toEqual([]);
    expect(severalMachines({ workers: [of("a", "local"), of("b", "local")] })).toEqual([expect.stringContaining("(a, b)")]);
  });
});
