import { hostname } from "node:os";
import { CandidateError, type Experiment, type RunOwner } from "@archwright/core";
import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../store/index.ts";
import { comparable, experimentOf, runSession, toyHandler } from "../toy.fixture.ts";
import { thisProcess } from "./owner.ts";

const searching = (evaluations: number, population = 8) => ({
  search: `{ algorithm: nsga2, population: ${population}, evaluations: ${evaluations} }`,
});

/** A run that was stopped after so many evaluations. */
async function stoppedRun(experiment: Experiment, after = 5) {
  const store = createMemoryStore();
  const controller = new AbortController();
  let evaluated = 0;
  const handler = toyHandler((job) => {
    if (job.kind === "evaluate" && ++evaluated === after) controller.abort(new Error("stop"));
  });
  await expect(runSession({ experiment, store, handler, signal: controller.signal })).rejects.toThrow("stop");
  return store;
}

describe("a run given more evaluations", () => {
  // Tight budgets, so that a generation's last evaluations are reached through candidates that are turned away.
  it.each([1, 2, 3, 4, 5, 6])("has the trials of one that was begun with them, seed %i", async (seed) => {
    const tight = { budgets: "{ peak_memory: 19KiB }", seed };
    const larger = await experimentOf({ ...tight, ...searching(40) });
    const undisturbed = createMemoryStore();
    const whole = await runSession({ experiment: larger, store: undisturbed });
    for (const first of [5, 10, 17, 23, 38]) {
      const store = createMemoryStore();
      const before = await runSession({ experiment: await experimentOf({ ...tight, ...searching(first) }), store });
      const made = before.summary.evaluations;
      const handler = toyHandler();
      const extended = await runSession({ experiment: larger, store, handler, resume: true });
      expect(extended.run.id).toBe(before.run.id);
      expect(handler.jobs.filter(({ kind }) => kind === "evaluate")).toHaveLength(40 - made);
      // But for test results of networks that were on the front before.
      const untested = (trials: ReturnType<typeof comparable>) => trials.map(({ testScore: _, ...trial }) => trial);
      expect(untested(comparable(store.trials("toy-1")))).toEqual(untested(comparable(undisturbed.trials("toy-1"))));
      expect(extended.front.map(({ number, testScore }) => [number, testScore])).toEqual(
        whole.front.map(({ number, testScore }) => [number, testScore]),
      );
      expect(extended.summary).toEqual(whole.summary);
      expect(extended.run.experiment).toEqual(larger);
    }
  });

  it("is refused where the algorithm would have gone another way with so many, and told how to keep to its way", async () => {
    const store = await stoppedRun(await experimentOf({ search: "{ algorithm: nsga2, evaluations: 40 }" }));
    await expect(
      runSession({ experiment: await experimentOf({ search: "{ algorithm: nsga2, evaluations: 400 }" }), store, resume: true }),
    ).rejects.toThrow(/search\.population: 8 → 16 \(planned for 400 evaluations; to keep the run's, write 'population: 8'\)/);
    const kept = await experimentOf({ search: "{ algorithm: nsga2, evaluations: 60, population: 8 }" });
    expect((await runSession({ experiment: kept, store, resume: true })).summary.evaluations).toBe(60);
  });

  it("is preferred neither to one that has exactly these settings, nor made of one that has fewer", async () => {
    const store = createMemoryStore();
    const [small, large] = [await experimentOf(searching(10)), await experimentOf(searching(20))];
    await runSession({ experiment: large, store });
    await runSession({ experiment: small, store });
    expect((await runSession({ experiment: large, store, resume: true })).run.id).toBe("toy-1");
    await expect(runSession({ experiment: small, store, resume: { run: "toy-1" } })).rejects.toThrow("search.evaluations: 20 → 10");
  });
});

describe("a run to go on with", () => {
  it("of other settings is refused with the keys that differ and both values, also where it is done", async () => {
    const store = createMemoryStore();
    await runSession({ experiment: await experimentOf(), store });
    const experiment = await experimentOf({
      budgets: "{ peak_memory: 30KiB, latency: 2ms }",
      search: "{ algorithm: nsga2, population: 10, evaluations: 30, mode: steady }",
      objectives: "[error, flash@stm32f746]",
    });
    const changed = { ...experiment, limits: { trialTimeMs: 1000, trialMemoryBytes: 2 ** 32 } };
    const error = await runSession({ experiment: changed, store, resume: true }).catch((reason: Error) => reason);
    const message = (error as Error).message;
    for (const line of [
      "run toy-1 cannot go on",
      "devices.stm32f746.budgets.peak_memory: 24KiB → 30KiB",
      "devices.stm32f746.budgets.latency: absent → 2ms",
      "objectives: [error, latency@stm32f746] → [error, flash@stm32f746]",
      "search.mode: generational → steady",
      "search.population: 8 → 10",
      "search.evaluations: 40 → 30",
      "limits.trial_time: 600s → 1s",
    ])
      expect(message).toContain(line);
    expect(message).not.toContain("trial_memory");
    expect(store.runs()).toHaveLength(1);
  });

  it("may be given higher limits unless a trial has met the old ones", async () => {
    const experiment = await experimentOf();
    const raised = { ...experiment, limits: { trialTimeMs: 2 * experiment.limits.trialTimeMs, trialMemoryBytes: 2 ** 33 } };
    const store = await stoppedRun(experiment);
    expect((await runSession({ experiment: raised, store, resume: true })).run.id).toBe("toy-1");

    const slow = createMemoryStore();
    let jobs = 0;
    const handler = toyHandler(() => {
      if (++jobs === 3) throw new CandidateError("timeout", "not done within the time limit");
    });
    await runSession({ experiment, store: slow, handler });
    await expect(runSession({ experiment: raised, store: slow, resume: true })).rejects.toThrow(
      /limits\.trial_time: 600s → 1200s \(trials have/,
    );
  });

  it("may be given devices that decide nothing, whose costs its trials then have too", async () => {
    const store = await stoppedRun(await experimentOf());
    const experiment = await experimentOf({ devices: "- local" });
    const { front, run } = await runSession({ experiment, store, resume: true });
    expect(front.every(({ devices }) => devices.local?.measurements.length === 1)).toBe(true);
    const undisturbed = createMemoryStore();
    await runSession({ experiment, store: undisturbed });
    expect(comparable(store.trials(run.id))).toEqual(comparable(undisturbed.trials("toy-1")));

    const deciding = await experimentOf({ devices: "- { name: local, budgets: { latency: 2ms } }" });
    await expect(runSession({ experiment: deciding, store, resume: true })).rejects.toThrow("devices.local.budgets.latency: absent → 2ms");
    const other = await stoppedRun(await experimentOf());
    await expect(runSession({ experiment: deciding, store: other, resume: true })).rejects.toThrow("devices.local: absent → listed");
  });

  it("keeps its algorithm where none is named, whatever the default has become", async () => {
    const unnamed = (evaluations: number) => experimentOf({ search: `{ population: 8, evaluations: ${evaluations} }` });
    const named = await experimentOf(searching(40));
    // As one was stored when NSGA-II was the default.
    const begun = await experimentOf(searching(20));
    const store = await stoppedRun({ ...begun, search: { ...begun.search, byDefault: true } });
    const { run } = await runSession({ experiment: await unnamed(40), store, resume: true });
    expect(run.id).toBe("toy-1");
    expect(run.experiment.search).toEqual({ ...named.search, byDefault: true });
    const undisturbed = createMemoryStore();
    await runSession({ experiment: named, store: undisturbed });
    expect(comparable(store.trials("toy-1"))).toEqual(comparable(undisturbed.trials("toy-1")));

    const other = await stoppedRun(begun);
    await expect(runSession({ experiment: await unnamed(40), store: other, resume: true })).rejects.toThrow(
      "search.algorithm: nsga2 → bayesian",
    );
  });

  it("can be named, and one that is not there is not begun", async () => {
    const experiment = await experimentOf();
    const store = await stoppedRun(experiment);
    await runSession({ experiment, store });
    const { run } = await runSession({ experiment, store, resume: { run: "toy-2" } });
    expect(run).toMatchObject({ id: "toy-2", status: "done" });
    await expect(runSession({ experiment, store, resume: { run: "toy-3" } })).rejects.toThrow(/there is no run 'toy-3'[\s\S]*toy-1, toy-2/);
    await expect(runSession({ experiment: { ...experiment, seed: 9 }, store, resume: { run: "toy-1" } })).rejects.toThrow("seed: 1 → 9");
    expect(store.runs()).toHaveLength(2);
    expect((await runSession({ experiment, store, resume: { run: "toy-1" } })).run).toMatchObject({ id: "toy-1", status: "done" });
  });
});

describe("a run that is marked as running", () => {
  const own = thisProcess();
  const claimedBy = async (owner: RunOwner) => {
    const experiment = await experimentOf();
    const store = await stoppedRun(experiment);
    store.updateRun("toy-1", { status: "running", owner });
    return { store, resume: (takeOver: boolean) => runSession({ experiment, store, resume: { takeOver } }) };
  };

  it.skipIf(own.start === undefined)("by a process whose number another has now, is resumed without a word", async () => {
    const { resume } = await claimedBy({ ...own, pid: process.ppid, start: `${own.start}0` });
    expect((await resume(false)).run.status).toBe("done");
  });

  it.skipIf(process.platform !== "linux")("from before the machine was started, is resumed, whatever has its number now", async () => {
    const { resume } = await claimedBy({ ...own, pid: process.ppid, start: own.start?.replace(/^\S+/, "another-boot") as string });
    expect((await resume(false)).run.status).toBe("done");
  });

  it("on another machine, or by a version that stored the number alone, is resumed when told so", async () => {
    for (const owner of [{ ...own, host: `not-${hostname()}` }, { pid: process.ppid }]) {
      const { store, resume } = await claimedBy(owner);
      await expect(resume(false)).rejects.toThrow(/run toy-1 may still be run by process \d+[\s\S]*--resume toy-1 --take-over/);
      expect(store.run("toy-1")).toMatchObject({ status: "running", owner });
      expect((await resume(true)).run.status).toBe("done");
    }
  });
});
