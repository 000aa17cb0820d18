import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../store/index.ts";
import { createProblem } from "../index.ts";
import { comparable, experimentOf, runSession, toyHandler } from "../toy.fixture.ts";
import { earlierRuns } from "./earlierRuns.ts";

const cold = "algorithm: bayesian, pool: 60, evaluations: 16";
const ranFirst = async (changes: Parameters<typeof experimentOf>[0] = {}) => {
  const store = createMemoryStore();
  const { run } = await runSession({
    experiment: await experimentOf({ search: "{ algorithm: random, evaluations: 24 }", seed: 9, ...changes }),
    store,
  });
  return { store, id: run.id };
};
const warm = (id: string) => experimentOf({ search: `{ ${cold}, warm_start: ["${id}"] }`, objectives: "[error, latency@stm32f746]" });

describe("a search that learns from earlier runs", () => {
  it("sees their objectives in its own order, of another device where they have not the same", async () => {
    const { store, id } = await ranFirst({
      devices: "- { name: laptop-cpu }",
      objectives: "[latency@laptop-cpu, peak_memory@stm32f746, error]",
    });
    const [earlier] = earlierRuns(createProblem(await warm(id)), store);
    const feasible = [...store.trials(id)].filter(({ status }) => status === "feasible");
    expect(earlier?.trials.map(({ objectives }) => objectives)).toEqual(
      feasible.map(({ objectives = [] }) => [objectives[2], objectives[0]]),
    );
  });

  it("makes other trials than without, the same each time, and after an interruption", async () => {
    const { store, id } = await ranFirst();
    const experiment = await warm(id);
    const trialsOf = async (of: typeof experiment) => comparable(store.trials((await runSession({ experiment: of, store })).run.id));
    const trials = await trialsOf(experiment);
    expect(await trialsOf(experiment)).toEqual(trials);
    expect(await trialsOf(await experimentOf({ search: `{ ${cold} }` }))).not.toEqual(trials);

    const stop = new AbortController();
    const handler = toyHandler(() => {
      if (handler.jobs.length === 12) stop.abort(new Error("stopped"));
    });
    await expect(runSession({ experiment, store, handler, signal: stop.signal })).rejects.toThrow("stopped");
    const { run } = await runSession({ experiment, store, resume: true });
    expect(comparable(store.trials(run.id))).toEqual(trials);
  });

  it("refuses runs that are not there, not finished, or have nothing in common, and leaves no run behind", async () => {
    const { store, id } = await ranFirst({ objectives: "[error]" });
    const count = store.runs().length;
    await expect(runSession({ experiment: await warm(`${id}x`), store })).rejects.toThrow(`write instead: ${id}`);
    const other = await experimentOf({ search: `{ ${cold}, warm_start: ["${id}"] }`, objectives: "[latency@stm32f746]" });
    await expect(runSession({ experiment: other, store })).rejects.toThrow("was a search for error");
    store.updateRun(id, () => ({ status: "interrupted" }));
    await expect(runSession({ experiment: await warm(id), store })).rejects.toThrow("is not finished");
    expect(store.runs().length).toBe(count);
  });

  it("is refused for algorithms that do not learn from them", async () => {
    await expect(experimentOf({ search: "{ algorithm: nsga2, warm_start: [x] }" })).rejects.toThrow("does not learn from earlier runs");
  });
});
