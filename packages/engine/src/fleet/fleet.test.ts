import { setTimeout as delay } from "node:timers/promises";
import { InputError } from "@archwright/core/base";
import type { Outcome } from "@archwright/core/experiment";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createInlineExecutor } from "../executor/index.ts";
import { fleetStatus } from "./index.ts";
import { createKeys, protocolVersion } from "./protocol/keys.ts";
import { accuracies, type Fleet, openFleet, until } from "./testing/fleet.fixture.ts";
import { redisIsInstalled, startRedis, type TestRedis } from "./testing/redis.fixture.ts";
import { readTrace, toyJob } from "./testing/toy.fixture.ts";

describe.skipIf(!redisIsInstalled)("a fleet", () => {
  let redis: TestRedis;
  let fleet: Fleet;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.dispose());
  beforeEach(() => {
    fleet = openFleet(redis.address);
  });
  afterEach(() => fleet.dispose());

  const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);

  test("goes on when a worker is killed while it runs jobs: all are done, under the next number", async () => {
    const first = await fleet.program();
    await fleet.worker().ready;
    const controller = fleet.controller();
    const results = Promise.all(numbers(12).map((trial) => controller.run(toyJob(trial, "wait:300"))));
    await until(() => readTrace(fleet.trace).length >= 6);
    first.kill("SIGKILL");
    await until(() => fleet.eventsOf("job-lost").length >= 2);
    expect(accuracies(await results)).toEqual(numbers(12));
    const lost = fleet.eventsOf("job-lost");
    expect(lost.map(({ attempt }) => attempt)).toEqual(lost.map(() => 1));
    expect(fleet.eventsOf("worker-lost")).toHaveLength(1);
    expect(lost.every(({ worker }) => worker === fleet.eventsOf("worker-lost")[0]?.worker)).toBe(true);
    const begun = readTrace(fleet.trace);
    const twice = numbers(12).filter((trial) => begun.filter((each) => each === trial).length > 1);
    expect(lost.map(({ job }) => job)).toEqual(expect.arrayContaining(twice.map((trial) => `evaluate-${trial}`)));
  });

  test("a worker that was believed dead and comes back is late: its answer changes nothing", async () => {
    const paused = await fleet.program({ slots: 1 });
    const controller = fleet.controller();
    const result = controller.run(toyJob(7, "wait:1500"));
    await until(() => readTrace(fleet.trace).length === 1);
    paused.kill("SIGSTOP");
    const other = fleet.worker({ slots: 1 });
    expect(accuracies([await result])).toEqual([7]);
    expect(fleet.eventsOf("job-lost")).toMatchObject([{ job: "evaluate-7", attempt: 1 }]);
    let said = "";
    paused.stdout?.on("data", (text: Buffer) => {
      said += text;
    });
    paused.kill("SIGCONT");
    // Its report comes too late; or, where it asked before it had one, it gives the attempt up by itself.
    await until(() => fleet.eventsOf("stale").length > 0 || /^(stale|cancelled)$/m.test(said));
    for (const stale of fleet.eventsOf("stale")) expect(stale).toMatchObject({ job: "evaluate-7", attempt: 1 });
    expect(accuracies([await controller.run(toyJob(8, "wait:0"))])).toEqual([8]);
    await until(() => other.status().untaken === 0);
  });

  test("when a controller is killed, the next one of the same run takes in what is finished and goes on with what is not", async () => {
    const worker = fleet.worker();
    const killed = fleet.controllerProgram(numbers(5).map((trial) => [trial, trial < 1 ? "wait:0" : trial < 3 ? "wait:400" : "wait:2000"]));
    await until(() => readTrace(fleet.trace).length >= 3 && killed.output().includes('"trial":0'));
    killed.child.kill("SIGKILL");
    await until(() => worker.status().counts.evaluated >= 3);
    const taken = fleet.controller();
    const outcomes = await Promise.all(numbers(6).map((trial) => taken.run(toyJob(trial, "wait:0"))));
    expect(accuracies(outcomes)).toEqual(numbers(6));
    // The first one had been accepted, and might not have been stored.
    expect(fleet.eventsOf("taken-in").map(({ job }) => job)).toEqual(["evaluate-0", "evaluate-1", "evaluate-2"]);
    expect(fleet.eventsOf("adopted").map(({ job }) => job)).toContain("evaluate-3");
    // Nothing that the first one had submitted was begun again.
    expect(readTrace(fleet.trace).sort()).toEqual(numbers(6));
    expect(fleet.eventsOf("job-lost")).toEqual([]);
  });

  test("a worker that drains finishes what it can, and hands the rest back", async () => {
    const leaving = fleet.worker({ drainMs: 800 });
    await leaving.ready;
    const controller = fleet.controller();
    const results = Promise.all([controller.run(toyJob(0, "wait:400")), controller.run(toyJob(1, "wait:60000"))]);
    await until(() => readTrace(fleet.trace).length === 2);
    const drained = leaving.drain();
    await until(() => fleet.eventsOf("job-returned").length === 1);
    await drained;
    expect(leaving.status()).toMatchObject({ inHand: [], counts: { evaluated: 1, returned: 1 } });
    expect((await fleetStatus(redis.address, fleet.prefix)).workers).toEqual([]);
    // However quickly it went: a worker that says it is leaving has left, and was not lost.
    await until(() => fleet.eventsOf("worker-left").length === 1);
    expect(fleet.eventsOf("worker-lost")).toEqual([]);
    expect(fleet.eventsOf("job-returned")).toMatchObject([{ job: "evaluate-1", attempt: 1 }]);
    // Nobody waits for it to be believed dead.
    fleet.worker({ createPool: () => createInlineExecutor({ run: async () => ({ kind: "evaluated", score: 1, seconds: 0 }) }) });
    expect(accuracies(await results)).toEqual([0, 1]);
    expect(fleet.eventsOf("job-lost")).toEqual([]);
  });

  test("a job of another protocol is refused, and the worker that does not know it leaves", async () => {
    const old = fleet.worker();
    await old.ready;
    const client = new Redis({ host: redis.address.host, port: redis.address.port });
    const controller = fleet.controller();
    const result = controller.run(toyJob(0, "wait:60000"));
    result.catch(() => {});
    await until(() => readTrace(fleet.trace).length === 1);
    // As a later controller would have sent it.
    const { Queue } = await import("bullmq");
    const queue = new Queue("train", { connection: client, prefix: fleet.prefix });
    await queue.add("evaluate", { version: protocolVersion + 1, hyperparameters: {} }, { jobId: "later.evaluate-0.1" });
    const end = await old.ended;
    expect(end).toMatchObject({
      reason: "version",
      message: expect.stringMatching(`version ${protocolVersion + 1}.*understands version ${protocolVersion}`),
    });
    const [, fields] = (await client.xrange(createKeys(fleet.prefix).results("later"), "-", "+"))[0] ?? [];
    expect(JSON.parse(fields?.at(-1) ?? "")).toMatchObject({ kind: "refused", code: "version" });
    await until(() => fleet.eventsOf("job-returned").length === 1);
    await queue.close();
    client.disconnect();
  });

  test.each([
    ["of the program", new Error("this experiment is not understood"), Error],
    ["of the user", new InputError("no such dataset", { place: { file: "experiment.yaml", line: 3 } }), InputError],
  ])("when every worker refuses an experiment, for a fault %s, every job rejects with what they say", async (_, reason, kind) => {
    const createPool = () => ({
      slots: 1,
      run: async () => {
        throw reason;
      },
      close: async () => {},
    });
    const workers = [fleet.worker({ createPool }), fleet.worker({ createPool })];
    await Promise.all(workers.map(({ ready }) => ready));
    const controller = fleet.controller();
    const results = await Promise.allSettled(numbers(3).map((trial) => controller.run(toyJob(trial, "wait:0"))));
    for (const result of results) {
      expect(result).toMatchObject({ status: "rejected", reason: { message: reason.message } });
      expect(result.status === "rejected" && result.reason).toBeInstanceOf(kind);
    }
    expect(new Set(fleet.eventsOf("refused").map(({ worker }) => worker)).size).toBe(2);
  });

  test("a worker that refuses everything it gets holds up nobody who does the work", async () => {
    const createPool = () => ({
      slots: 64,
      run: async () => {
        throw new Error("not on this machine");
      },
      close: async () => {},
    });
    await fleet.worker({ slots: 64, createPool }).ready;
    await fleet.worker({ slots: 1 }).ready;
    const controller = fleet.controller();
    const results = Promise.all(numbers(80).map((trial) => controller.run(toyJob(trial, "wait:20"))));
    expect(accuracies(await results)).toEqual(numbers(80));
    expect(fleet.eventsOf("refused").length).toBeGreaterThan(0);
  });

  test("short jobs travel in batches, and each has its own outcome", async () => {
    const worker = fleet.worker({ slots: 2 });
    const controller = fleet.controller();
    const first = numbers(600);
    expect(accuracies(await Promise.all(first.map((trial) => controller.run(toyJob(trial, "wait:0")))))).toEqual(first);
    const client = new Redis({ host: redis.address.host, port: redis.address.port });
    const added = Number(await client.get(`${fleet.prefix}:train:id`));
    client.disconnect();
    console.log(`600 short jobs in ${added} batches`);
    expect(added).toBeLessThan(400);
    expect(readTrace(fleet.trace).sort((a, b) => a - b)).toEqual(first);
    await until(() => worker.status().untaken === 0);
  });

  test("a candidate that kills workers is quarantined, and failed in the end; the others are done", async () => {
    const dying = [await fleet.mortalWorker()];
    const controller = fleet.controller();
    const deadly = controller.run(toyJob(0, "die"));
    await dying[0]?.died;
    const others = Promise.all(numbers(6, 1).map((trial) => controller.run(toyJob(trial, "wait:50"))));
    // As whoever looks after the machines would: what has ended is started again.
    for (let deaths = 1; deaths < 5; deaths++) {
      const next = await fleet.mortalWorker();
      dying.push(next);
      await next.died;
    }
    const outcome = await deadly;
    expect(outcome).toMatchObject({
      kind: "failed",
      failure: { code: "crash", message: expect.stringMatching(/^quarantined: 5 workers died/) },
    });
    expect(fleet.eventsOf("quarantined")).toMatchObject([
      { job: "evaluate-0", architecture: "die", workers: dying.slice(0, 2).map(({ id }) => id) },
    ]);
    expect(fleet.eventsOf("job-lost").map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5]);
    fleet.worker();
    expect(accuracies(await others)).toEqual(numbers(6, 1));
  });

  test.each([
    ["quarantines a candidate that they had begun", false],
    ["holds nothing against one that only waited in them", true],
  ])("two workers that vanish: %s", async (_, waits) => {
    const client = new Redis({ host: redis.address.host, port: redis.address.port });
    const keys = createKeys(fleet.prefix);
    const controller = fleet.controller();
    const result = controller.run(toyJob(0, "wait:0"));
    for (const n of [1, 2]) {
      // All that is ever seen of such a worker: its job, and one heartbeat.
      const attempt = `run.evaluate-0.${n}`;
      await until(async () => (await client.lrange(`${fleet.prefix}:train:wait`, 0, -1)).includes(attempt));
      const beat = {
        ...{ id: `w-${n}`, name: "", host: "", pid: 1, protocol: protocolVersion, slots: 1, devices: [], measureAlone: true },
        ...{ draining: false, inHand: [attempt], waiting: waits ? [attempt] : [], done: [] },
      };
      // At once: a job that is active before its worker is known may be taken for nobody's.
      await client
        .multi()
        .rpoplpush(`${fleet.prefix}:train:wait`, `${fleet.prefix}:train:active`)
        // Long enough that a controller on a busy machine looks at it once.
        .set(keys.worker(beat.id), JSON.stringify(beat), "PX", 2_500)
        .sadd(keys.workers, beat.id)
        .exec();
      await until(() => fleet.eventsOf("job-lost").length === n);
    }
    client.disconnect();
    expect(fleet.eventsOf("job-lost")).toMatchObject([{ worker: "w-1" }, { worker: "w-2" }]);
    expect(fleet.eventsOf("quarantined").map(({ workers }) => workers)).toEqual(waits ? [] : [["w-1", "w-2"]]);
    fleet.worker();
    expect(accuracies([await result])).toEqual([0]);
  });

  test("two runs share a Redis and its workers without touching each other", async () => {
    fleet.worker();
    fleet.worker();
    const one = fleet.controller({ runKey: "one", experiment: 1 });
    const two = fleet.controller({ runKey: "two", experiment: 2 });
    const [first, second] = await Promise.all(
      [one, two].map((controller) => Promise.all(numbers(20).map((trial) => controller.run(toyJob(trial, "wait:10"))))),
    );
    expect(accuracies(first ?? [])).toEqual(numbers(20));
    expect(accuracies(second ?? [])).toEqual(numbers(20));
    expect(readTrace(fleet.trace)).toHaveLength(40);
    const status = await fleetStatus(redis.address, fleet.prefix);
    expect(status.runs.map(({ runKey }) => runKey)).toEqual(["one", "two"]);
    await one.close();
    expect(accuracies([await two.run(toyJob(99, "wait:0"))])).toEqual([99]);
  });

  test("what an interrupted run had given out is called off, and a run that is over leaves nothing", async () => {
    const worker = fleet.worker();
    await worker.ready;
    const interrupted = fleet.controller();
    const rejected = Promise.allSettled(numbers(6).map((trial) => interrupted.run(toyJob(trial, "wait:60000"))));
    await until(() => readTrace(fleet.trace).length === 2);
    await interrupted.close();
    expect((await rejected).every(({ status }) => status === "rejected")).toBe(true);
    await until(() => worker.status().counts.cancelled === 2);
    expect((await fleetStatus(redis.address, fleet.prefix)).queues).toEqual([
      { name: "measure-local", waiting: 0, active: 0 },
      { name: "train", waiting: 0, active: 0 },
    ]);
    // The next session goes on with the numbers, so that no answer to a cancelled attempt could be taken for a new one.
    const resumed = fleet.controller();
    expect(accuracies(await Promise.all(numbers(6).map((trial) => resumed.run(toyJob(trial, "wait:0")))))).toEqual(numbers(6));
    await resumed.close();
    await until(() => worker.status().untaken === 0);
    const client = new Redis({ host: redis.address.host, port: redis.address.port });
    expect(await client.keys(`${fleet.prefix}:run:*`)).toEqual([`${fleet.prefix}:run:run:vouched`]);
    client.disconnect();
  });

  test("says when a device was measured on a second machine, once", async () => {
    const measurement = { device: "local", metric: "latencyMs" as const, value: 1, median: 1, spread: 0, repetitions: 1 };
    const run = async (): Promise<Outcome> => {
      // As measuring does, it takes longer than a look at the fleet.
      await delay(600);
      return { kind: "measured", measurement: { ...measurement, runtime: "", takenAt: "" }, seconds: 0 };
    };
    const createPool = () => createInlineExecutor({ run }, 1);
    const measure = (trial: number) => controller.run({ kind: "measure", trial, architecture: "", device: "local" });
    const controller = fleet.controller();
    for (const [trial, host] of ["tower", "tower", "board", "tower"].entries()) {
      const worker = fleet.worker({ createPool, host });
      await worker.ready;
      await measure(trial);
      await worker.drain();
    }
    expect(fleet.eventsOf("measured-elsewhere")).toEqual([{ kind: "measured-elsewhere", device: "local", machines: ["tower", "board"] }]);
  });

  test("says when nobody is there to do the work", async () => {
    const controller = fleet.controller({ noticeMs: 300 });
    const result = controller.run(toyJob(0, "wait:0"));
    await until(() => fleet.eventsOf("waiting-for-workers").length === 1);
    fleet.worker({ devices: [] });
    await result;
    const measured = controller.run({ kind: "measure", trial: 0, architecture: "wait:0", device: "phone" });
    await until(() => fleet.eventsOf("waiting-for-workers").length === 2);
    expect(fleet.eventsOf("waiting-for-workers")[1]).toMatchObject({ device: "phone" });
    fleet.worker({ devices: ["phone"] });
    await measured;
  });
});
