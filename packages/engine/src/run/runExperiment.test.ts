import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CandidateError, createRng, createSpace, dominates, type Experiment, resolveSpaceSpec } from "@archwright/core";
import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../store/index.ts";
import { comparable, experimentOf, runSession, toyHandler } from "./toy.fixture.ts";

describe("runExperiment", () => {
  it("gives the feasible, non-dominated trials of what it evaluated, tested", async () => {
    const store = createMemoryStore();
    const experiment = await experimentOf();
    const { run, front, summary } = await runSession({ experiment, store });
    const trials = [...store.trials(run.id)];
    const feasible = trials.filter(({ status }) => status === "feasible");
    const expected = feasible.filter((trial) => !feasible.some((other) => dominates(other.objectives ?? [], trial.objectives ?? [])));
    expect(front.map(({ number }) => number).sort()).toEqual(expected.map(({ number }) => number).sort());
    expect(front.length).toBeGreaterThan(2);
    expect(front.every(({ testScore }) => testScore !== undefined)).toBe(true);
    expect(summary).toMatchObject({ reason: "evaluations", evaluations: 40, reproducible: "exact" });
    expect(trials.filter(({ gate }) => gate === "trained")).toHaveLength(40);
    expect(new Set(trials.map(({ architecture }) => architecture)).size).toBe(trials.length);
  });

  it("looks first at the architectures that it is to start from", async () => {
    const store = createMemoryStore();
    const { space: spec, task } = await experimentOf();
    const space = createSpace(spec, task);
    const start = [1, 2, 3].map((seed) => space.format(space.sample(createRng(seed))));
    const search = `{ algorithm: nsga2, population: 8, evaluations: 12, start: ${JSON.stringify(start)} }`;
    const { run } = await runSession({ experiment: await experimentOf({ search }), store });
    expect([...store.trials(run.id)].slice(0, 3).map(({ architecture }) => architecture)).toEqual(start);
  });

  it("turns candidates over budget away before anything is trained, and says what they exceeded", async () => {
    const store = createMemoryStore();
    const handler = toyHandler();
    const { run } = await runSession({ experiment: await experimentOf(), store, handler });
    const stopped = [...store.trials(run.id)].filter(({ status }) => status === "infeasible");
    expect(stopped.length).toBeGreaterThan(0);
    for (const { gate, excesses, score } of stopped) {
      expect(gate).toBe("analytic");
      expect(excesses.every(({ value, budget }) => value > budget)).toBe(true);
      expect(score).toBeUndefined();
    }
    const trained = new Set(handler.jobs.map(({ architecture }) => architecture));
    expect(stopped.some(({ architecture }) => trained.has(architecture))).toBe(false);
  });

  it("gives the same trials whatever the number of workers and the order in which they finish", async () => {
    const experiment = await experimentOf();
    const results = await Promise.all(
      [1, 3, 8].map(async (slots) => {
        const store = createMemoryStore();
        const rng = createRng(`delays ${slots}`);
        const { run } = await runSession({ experiment, store, slots, handler: toyHandler(async () => void (await sleep(rng.int(4)))) });
        return comparable(store.trials(run.id));
      }),
    );
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it.each([1, 7, 19, 33])("continues a run stopped after %i evaluations as if it had never stopped", async (stopAfter) => {
    const experiment = await experimentOf();
    const undisturbed = createMemoryStore();
    const whole = await runSession({ experiment, store: undisturbed });

    const store = createMemoryStore();
    const controller = new AbortController();
    let evaluated = 0;
    const stopping = toyHandler((job) => {
      if (job.kind === "evaluate" && ++evaluated === stopAfter) controller.abort(new Error("stop"));
    });
    await expect(runSession({ experiment, store, handler: stopping, slots: 3, signal: controller.signal })).rejects.toThrow("stop");
    expect(store.runs().map(({ status }) => status)).toEqual(["interrupted"]);

    const handler = toyHandler();
    const resumed = await runSession({ experiment, store, handler, resume: true });
    expect(resumed.run.id).toBe(store.runs()[0]?.id);
    expect(comparable(store.trials(resumed.run.id))).toEqual(comparable(undisturbed.trials(whole.run.id)));
    expect(resumed.summary).toEqual(whole.summary);
    for (const { number } of whole.front) {
      expect(store.weights(resumed.run.id, number)).toEqual(undisturbed.weights(whole.run.id, number));
    }
    // What was stored is not evaluated again.
    expect(handler.jobs.filter(({ kind }) => kind === "evaluate").length).toBeLessThanOrEqual(40 - stopAfter + 3);
  });

  it("has nothing to do when a finished run is resumed, and starts one where there is none", async () => {
    const store = createMemoryStore();
    const experiment = await experimentOf();
    const first = await runSession({ experiment, store, resume: true });
    const handler = toyHandler();
    const again = await runSession({ experiment, store, handler, resume: true });
    expect(again.run.id).toBe(first.run.id);
    expect(again.front).toEqual(first.front);
    expect(handler.jobs).toEqual([]);
  });

  it("keeps a candidate's failure with its code, and goes on", async () => {
    const store = createMemoryStore();
    const handler = toyHandler((job) => {
      if (createRng(`${job.architecture} fails`).next() < 0.3) throw new CandidateError("not-finite", "the loss is NaN");
    });
    const { run, summary, front } = await runSession({ experiment: await experimentOf(), store, handler });
    const failed = [...store.trials(run.id)].filter(({ status }) => status === "failed");
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.every(({ failure, gate }) => failure?.code === "not-finite" && gate === "trained")).toBe(true);
    expect(summary.failures).toEqual({ "not-finite": failed.length });
    expect(front.length).toBeGreaterThan(0);
  });

  it("ends with a clear report where nothing can be feasible, and names the nearest candidate", async () => {
    const store = createMemoryStore();
    const experiment = await experimentOf({ budgets: "{ flash: 65KiB }", search: "{ algorithm: nsga2, evaluations: 10, candidates: 60 }" });
    const { summary, front } = await runSession({ experiment, store });
    expect(front).toEqual([]);
    expect(summary).toMatchObject({ reason: "candidates", evaluations: 0, candidates: 60, stopped: { analytic: 60 } });
    expect(summary.nearest?.excesses[0]).toMatchObject({ device: "stm32f746", cost: "flashBytes" });
  });

  it("measures and gates on a device that steers by measurement, and says that the run can only be replayed", async () => {
    const store = createMemoryStore();
    const experiment = await experimentOf({
      devices: "- { name: local, budgets: { latency: 1.5ms } }",
      objectives: "[error, latency@local]",
    });
    const { run, summary, front } = await runSession({ experiment, store });
    const stopped = [...store.trials(run.id)].filter(({ gate, status }) => gate === "measured" && status === "infeasible");
    expect(stopped.length).toBeGreaterThan(0);
    expect(summary.reproducible).toBe("replayable");
    for (const trial of front) {
      const [measurement] = trial.devices.local?.measurements ?? [];
      expect(measurement?.value).toBeLessThanOrEqual(1.5);
      expect(trial.objectives?.[1]).toBe(measurement?.value);
    }
  });

  it("measures and gates where accuracies come from a table, too, and keeps every measurement", async () => {
    const store = createMemoryStore();
    const folder = mkdtempSync(join(tmpdir(), "archwright-"));
    const trained = await experimentOf({ devices: "- { name: local, budgets: { latency: 1.5ms } }", objectives: "[error, latency@local]" });
    const space = createSpace({ name: "nasbench201" }, trained.task);
    const rng = createRng("table");
    const known = Array.from({ length: 3000 }, () => space.format(space.sample(rng)));
    const rows = [...new Set(known)].map((text) => `${text},${(100 * rng.next()).toFixed(2)}`);
    writeFileSync(join(folder, "accuracy.csv"), `architecture,accuracy\n${rows.join("\n")}\n`);
    const experiment: Experiment = {
      ...trained,
      space: resolveSpaceSpec({ name: "nasbench201" }),
      evaluator: { kind: "table", accuracy: { file: join(folder, "accuracy.csv"), column: "accuracy", contentHash: "" } },
      devices: trained.devices.filter(({ kind }) => kind === "measured"),
      search: { ...trained.search, evaluations: 30 },
    };
    const { run, front } = await runSession({ experiment, store });
    const trials = [...store.trials(run.id)];
    expect(trials.some(({ gate, status }) => gate === "measured" && status === "infeasible")).toBe(true);
    // Half of them are in the table, and no other is tried.
    expect(trials.map(({ failure }) => failure).filter((failure) => failure !== undefined)).toEqual([]);
    expect(front.length).toBeGreaterThan(0);
    const measurements = trials.filter(({ devices }) => devices.local?.measurements.length === 1);
    expect(store.measurements({ run: run.id })).toHaveLength(measurements.length);
    rmSync(folder, { recursive: true });
  });

  it("continues the newest unfinished run, not a newer finished one", async () => {
    const store = createMemoryStore();
    const experiment = await experimentOf();
    const controller = new AbortController();
    const stopping = toyHandler(() => controller.abort(new Error("stop")));
    await expect(runSession({ experiment, store, handler: stopping, signal: controller.signal })).rejects.toThrow("stop");
    const finished = await runSession({ experiment, store });
    const resumed = await runSession({ experiment, store, resume: true });
    expect(resumed.run.id).toBe(store.runs()[0]?.id);
    expect(comparable(store.trials(resumed.run.id))).toEqual(comparable(store.trials(finished.run.id)));
  });

  it("keeps weights of the front only", async () => {
    const store = createMemoryStore();
    const { run, front } = await runSession({ experiment: await experimentOf(), store });
    const kept = [...store.trials(run.id)].filter(({ number }) => store.weights(run.id, number)).map(({ number }) => number);
    expect(kept.sort()).toEqual(front.map(({ number }) => number).sort());
  });
});
