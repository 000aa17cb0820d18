import { CandidateError, type Job, type Outcome, type Trial } from "@archwright/core";
import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../store/index.ts";
import { comparable, experimentOf, runSession, toyHandler } from "./toy.fixture.ts";

const measuring = { devices: "- local" };
const isReport = ({ kind }: Job) => kind !== "evaluate";

describe("the final report", () => {
  it("interrupted after any of its pieces, is completed by the next session, which does only what is missing", async () => {
    const experiment = await experimentOf(measuring);
    const undisturbed = createMemoryStore();
    const whole = await runSession({ experiment, store: undisturbed });
    const pieces = 2 * whole.front.length;
    for (let stopAt = 1; stopAt <= pieces; stopAt++) {
      const store = createMemoryStore();
      const controller = new AbortController();
      let begun = 0;
      const first = toyHandler((job) => {
        if (isReport(job) && ++begun === stopAt) controller.abort(new Error("stop"));
      });
      await expect(runSession({ experiment, store, handler: first, slots: 2, signal: controller.signal })).rejects.toThrow("stop");
      expect(store.runs()[0]?.status).toBe("interrupted");
      const had = [...store.trials("toy-1")].flatMap(({ testScore, devices }) => [
        ...(testScore === undefined ? [] : [testScore]),
        ...(devices.local?.measurements ?? []),
      ]);

      const second = toyHandler();
      const resumed = await runSession({ experiment, store, handler: second, resume: true });
      expect(second.jobs).toHaveLength(pieces - had.length);
      expect(comparable(store.trials("toy-1"))).toEqual(comparable(undisturbed.trials("toy-1")));
      expect(resumed.summary).toEqual(whole.summary);
      expect(store.measurements({ run: "toy-1" })).toHaveLength(whole.front.length);
    }
  });

  it("takes nothing for a result of what ends while the run is being interrupted", async () => {
    const experiment = await experimentOf(measuring);
    const store = createMemoryStore();
    const controller = new AbortController();
    const dying = toyHandler((job) => {
      if (!isReport(job)) return;
      controller.abort(new Error("stop"));
      throw new CandidateError("crash", "the worker process was ended by SIGTERM");
    });
    await expect(runSession({ experiment, store, handler: dying, slots: 2, signal: controller.signal })).rejects.toThrow("stop");
    expect(store.events("toy-1").map(({ kind }) => kind)).toEqual(["started", "interrupted"]);
    expect((await runSession({ experiment, store, resume: true })).summary.missing).toEqual([]);
  });

  it("says which pieces are missing and why, and tries them again when the run is resumed", async () => {
    const experiment = await experimentOf(measuring);
    const store = createMemoryStore();
    let failing: readonly number[] = [];
    const handler = toyHandler((job) => {
      if (job.kind === "test") failing = [...failing, job.trial].slice(0, 2);
      if (job.kind === "test" && failing.includes(job.trial)) throw new CandidateError("timeout", "not done within the time limit");
      if (job.kind === "measure" && job.trial === failing[0]) throw new CandidateError("runtime", "no such operator");
    });
    const { run, summary, front } = await runSession({ experiment, store, handler });
    const [a, b] = failing;
    expect(run.status).toBe("done");
    expect(summary.missing).toEqual([
      { trial: a, step: "test", code: "timeout", message: "not done within the time limit" },
      { trial: a, step: "measure", device: "local", code: "runtime", message: "no such operator" },
      { trial: b, step: "test", code: "timeout", message: "not done within the time limit" },
    ]);
    expect(front.filter(({ testScore }) => testScore === undefined).map(({ number }) => number)).toEqual([a, b]);

    const again = toyHandler();
    const resumed = await runSession({ experiment, store, handler: again, resume: true });
    expect(again.jobs.map(({ kind, trial }) => `${kind} ${trial}`)).toEqual([`test ${a}`, `test ${b}`, `measure ${a}`]);
    expect(resumed.summary.missing).toEqual([]);
    expect(resumed.front.every(({ testScore }: Trial) => testScore !== undefined)).toBe(true);
  });

  it("tests on all slots at once, and measures alone", async () => {
    const experiment = await experimentOf(measuring);
    const running = new Set<Job>();
    const most = { test: 0, measure: 0 };
    const handler = toyHandler(async (job) => {
      if (job.kind === "evaluate") return;
      running.add(job);
      most[job.kind] = Math.max(most[job.kind], running.size);
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      running.delete(job);
    });
    const { front } = await runSession({ experiment, store: createMemoryStore(), handler, slots: 3 });
    expect(front.length).toBeGreaterThan(3);
    expect(most).toEqual({ test: 3, measure: 1 });
  });

  it("fails the run, which can be resumed, where no job can be done at all", async () => {
    const experiment = await experimentOf();
    const store = createMemoryStore();
    const handler = toyHandler();
    const broken = { ...handler, run: (job: Job): Promise<Outcome> => (job.kind === "test" ? answerWrongly() : handler.run(job)) };
    await expect(runSession({ experiment, store, handler: broken, slots: 2 })).rejects.toThrow("came back as 'evaluated'");
    expect(store.runs()[0]?.status).toBe("failed");
    expect((await runSession({ experiment, store, resume: true })).summary.missing).toEqual([]);
  });
});

async function answerWrongly(): Promise<Outcome> {
  return { kind: "evaluated", score: 1, seconds: 0 };
}
