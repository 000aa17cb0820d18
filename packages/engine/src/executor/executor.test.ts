import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { InputError, type Json } from "@archwright/core/base";
import type { Executor, Job, Outcome } from "@archwright/core/experiment";
import { executorConformance } from "@archwright/core/testing";
import { afterEach, describe, expect, test } from "vitest";
import { createHandler } from "./handler.fixture.ts";
import { createInlineExecutor, createProcessExecutor, type ExecutorEvent, type ProcessExecutorOptions } from "./index.ts";

const base = {
  experiment: null,
  workers: 1,
  workerModule: new URL("handler.fixture.ts", import.meta.url),
  timeLimitMs: 30_000,
  memoryLimitBytes: 300 * 1024 ** 2,
};

const one = "one process cannot outlive itself";
executorConformance("inline", async (slots) => createInlineExecutor(await createHandler(null), slots), {
  crash: one,
  hang: one,
  oom: one,
});
executorConformance("child processes", (workers, timeLimitMs) => createProcessExecutor({ ...base, workers, timeLimitMs }), {
  crash: true,
  hang: true,
  oom: true,
});

const evaluate = (architecture: string): Job => ({ kind: "evaluate", trial: 0, architecture, fidelity: { epochs: 1 }, seed: 0 });

describe("child processes", () => {
  const created: Executor[] = [];
  const events: ExecutorEvent[] = [];
  function open(options: Partial<ProcessExecutorOptions>): Executor {
    const executor = createProcessExecutor({ ...base, onEvent: (event) => events.push(event), ...options });
    created.push(executor);
    return executor;
  }
  afterEach(async () => {
    await Promise.all(created.splice(0).map((executor) => executor.close()));
    for (const { pid } of events.splice(0)) expect(isAlive(pid)).toBe(false);
  });

  async function whereabouts(executor: Executor): Promise<{ threads: string; pid: number; jobs: number }> {
    const message = messageOf(await executor.run(evaluate("where")));
    const [threads = "", pid, jobs] = message.split(" ");
    return { threads, pid: Number(pid), jobs: Number(jobs) };
  }

  test("start late, do many jobs on one thread, and outlive Ctrl-C, which is the parent's to decide on", async () => {
    const executor = open({ workers: 3 });
    expect(events).toEqual([]);
    const first = await whereabouts(executor);
    expect(first).toMatchObject({ threads: "1", jobs: 1 });
    const running = executor.run(evaluate("wait:100"));
    if (process.platform !== "win32") process.kill(first.pid, "SIGINT");
    expect(await running).toMatchObject({ kind: "evaluated" });
    expect(await whereabouts(executor)).toEqual({ ...first, jobs: 3 });
    expect(events).toEqual([{ kind: "worker-started", pid: first.pid }]);
  });

  test("do not get what leads to the Redis", async () => {
    process.env.ARCHWRIGHT_REDIS_PASSWORD = "sesame";
    try {
      const names = messageOf(await open({}).run(evaluate("environment"))).split(" ");
      expect(names).toContain("PATH");
      expect(names.filter((name) => name.startsWith("ARCHWRIGHT_REDIS"))).toEqual([]);
    } finally {
      delete process.env.ARCHWRIGHT_REDIS_PASSWORD;
    }
  });

  test("are replaced when they end, while idle without costing a trial, and say how a candidate ended them", async () => {
    const executor = open({});
    const { pid } = await whereabouts(executor);
    process.kill(pid, "SIGKILL");
    expect(messageOf(await executor.run(evaluate("exit")))).toMatch(/exit code 3.*about to exit/s);
    expect(messageOf(await executor.run(evaluate("abort")))).toMatch(/SIGABRT.*about to abort/s);
    expect(events.map((event) => event.kind)).toEqual(Array(3).fill(["worker-started", "worker-lost"]).flat());
  });

  test("are replaced after so many jobs", async () => {
    const executor = open({ recycleAfterJobs: 2 });
    const pids = [];
    for (let job = 0; job < 3; job++) pids.push((await whereabouts(executor)).pid);
    expect(pids[0]).toBe(pids[1]);
    expect(pids[0]).not.toBe(pids[2]);
    expect(events.filter((event) => event.kind === "worker-recycled")).toHaveLength(1);
    expect(events.filter((event) => event.kind === "worker-lost")).toEqual([]);
  });

  test("are replaced when they keep much memory", async () => {
    const executor = open({ memoryLimitBytes: 400 * 1024 ** 2 });
    await executor.run(evaluate("ok:1"));
    expect(events.map((event) => event.kind)).toEqual(["worker-started"]);
    expect(await executor.run(evaluate("keep:150"))).toMatchObject({ score: 150 });
    expect(events.map((event) => event.kind)).toEqual(["worker-started", "worker-recycled"]);
  });

  test.each<[Json, RegExp, object]>([
    ["broken", /this experiment is not understood/, Error],
    ["bad-input", /experiment\.yaml:3: no such dataset/, InputError],
    ["exit-on-start", /could not be started: .*exit code 7/, Error],
  ])("that cannot start (%s) reject every job, and are not tried for ever", async (experiment, message, kind) => {
    const executor = open({ experiment });
    const results = await Promise.allSettled(["ok:1", "ok:2", "ok:3"].map((text) => executor.run(evaluate(text))));
    for (const result of results) {
      expect(result.status).toBe("rejected");
      expect(result.status === "rejected" && result.reason).toBeInstanceOf(kind);
      expect(result.status === "rejected" && result.reason.message).toMatch(message);
    }
    await expect(executor.run(evaluate("ok:1"))).rejects.toThrow(message);
    expect(events.filter((event) => event.kind === "worker-started").length).toBeLessThanOrEqual(2);
  });

  test("that never become ready reject at the limit for starting", async () => {
    const executor = open({ experiment: "hang-on-start", startLimitMs: 300 });
    await expect(executor.run(evaluate("ok:1"))).rejects.toThrow(/could not be started.*0\.3 s/);
  });

  test("without a module to load reject with its name", async () => {
    const executor = open({ workerModule: new URL("absent.ts", import.meta.url) });
    await expect(executor.run(evaluate("ok:1"))).rejects.toThrow(/absent\.ts/);
  });

  test.skipIf(process.platform === "win32")("end with their parent when it is killed, also one stuck in a loop", async () => {
    const parent = startParent("stuck");
    const pids = await parent.settled();
    expect(pids).toHaveLength(2);
    for (const pid of pids) expect(isAlive(pid)).toBe(true);
    parent.child.kill("SIGKILL");
    const start = performance.now();
    while (pids.some(isAlive) && performance.now() - start < 10_000) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test.skipIf(process.platform === "win32")(
    "that are stopped together with their parent, as by Ctrl-Z, lose none of their time",
    async () => {
      const parent = startParent("waiting");
      await parent.settled();
      const group = -(parent.child.pid as number);
      process.kill(group, "SIGSTOP");
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      process.kill(group, "SIGCONT");
      await once(parent.child, "close");
      expect(parent.output()).toContain("outcome evaluated");
    },
  );
});

function messageOf(outcome: Outcome): string {
  if (outcome.kind !== "failed") throw new Error(`expected a failure, not ${outcome.kind}`);
  return outcome.failure.message;
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // Where nobody reaps orphans, an ended process stays as a zombie.
  const state = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, "utf8") : "";
  return !/\) Z /.test(state);
}

function startParent(what: "stuck" | "waiting") {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const program = fileURLToPath(new URL("parent.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", tsx, "--conditions", "archwright-source", program, what], {
    stdio: ["ignore", "pipe", "inherit"],
    // A process group of its own.
    detached: true,
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (data: string) => {
    output += data;
  });
  return {
    child,
    output: () => output,
    /** Waits until one of its workers is stuck. @returns the workers' process ids. */
    async settled(): Promise<number[]> {
      while (!output.includes("settled")) await once(child.stdout, "data");
      return [...output.matchAll(/worker-started (\d+)/g)].map((match) => Number(match[1]));
    },
  };
}
