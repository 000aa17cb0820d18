import type { Run, Trial } from "@archwright/core";
import { frontJson, queryFront, runJson, runState, trialExplanation } from "@archwright/core/query";
import type { ErrorAnswer, PointsAnswer, RunDetailAnswer, RunsAnswer } from "@archwright/dashboard";
import { createMemoryStore } from "@archwright/engine";
import { describe, expect, it } from "vitest";
import { experimentOf, runSession } from "../packages/engine/src/run/toy.fixture.ts";
import { listenTo, served, storeWithRun } from "./support/dashboard.ts";

const store = await storeWithRun();
const dashboard = await served({ store });
const run = store.run("toy-1");
if (!run) throw new Error("the fixture made no run");
const trials = [...store.trials(run.id)];

describe("runs", () => {
  it("are listed as the command line lists them, once they are counted, with their progress", async () => {
    const heard = await listenTo(dashboard);
    const first = (await dashboard.get("/api/runs")).json() as RunsAnswer;
    // What the run's end said of it is known at once.
    expect(first.runs[0]).toMatchObject({ id: "toy-1", evaluations: 40, status: "done" });
    const isCounted = async () => ((await dashboard.get("/api/runs")).json() as RunsAnswer).runs[0]?.best_accuracy !== null;
    await expect.poll(isCounted).toBe(true);
    heard.close();
    const { runs } = (await dashboard.get("/api/runs")).json() as RunsAnswer;
    const state = runState(store, run, { status: "done", now: 0 });
    expect(runs).toEqual([
      {
        ...runJson(run, state),
        score: { name: "accuracy", title: "accuracy", unit: "percent", better: "higher" },
        progress: { done: 40, total: 40, seconds_left: null, front_size: state.front.length },
      },
    ]);
    expect(state.front.length).toBeGreaterThan(1);
  });

  it("are shown one by one, with budgets, events and what stopped trials", async () => {
    const detail = (await dashboard.get("/api/runs/toy-1")).json() as RunDetailAnswer;
    const { stopped, failures } = runState(store, run, { status: "done", now: 0 });
    expect(detail).toMatchObject({ id: "toy-1", space: { name: "mobile" }, algorithm: "nsga2", stopped, failures });
    expect(detail.budgets).toEqual([
      { name: "latency_ms@stm32f746", metric: "latency_ms", device: "stm32f746", unit: "ms", limit: 2, allowed: "at most" },
      {
        name: "peak_memory_bytes@stm32f746",
        metric: "peak_memory_bytes",
        device: "stm32f746",
        unit: "bytes",
        limit: 24576,
        allowed: "at most",
      },
      expect.objectContaining({ name: "flash_bytes@stm32f746" }),
    ]);
    expect(detail.objectives.map(({ name, unit }) => [name, unit])).toEqual([
      ["error", "percent"],
      ["latency@stm32f746", "ms"],
    ]);
    expect(detail.events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["started", "done"]));
    expect(detail.settings).toEqual(run.experiment);
  });

  it("that cannot be read are left out of the list, and say why when they are asked for", async () => {
    const both = await storeWithRun();
    const { experiment, seed } = run;
    const { id } = both.createRun({ name: "later", experiment, experimentHash: "other", seed });
    const withBroken: typeof both = { ...both, runs: () => both.runs().map(broken), run: (named) => optionally(both.run(named)) };
    function broken(one: Run): Run {
      const { experiment: _, ...rest } = one;
      if (one.id !== id) return one;
      return Object.defineProperty(rest as Run, "experiment", {
        get: () => {
          throw new Error(`run ${id} was stored by a newer version`);
        },
      });
    }
    const optionally = (one: Run | undefined) => one && broken(one);
    const problems: string[] = [];
    const other = await served({ store: withBroken, onProblem: (message) => problems.push(message) });
    const listed = ((await other.get("/api/runs")).json() as RunsAnswer).runs.map((one) => one.id);
    expect(listed).toEqual(["toy-1"]);
    const { status, text } = await other.get(`/api/runs/${id}`);
    expect([status, text]).toEqual([500, expect.stringContaining("stored by a newer version")]);
    await other.get("/api/runs");
    expect(problems).toEqual([expect.stringContaining(`run ${id} is left out: run ${id} was stored by a newer version`)]);
  });

  it("that are unknown are answered by 404 with the nearest", async () => {
    for (const path of ["", "/points", "/front", "/trials/0"]) {
      const { status, json } = await dashboard.get(`/api/runs/toy-2${path}`);
      expect([path, status, (json() as ErrorAnswer).error]).toEqual([
        path,
        404,
        expect.objectContaining({ code: "not-found", message: "there is no run 'toy-2'", expected: "one of toy-1", suggestion: "toy-1" }),
      ]);
    }
  });
});

