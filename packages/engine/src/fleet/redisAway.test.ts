import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterEach, describe, expect, test } from "vitest";
import { fleetStatus } from "./index.ts";
import { accuracies, type Fleet, openFleet, until } from "./testing/fleet.fixture.ts";
import { redisIsInstalled, startRedis, type TestRedis } from "./testing/redis.fixture.ts";
import { readTrace, toyJob } from "./testing/toy.fixture.ts";

describe.skipIf(!redisIsInstalled)("a fleet whose Redis goes away", () => {
  const opened: { redis: TestRedis; fleet: Fleet }[] = [];
  afterEach(async () => {
    for (const { redis, fleet } of opened.splice(0)) {
      await fleet.dispose();
      await redis.dispose();
    }
  });
  async function open(persistence: "aof" | "none") {
    const redis = await startRedis(persistence);
    const both = { redis, fleet: openFleet(redis.address) };
    opened.push(both);
    return both;
  }

  test.each(["aof", "none"] as const)("waits, and goes on without doing anything twice (persistence: %s)", async (persistence) => {
    const { redis, fleet } = await open(persistence);
    const logged: string[] = [];
    const log = (event: string) => void logged.push(event);
    await Promise.all([fleet.worker({ log }).ready, fleet.worker({ log }).ready]);
    const controller = fleet.controller();
    // Some are done before, some while it is away, some are in hand all the time, some wait in the queue.
    const lengths = [10, 10, 10, 10, 10, 700, 1500, 4500, 50, 50, 50, 50, 50, 50, 50, 50];
    const results = Promise.all(lengths.map((milliseconds, trial) => controller.run(toyJob(trial, `wait:${milliseconds}`))));
    await until(() => readTrace(fleet.trace).includes(8));
    await redis.stop("SIGKILL");
    await until(() => fleet.eventsOf("redis-away").length > 0);
    await delay(3_000);
    await redis.start();
    expect(accuracies(await results)).toEqual(lengths.map((_, trial) => trial));
    expect(readTrace(fleet.trace).sort((a, b) => a - b)).toEqual(lengths.map((_, trial) => trial));
    expect(fleet.eventsOf("redis-away")).toHaveLength(1);
    expect(fleet.eventsOf("redis-back")).toMatchObject([{ restarted: true }]);
    expect(logged.filter((event) => event === "redis-away")).toHaveLength(2);
    expect(logged.filter((event) => event === "redis-back")).toHaveLength(2);
    expect(fleet.eventsOf("stale")).toEqual([]);
  });

  test("a result that Redis had confirmed and then lost is delivered again", async () => {
    const { redis, fleet } = await open("none");
    const worker = fleet.worker({ slots: 1 });
    await worker.ready;
    const controller = fleet.controllerProgram([[1, "wait:500"]]);
    await until(() => readTrace(fleet.trace).length === 1);
    // So that the result waits in Redis until that forgets it.
    controller.child.kill("SIGSTOP");
    await until(async () => (await fleetStatus(redis.address, fleet.prefix)).runs[0]?.results === 1);
    await redis.stop("SIGKILL");
    await redis.start();
    controller.child.kill("SIGCONT");
    await until(() => controller.output().includes("\n"));
    expect(JSON.parse(controller.output())).toEqual({ trial: 1, kind: "evaluated", score: 1 });
    expect(readTrace(fleet.trace)).toEqual([1]);
  });

  test("neither controller nor Redis remembers: the worker that has the result does not do it again", async () => {
    const { redis, fleet } = await open("none");
    const worker = fleet.worker({ slots: 1 });
    const killed = fleet.controllerProgram([[1, "wait:300"]]);
    await until(() => readTrace(fleet.trace).length === 1);
    killed.child.kill("SIGKILL");
    await until(() => worker.status().counts.evaluated === 1);
    await redis.stop("SIGKILL");
    await redis.start();
    expect(accuracies([await fleet.controller().run(toyJob(1, "wait:300"))])).toEqual([1]);
    expect(readTrace(fleet.trace)).toEqual([1]);
  });

  test("results that were on a worker's disk are delivered by its next start", async () => {
    const { redis, fleet } = await open("none");
    const spool = `${fleet.folder}/spool`;
    const program = await fleet.program({ slots: 1, spool });
    const controller = fleet.controller();
    const result = controller.run(toyJob(0, "wait:1200"));
    await until(() => readTrace(fleet.trace).length === 1);
    // It finishes while nobody can be told, and is then killed.
    await redis.stop("SIGKILL");
    await delay(2_000);
    program.kill("SIGKILL");
    await redis.start();
    fleet.worker({ slots: 1, spool });
    expect(accuracies([await result])).toEqual([0]);
    expect(readTrace(fleet.trace)).toEqual([0]);
  });

  test("a Redis without memory is told of, and goes on when it has some again", async () => {
    const { redis, fleet } = await open("none");
    await fleet.worker({ slots: 1 }).ready;
    const controller = fleet.controller();
    expect(accuracies([await controller.run(toyJob(0, "wait:0"))])).toEqual([0]);
    const client = new Redis({ host: redis.address.host, port: redis.address.port });
    await client.config("SET", "maxmemory", "1mb");
    const result = controller.run(toyJob(1, "wait:0"));
    await until(() => fleet.eventsOf("redis-refuses").length > 0);
    expect(fleet.eventsOf("redis-refuses")[0]?.reason).toMatch(/OOM/);
    await client.config("SET", "maxmemory", "0");
    expect(accuracies([await result])).toEqual([1]);
    client.disconnect();
  });
});
