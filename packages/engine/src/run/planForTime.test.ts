import { InputError, type Job } from "@archwright/core";
import { describe, expect, it } from "vitest";
import type { Handler } from "../executor/index.ts";
import { createMemoryStore } from "../store/index.ts";
import { comparable, experimentOf, runSession, toyHandler } from "./toy.fixture.ts";

const stages = "{ stages: [{ steps: 10 }, { steps: 20, keep: 4 }] }";
const timed = (time: string, changes: Parameters<typeof experimentOf>[0] = {}) =>
  experimentOf({ search: `{ algorithm: nsga2, population: 8, time: ${time} }`, training: stages, ...changes });

/** Each evaluation is said to take so long. */
function slow(seconds: number, behave?: (job: Job) => void): Handler & { readonly jobs: Job[] } {
  const toy = toyHandler(behave);
  return { jobs: toy.jobs, run: async (job) => ({ ...(await toy.run(job)), seconds }) as never };
}

describe("a search whose budget is a time", () => {
  it("has the evaluations that fit, says that it depends on time, and keeps its plan on another day", async () => {
    // 90 s: of 81 s, 4 trainings of 4 s and 65 / 2 evaluations.
    const experiment = await timed("90s");
    const store = createMemoryStore();
    const controller = new AbortController();
    let jobs = 0;
    const stopping = slow(2, () => void (++jobs === 20 && controller.abort(new Error("stop"))));
    await expect(runSession({ experiment, store, handler: stopping, signal: controller.signal })).rejects.toThrow("stop");
    const slower = slow(2);
    const other = await runSession({ experiment: await timed("90s"), store, handler: slower, resume: true });
    expect(slower.jobs.every(({ trial }) => trial < 1e9)).toBe(true);
    expect(other.summary).toMatchObject({ evaluations: 32, reproducible: "replayable" });
    expect(other.run.experiment.search).toMatchObject({ evaluations: 32, time: { ms: 90_000, plan: { slots: 1, secondsEach: 2 } } });

    const given = await experimentOf({ search: "{ algorithm: nsga2, population: 8, evaluations: 32 }", training: stages });
    const alone = createMemoryStore();
    await runSession({ experiment: given, store: alone, handler: slow(2) });
    expect(comparable(store.trials("toy-1"))).toEqual(comparable(alone.trials("toy-1")));
    // Done is done.
    const again = slow(2);
    await runSession({ experiment, store, handler: again, resume: true });
    expect(again.jobs).toEqual([]);
  });

  it("may be given more evaluations later, and not another time", async () => {
    const store = createMemoryStore();
    await runSession({ experiment: await timed("90s"), store, handler: slow(2) });
    await expect(runSession({ experiment: await timed("2min"), store, resume: true })).rejects.toThrow("search.time: 90s → 120s");
    const more = await experimentOf({ search: "{ algorithm: nsga2, population: 8, evaluations: 40 }", training: stages });
    const { summary } = await runSession({ experiment: more, store, handler: slow(2), resume: true });
    expect(summary.evaluations).toBe(40);
    expect(store.runs()).toHaveLength(1);
  });

  it("leaves no run where the time is too short, nothing fits the budgets, or everything fails", async () => {
    const store = createMemoryStore();
    const refused = async (time: string, handler: Handler, changes = {}) => {
      await expect(runSession({ experiment: await timed(time, changes), store, handler })).rejects.toThrow(InputError);
      expect(store.runs()).toEqual([]);
    };
    await refused("20s", slow(2));
    await refused("90s", slow(2), { budgets: "{ latency: 0.001ms }" });
    const failing: Handler = {
      run: async () => ({ kind: "failed", failure: { code: "timeout", message: "not done" }, seconds: 3 }),
    };
    await refused("90s", failing);
  });

  it("measures the same candidates for a seed, none of which is a trial", async () => {
    const measured = async (seed: number) => {
      const handler = slow(2);
      await runSession({ experiment: await timed("90s", { seed }), store: createMemoryStore(), handler, slots: 1 + (seed % 2) });
      return handler.jobs.filter(({ trial }) => trial >= 1e9).map(({ architecture }) => architecture);
    };
    expect(await measured(3)).toEqual(await measured(3));
    expect((await measured(3)).length).toBe(6);
  });
});
