/** A fleet as its users see it: programs of their own that share a Redis, which these tests start themselves. */
import { readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import type { Trial } from "@archwright/core";
import { openStore } from "@archwright/engine";
import { checkRedis, defaultPrefix, fleetStatus, type RedisAddress } from "@archwright/engine/fleet";
import { Queue } from "bullmq";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFolder, type Ended, root, type Started } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";
import { freePort, makeCertificate, redisIsInstalled, startRedis, type TestRedis } from "./support/redis.ts";

const secret = "sesame-7Qx!word";
const devices = [{ name: "stm32f746", budgets: { peak_memory: "24KiB", latency: "2ms" } }, "local"];

/** All of a trial but how long it took and what was measured. */
function comparable(trials: Iterable<Trial>): readonly unknown[] {
  return [...trials].map(({ seconds: _, devices, ...trial }) => ({
    ...trial,
    devices: Object.fromEntries(Object.entries(devices).map(([name, { estimates }]) => [name, estimates])),
  }));
}

interface Line {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** The log of a worker: every line of standard error is JSON. */
const logOf = ({ stderr }: Ended): readonly Line[] =>
  stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

describe.skipIf(!redisIsInstalled)("a fleet", () => {
  const folder = createFolder();
  const said: Ended[] = [];
  const started: Started[] = [];
  let redis: TestRedis;
  let url: string;
  let address: RedisAddress;

  const run = async (...args: readonly string[]): Promise<Ended> => {
    const ended = await folder.run(...args);
    said.push(ended);
    return ended;
  };
  const start = (...args: readonly string[]): Started => {
    const program = folder.start(...args);
    started.push(program);
    void program.ended.then((ended) => void said.push(ended));
    return program;
  };

  beforeAll(async () => {
    process.env.ARCHWRIGHT_REDIS_PASSWORD = secret;
    // As docs/fleet.md proposes: a user of its own, who may do nothing but what a fleet needs.
    process.env.ARCHWRIGHT_REDIS_USERNAME = "archwright";
    const rights = ["~archwright:*", "+@all", "-@admin", "-@dangerous", "+info"];
    redis = await startRedis("none", ["--user", "archwright", "on", `>${secret}`, ...rights, "--user", "default", "off"]);
    address = { ...redis.address, username: "archwright", password: secret };
    url = `redis://127.0.0.1:${redis.address.port}`;
  });
  afterAll(async () => {
    for (const { process } of started) process.kill("SIGKILL");
    await redis.dispose();
  });

  it("gives the trials that a search alone gives, from data that only the searching machine has", async () => {
    folder.write("searcher/images.csv", gunzipSync(readFileSync(join(root, "packages/runtimes/data/digits.csv.gz"))));
    const dataset = { kind: "csv", file: "images.csv", label_column: "last", shape: [1, 8, 8], scale: 16, limit: 300 };
    folder.write("searcher/small.yaml", experiment({ dataset, devices }));
    const fleet = start("search", "searcher/small.yaml", "--redis", url, "--json", "--store", "fleet.db");
    const alone = await run("search", "searcher/small.yaml", "--workers", "2", "--json", "--store", "alone.db");
    expect(alone.code, alone.stderr).toBe(0);

    await fleet.said(`start one with: archwright worker --redis ${url}\n`);
    renameSync(join(folder.path, "searcher/images.csv"), join(folder.path, "searcher/gone.csv"));
    const worker = start("worker", "--redis", url, "--concurrency", "2", "--health", "0", "--name", "first", "--cache", "cache", "--json");
    await worker.said('"event":"ready"');
    expect(await folder.json("queue", "status", "--redis", url)).toMatchObject({
      redis: url,
      workers: [{ name: "first", slots: 2, devices: ["local"], draining: false }],
      runs: [{ controller: { name: "small-1", pid: fleet.process.pid } }],
    });

    const ended = await fleet.ended;
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain("worker first joined with 2 slots\n");
    const trials = comparable(folder.trials("small-1", join(folder.path, "alone.db")));
    expect(comparable(folder.trials("small-1", join(folder.path, "fleet.db")))).toEqual(trials);
    const { trials: front } = JSON.parse(ended.stdout) as { trials: { test_accuracy: number; costs: { local: { measured: object } } }[] };
    expect(front.map(({ test_accuracy }) => test_accuracy)).toEqual(
      (JSON.parse(alone.stdout) as { trials: { test_accuracy: number }[] }).trials.map(({ test_accuracy }) => test_accuracy),
    );
    expect(front.every(({ costs }) => "latency_ms" in costs.local.measured)).toBe(true);
    const shown = (await folder.json("runs", "show", "small-1", "--store", "fleet.db")) as { events: { kind: string }[] };
    expect(shown.events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["waiting-for-workers", "worker-joined", "done"]));
    // The dataset came by its content, through Redis.
    expect(readdirSync(join(folder.path, "cache/data/blobs"), { recursive: true, withFileTypes: true }).some((file) => file.isFile())).toBe(
      true,
    );

    const port = await healthPort(worker);
    const health = await fetch(`http://127.0.0.1:${port}/healthz`);
    expect([health.status, await health.json()]).toMatchObject([200, { healthy: true, redis: "there", in_hand: [], slots: 2 }]);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toMatch(/^archwright_jobs_total\{outcome="evaluated"\} 8$/m);
    expect(metrics).toMatch(/^archwright_job_seconds_count\{kind="evaluate"\} 8$/m);
    expect(metrics).toMatch(/^archwright_redis_away 0$/m);
    expect(metrics).toContain("process_resident_memory_bytes");

    worker.process.kill("SIGTERM");
    const drained = await worker.ended;
    expect(drained.code, drained.stderr).toBe(0);
    expect(logOf(drained).map(({ event }) => event)).toEqual(expect.arrayContaining(["starting", "ready", "told-to-end", "ended"]));
    expect(JSON.parse(drained.stdout)).toMatchObject({ reason: "drained", jobs: { evaluated: 8 } });
    expect(await fleetStatus(address)).toMatchObject({ workers: [], runs: [] });
  });

  it("takes back what a worker had that is told to end, and goes on after Ctrl-C with the command that is named", async () => {
    const training = { epochs: 5, batch_size: 32, learning_rate: 0.01 };
    folder.write("longer.yaml", experiment({ name: "longer", training, search: { algorithm: "random", evaluations: 3 } }));
    const alone = run("search", "longer.yaml", "--workers", "1", "--store", "alone.db");
    const search = start("search", "longer.yaml", "--redis", url);
    const worker = start("worker", "--redis", url, "--concurrency", "1", "--devices", "none", "--drain", "0s", "--cache", "second");
    while (!(await fleetStatus(address)).workers[0]?.inHand.length) await sleep(50);
    worker.process.kill("SIGTERM");
    const drained = await worker.ended;
    expect(drained.code, drained.stderr).toBe(0);
    // One that goes so fast may not have been seen to drain.
    while (!/worker .* (left|does not answer)/.test(search.stderr())) await sleep(50);
    search.process.kill("SIGINT");
    const interrupted = await search.ended;
    expect(interrupted.code, interrupted.stderr).toBe(130);
    expect(interrupted.stderr).toContain(`continue run longer-1 with: archwright search longer.yaml --resume longer-1 --redis ${url}\n`);

    const successor = start("worker", "--redis", url, "--concurrency", "2", "--cache", "second");
    const resumed = await run("search", "longer.yaml", "--resume", "--redis", url);
    expect(resumed.code, resumed.stderr).toBe(0);
    successor.process.kill("SIGTERM");
    expect((await successor.ended).code).toBe(0);
    expect((await alone).code).toBe(0);
    const trials = comparable(folder.trials("longer-1", join(folder.path, "alone.db")));
    expect(comparable(folder.trials("longer-1"))).toEqual(trials);
    const store = openStore(folder.store);
    const events = store.events("longer-1").map(({ kind }) => kind);
    store.close();
    expect(events).toEqual(expect.arrayContaining(["job-returned", "interrupted", "resumed", "done"]));
  });

  it("ends with what to do where no worker can have the data", async () => {
    // Not the content that the first test has sent, which Redis still holds.
    const digits = gunzipSync(readFileSync(join(root, "packages/runtimes/data/digits.csv.gz"))).toString();
    folder.write("large.csv", digits.slice(0, digits.trimEnd().lastIndexOf("\n")));
    const dataset = { kind: "csv", file: "large.csv", label_column: "last", shape: [1, 8, 8], scale: 16, limit: 300 };
    folder.write("large.yaml", experiment({ name: "large", dataset }));
    const worker = start("worker", "--redis", url, "--concurrency", "1", "--devices", "none", "--cache", "third");
    const { code, stderr } = await run("search", "large.yaml", "--redis", url, "--redis-data-limit", "1kB");
    expect(code, stderr).toBe(2);
    expect(stderr).toContain("is too large for Redis: workers need --data");
    expect(stderr).toMatch(/archwright: no store has the file "large.csv"[\s\S]*what to do:/);
    expect(stderr).not.toMatch(/^ {4}at /m);
    worker.process.kill("SIGTERM");
    expect((await worker.ended).code).toBe(0);
  });

  it("refuses passwords on the command line, wrong ones, and a Redis that is not there", async () => {
    folder.write("small.yaml", experiment());
    const wrong = folder.write("wrong", "not-the-word-9\n");
    const withPassword = `redis://:${secret}@127.0.0.1:${redis.address.port}`;
    const cases: readonly (readonly [readonly string[], string])[] = [
      [["search", "small.yaml", "--redis", withPassword], "the address of the Redis holds a password"],
      [["worker", "--redis", url, "--redis-password-file", wrong], "does not let us in"],
      [["search", "small.yaml", "--redis", `redis://127.0.0.1:${await freePort()}`], "cannot be reached"],
    ];
    const endings = await Promise.all(cases.map(([args]) => run(...args)));
    expect(endings.map(({ code, stderr }) => [code, stderr])).toEqual(cases.map(([, text]) => [2, expect.stringContaining(text)]));
    expect(endings.map(({ stdout }) => stdout).join("")).toBe("");
    expect(JSON.stringify(endings)).not.toContain("not-the-word-9");
  });

  it("ends a worker that is asked for what it does not understand, saying so", async () => {
    const { host, port } = address;
    const queue = new Queue("train", { connection: { host, port, username: "archwright", password: secret }, prefix: defaultPrefix });
    const worker = start("worker", "--redis", url, "--concurrency", "1", "--devices", "none", "--cache", "fourth");
    await worker.said('"event":"ready"');
    await queue.add("evaluate", { version: 99 }, { jobId: "later.evaluate-0.1" });
    const { code, stderr } = await worker.ended;
    await queue.close();
    expect(code, stderr).toBe(2);
    expect(stderr).toContain("archwright: the job is of version 99 of the fleet's protocol");
    expect(stderr).toContain("expected: the same version of archwright on every machine");
  });

  it("speaks TLS, with an authority of one's own", async (context) => {
    const made = makeCertificate(folder.path);
    if (!made) return context.skip("there is no openssl");
    const port = await freePort();
    const tls = ["--tls-port", String(port), "--tls-cert-file", made.certificate, "--tls-key-file", made.key, "--tls-auth-clients", "no"];
    const safe = await startRedis("none", ["--user", "archwright", "on", `>${secret}`, "~*", "+@all", ...tls]);
    try {
      if (safe.pid() === undefined) return context.skip("this redis-server knows no TLS");
      const tlsUrl = `rediss://localhost:${port}`;
      expect(await folder.json("queue", "status", "--redis", tlsUrl, "--redis-ca", made.certificate)).toMatchObject({
        redis: tlsUrl,
        workers: [],
      });
      // Without that authority nobody knows who answers.
      await expect(checkRedis({ ...address, host: "localhost", port, tls: {} })).rejects.toThrow(
        /certificate that this machine does not trust.*--redis-ca/s,
      );
      // And who comes without TLS is told what is spoken there.
      await expect(checkRedis({ ...address, host: "localhost", port })).rejects.toThrow(
        `speaks TLS, which redis:// does not ask for\n  expected: rediss://HOST:PORT\n  write instead: ${tlsUrl}`,
      );
    } finally {
      await safe.dispose();
    }
  });

  it("has said the password nowhere", () => {
    expect(said.length).toBeGreaterThan(8);
    expect(JSON.stringify([said, started.map(({ stderr }) => stderr())])).not.toContain(secret);
    for (const file of ["fleet.db", ".archwright/store.db"])
      expect(readFileSync(join(folder.path, file)).includes(secret), file).toBe(false);
  });
});