describe("points", () => {
  it("hold of every trial what the store has of it", async () => {
    const points = (await dashboard.get("/api/runs/toy-1/points")).json() as PointsAnswer;
    // In the order in which they were last written: the final report added to some.
    expect(points.number.toSorted((a, b) => a - b)).toEqual(trials.map(({ number }) => number));
    const written = points.number.map((number) => trials[number] as Trial);
    expect(points.state.map((state) => points.states[state])).toEqual(written.map(({ status }) => status));
    expect(points.gate.map((gate) => points.gates[gate])).toEqual(written.map(({ gate }) => gate));
    expect(points.values.accuracy).toEqual(written.map(({ score = null }) => score));
    expect(points.values["latency_ms@stm32f746"]).toEqual(
      written.map(({ devices }) => devices.stm32f746?.estimates.latencyMs?.value ?? null),
    );
    expect(points.front).toEqual(queryFront(run.experiment, trials).trials.map(({ number }) => number));
    expect(points.columns.find(({ name }) => name === "peak_memory_bytes@stm32f746")).toEqual({
      ...{ name: "peak_memory_bytes@stm32f746", metric: "peak_memory_bytes", title: "peak memory", unit: "bytes", kind: "cost" },
      ...{ device: "stm32f746", better: "lower", known: "computed", objective: false, budget: 24576 },
    });
    for (const values of Object.values(points.values)) expect(values).toHaveLength(trials.length);
  });

  it("after a cursor are those that were added or changed since, each once and as it is now", async () => {
    const own = await storeWithRun();
    const { get } = await served({ store: own });
    const before = (await get("/api/runs/toy-1/points")).json() as PointsAnswer;
    const [trial] = own.trials("toy-1");
    if (!trial) throw new Error("the fixture has no trial");
    own.updateTrial("toy-1", { ...trial, testScore: 12.5 });
    own.updateTrial("toy-1", { ...trial, testScore: 13.5 });
    const after = (await get(`/api/runs/toy-1/points?since=${before.cursor}`)).json() as PointsAnswer;
    expect([after.number, after.values.test_accuracy, after.more]).toEqual([[trial.number], [13.5], false]);
    expect(((await get(`/api/runs/toy-1/points?since=${after.cursor}`)).json() as PointsAnswer).number).toEqual([]);
    expect((await get("/api/runs/toy-1/points?since=yesterday")).status).toBe(400);
  });
});

describe("the front", () => {
  it("is that of pareto --json, under the same conditions", async () => {
    const query = { objectives: "error,peak_memory@stm32f746", where: ["accuracy>=20", "latency_ms<=5"] };
    const path = `/api/runs/toy-1/front?objectives=${query.objectives}&where=${encodeURIComponent("accuracy>=20")}&where=${encodeURIComponent("latency_ms<=5")}`;
    const front = queryFront(run.experiment, trials, query);
    expect((await dashboard.get(path)).json()).toEqual(
      JSON.parse(JSON.stringify(frontJson(run.experiment, "toy-1", front, front.objectives))),
    );
    expect(front.trials.length).toBeGreaterThan(0);
  });

  it("of what cannot be asked is bad input, as the command line tells it", async () => {
    const { status, json } = await dashboard.get("/api/runs/toy-1/front?where=latencyy%3C%3D5");
    expect(status).toBe(400);
    expect((json() as ErrorAnswer).error).toMatchObject({
      code: "bad-input",
      message: "'latencyy' is not an objective",
      suggestion: "latency",
    });
  });
});

describe("a trial", () => {
  it("is that of explain --json, with what became of it in sentences", async () => {
    const answer = (await dashboard.get("/api/runs/toy-1/trials/3")).json();
    const trial = trials[3];
    if (!trial) throw new Error("the fixture has no trial 3");
    expect(answer).toMatchObject(JSON.parse(JSON.stringify(trialExplanation(run.experiment, trial))));
    expect(answer).toMatchObject({
      run: "toy-1",
      verdict: expect.arrayContaining([expect.stringContaining("over budget: latency@stm32f746")]),
    });
  });

  it.each([
    ["4000", 404, "not-found"],
    ["-1", 400, "usage"],
    ["1.5", 400, "usage"],
    ["x", 400, "usage"],
  ])("of number %s is refused", async (number, status, code) => {
    const answer = await dashboard.get(`/api/runs/toy-1/trials/${number}`);
    expect([answer.status, (answer.json() as ErrorAnswer).error.code]).toEqual([status, code]);
  });
});

describe("events", () => {
  it("tell all who listen of new runs, of trials and of what happened, and of runs that are deleted", async () => {
    const own = createMemoryStore();
    const here = await served({ store: own });
    const [one, other] = [await listenTo(here), await listenTo(here)];
    await one.until(({ event }) => event === "hello");
    const experiment = await experimentOf();
    await runSession({ experiment, store: own });
    for (const listener of [one, other]) {
      await listener.until(({ event, data }) => event === "runs" && (data as { changed: string[] }).changed.includes("toy-1"));
      await listener.until(({ event, data }) => event === "trials" && (data as { run: string }).run === "toy-1");
      expect(await listener.until(({ event, data }) => event === "log" && (data as { kind: string }).kind === "done")).toMatchObject({
        data: { run: "toy-1", detail: { reason: expect.any(String) } },
      });
    }
    own.deleteRun("toy-1");
    await other.until(({ event, data }) => event === "runs" && (data as { deleted: string[] }).deleted.includes("toy-1"));
    one.close();
    other.close();
  });

  it("end with the server, which does not wait for who listens", async () => {
    const here = await served();
    const listener = await listenTo(here);
    await here.close();
    await listener.ended;
  });

  it("ask the store as often for many as for one", async () => {
    const own = createMemoryStore();
    let asked = 0;
    const counting = { ...own, version: () => `${asked++ > -1 ? own.version() : ""}` };
    const here = await served({ store: counting });
    const listeners = await Promise.all(Array.from({ length: 20 }, () => listenTo(here)));
    await Promise.all(listeners.map((listener) => listener.until(({ event }) => event === "hello")));
    const before = asked;
    // Each round that this event takes is one look at the store, whoever listens.
    const { id } = own.createRun({ name: "a", experiment: await experimentOf(), experimentHash: "a", seed: 0 });
    await Promise.all(
      listeners.map((l) => l.until(({ event, data }) => event === "runs" && (data as { changed: string[] }).changed.includes(id))),
    );
    expect(asked - before).toBeLessThan(10);
    for (const listener of listeners) listener.close();
  });
});