it("is not needed where tables are only looked up, which is said", async () => {
  const folder = createFolder();
  const cells = ["skip_connect", "nor_conv_3x3"].map((first) => `|${first}~0|+|none~0|nor_conv_1x1~1|+|none~0|none~1|nor_conv_3x3~2|`);
  folder.write("table.csv", ["architecture,accuracy,latency", ...cells.map((cell, i) => `${cell},${90 + i},${1 + i}`)].join("\n"));
  const table = (column: string) => ({ file: "table.csv", column });
  const yaml = experiment({
    accuracy: table("accuracy"),
    dataset: undefined,
    training: undefined,
    space: "nasbench201",
    devices: [{ name: "phone", latency_table: table("latency") }],
  });
  folder.write("tables.yaml", yaml.replaceAll(/^.*: null\n/gm, "").replace("latency@stm32f746", "latency@phone"));
  const { stderr } = await folder.run("search", "tables.yaml", "--redis", "redis://127.0.0.1:1");
  expect(stderr).toContain("which needs no fleet: the Redis is not used\n");
});

async function healthPort(worker: Started): Promise<unknown> {
  let text = "";
  for (let wait = 0; wait < 100; wait++) {
    text = worker.stderr();
    const line = text.split("\n").find((each) => each.includes('"event":"health"'));
    if (line) return (JSON.parse(line) as Line).port;
    await sleep(20);
  }
  throw new Error(`no port of the health endpoint in:\n${text}`);
}
