import { CandidateError, createRng, type Job, type Store, stageProgress, trainingsIn } from "@archwright/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../store/index.ts";
import { comparable, experimentOf, runSession, type Session, toyHandler } from "../toy.fixture.ts";

const search = "{ algorithm: nsga2, population: 8, evaluations: 16 }";
const training = "{ stages: [{ steps: 10 }, { steps: 40, keep: 6 }, { steps: 90, keep: 3, seeds: 3 }] }";
const staged = (changes: Parameters<typeof experimentOf>[0] = {}) => experimentOf({ search, training, ...changes });
const isLater = (job: Job) => job.kind === "evaluate" && job.stage !== undefined;

/** What a run has come to, without wall times. */
function outcomeOf(store: Store, { run, summary, front }: Awaited<ReturnType<typeof runSession>>) {
  const weights = [...store.trials(run.id)].flatMap(({ number }) => {
    const kept = store.weights(run.id, number);
    return kept ? [[number, [...kept]] as const] : [];
  });
  return { trials: comparable(store.trials(run.id)), summary, front: comparable(front), weights: new Map(weights) };
}

async function straight(session: Omit<Session, "store">) {
  const store = createMemoryStore();
  return outcomeOf(store, await runSession({ ...session, store }));
}

describe("the stages after the search", () => {
  it("train the best of the stage before, each with seeds of its own, and the front is theirs", async () => {
    const experiment = await staged();
    const handler = toyHandler();
    const { front, trials, summary, weights } = await straight({ experiment, handler });
    const [second, third] = stageProgress(experiment, trials as never);
    const later = handler.jobs.filter(isLater) as Extract<Job, { kind: "evaluate" }>[];
    expect(later.filter(({ stage }) => stage === 1).map(({ trial }) => trial)).toEqual(second?.members.map(({ number }) => number));
    expect(later.filter(({ stage }) => stage === 2)).toHaveLength(9);
    expect(new Set([...later.map(({ seed }) => seed), ...trials.map(({ seed }) => seed)]).size).toBe(15 + trials.length);
    expect(new Set(later.map((job) => JSON.stringify([job.stage, job.fidelity, job.test])))).toEqual(
      new Set(['[1,{"steps":40},null]', '[2,{"steps":90},true]']),
    );
    // The stage tests what it trains, so that the final report has nothing left to test.
    expect(handler.jobs.every(({ kind }) => kind === "evaluate")).toBe(true);
    const finalists = third?.members.map(({ number }) => number) ?? [];
    expect(front.length).toBeGreaterThan(0);
    for (const { number, score, testScore, fidelity } of front) {
      expect(finalists).toContain(number);
      const scores = trainingsIn(trials[number] as never, 2).map((one) => one.score as number);
      expect(score).toBeCloseTo(scores.reduce((sum, one) => sum + one, 0) / 3, 9);
      expect(testScore).toBeCloseTo((score as number) - 1, 9);
      expect(fidelity).toEqual({ steps: 90 });
      expect(weights.get(number)).toEqual([Math.fround(Math.max(...scores))]);
    }
    expect([...weights.keys()]).toEqual(finalists);
    expect(summary.stages).toEqual([
      { trainings: 6, failed: 0 },
      { trainings: 9, failed: 0 },
    ]);
  });

  it.each(["generational", "steady"])("go on exactly after interruptions, for any number of workers: %s", async (mode) => {
    const experiment = await staged({ search: search.replace("}", `, mode: ${mode} }`) });
    const whole = await straight({ experiment });
    const stops = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(stops, fc.integer({ min: 1, max: 4 }), fc.nat(), async (stopsAfter, slots, seed) => {
        const store = createMemoryStore();
        const rng = createRng(seed);
        const pause = async () => {
          for (let turns = rng.int(3); turns > 0; turns--) await new Promise(setImmediate);
        };
        // In a steady search the order of the trials is another with other slots: interrupted after it alone.
        const [searchSlots, counted] = mode === "steady" ? [1, isLater] : [slots, () => true];
        for (const stopAfter of stopsAfter) {
          const controller = new AbortController();
          let jobs = 0;
          const handler = toyHandler(async (job) => {
            if (counted(job) && ++jobs === stopAfter) controller.abort(new Error("stop"));
            if (slots > 1) await pause();
          });
          await runSession({ experiment, store, handler, slots: searchSlots, resume: true, signal: controller.signal }).catch(() => {});
        }
        const stored = [...store.trials("toy-1")].flatMap(({ trainings = [] }) => trainings).length;
        const last = toyHandler(pause);
        const resumed = await runSession({ experiment, store, handler: last, slots, resume: true });
        expect(outcomeOf(store, resumed)).toEqual(whole);
        expect(last.jobs.filter(isLater)).toHaveLength(15 - stored);
      }),
      { numRuns: 8 },
    );
  });

  it("keep failures as data: who failed with every seed drops out, and limits that were met are not raised in the same run", async () => {
    const experiment = await staged();
    const fails = (job: Job, share: number) =>
      isLater(job) && createRng(`${job.architecture} ${"seed" in job ? job.seed : 0}`).next() < share;
    const failing = (share: number) =>
      toyHandler((job) => {
        if (fails(job, share)) throw new CandidateError("timeout", "not done within the time limit");
      });
    const store = createMemoryStore();
    const { front, summary } = await runSession({ experiment, store, handler: failing(0.4) });
    const failures = [...store.trials("toy-1")].flatMap(({ trainings = [] }) => trainings.filter(({ failure }) => failure));
    expect(failures.length).toBeGreaterThan(0);
    expect(summary.stages?.reduce((sum, { failed }) => sum + failed, 0)).toBe(failures.length);
    for (const trial of front) expect(trainingsIn(trial, 2).some(({ score }) => score !== undefined)).toBe(true);

    const limits = { ...experiment.limits, trialTimeMs: 2 * experiment.limits.trialTimeMs };
    await expect(runSession({ experiment: { ...experiment, limits }, store, resume: true })).rejects.toThrow(
      "trials have failed at the old one",
    );

    const none = await straight({ experiment, handler: failing(1) });
    expect(none).toMatchObject({
      front: [],
      summary: {
        stages: [
          { trainings: 6, failed: 6 },
          { trainings: 0, failed: 0 },
        ],
      },
    });
  });

  it("take nothing for a result of what ends while the run is being interrupted", async () => {
    const experiment = await staged();
    const store = createMemoryStore();
    const controller = new AbortController();
    const dying = toyHandler((job) => {
      if (!isLater(job)) return;
      controller.abort(new Error("stop"));
      throw new CandidateError("crash", "the worker process was ended by SIGTERM");
    });
    await expect(runSession({ experiment, store, handler: dying, slots: 2, signal: controller.signal })).rejects.toThrow("stop");
    expect([...store.trials("toy-1")].flatMap(({ trainings = [] }) => trainings)).toEqual([]);
    expect(outcomeOf(store, await runSession({ experiment, store, resume: true }))).toEqual(await straight({ experiment }));
  });

  // With one objective the finalists are more than the front of the search.
  it.each(["[error, latency@stm32f746]", "[error]"])("are chosen anew where the run is given more evaluations: %s", async (objectives) => {
    const more = (evaluations: number) => staged({ objectives, search: search.replace("16", String(evaluations)) });
    const store = createMemoryStore();
    await runSession({ experiment: await more(16), store });
    const trained = () =>
      [...store.trials("toy-1")].flatMap(({ number, trainings = [] }) => trainings.map(({ stage, seed }) => `${number} ${stage} ${seed}`));
    for (const evaluations of [20, 40]) {
      const experiment = await more(evaluations);
      const before = trained();
      const handler = toyHandler();
      const extended = outcomeOf(store, await runSession({ experiment, store, handler, resume: true }));
      const whole = await straight({ experiment });
      const numbers = ({ front, summary }: typeof whole) => ({ front: front.map(({ number }) => number), summary });
      expect(numbers(extended)).toEqual(numbers(whole));
      for (const [number, kept] of whole.weights) expect(extended.weights.get(number)).toEqual(kept);
      // What is still needed is not trained again.
      const asked = handler.jobs.flatMap((job) => ("stage" in job ? [`${job.trial} ${job.stage} ${job.seed}`] : []));
      expect(asked.filter((one) => before.includes(one))).toEqual([]);
    }
  });

  it("may be added and widened later, and are otherwise what they were", async () => {
    const store = createMemoryStore();
    const written = (stages: string) => staged({ training: `{ stages: [${stages}] }` });
    await runSession({ experiment: await staged({ training: "{ steps: 10 }" }), store });
    const jobs = async (stages: string) => {
      const handler = toyHandler();
      await runSession({ experiment: await written(stages), store, handler, resume: true });
      return handler.jobs.map((job) => (job.kind === "evaluate" ? job.stage : job.kind));
    };
    expect(await jobs("{ steps: 10 }, { steps: 40, keep: 2 }")).toEqual([1, 1]);
    expect(await jobs("{ steps: 10 }, { steps: 40, keep: 3, seeds: 2 }")).toEqual([1, 1, 1, 1]);
    expect(await jobs("{ steps: 10 }, { steps: 40, keep: 3, seeds: 2 }, { epochs: 3, keep: 1 }")).toEqual([2]);
    for (const [stages, said] of [
      ["{ steps: 10 }, { steps: 40, keep: 3, seeds: 2 }", "training.stages.2: 3 epochs of 1 candidate → absent"],
      [
        "{ steps: 10 }, { steps: 40, keep: 2, seeds: 2 }, { epochs: 3, keep: 1 }",
        "training.stages.1: 40 steps of 3 candidates with 2 seeds → 40 steps of 2",
      ],
      ["{ steps: 10 }, { steps: 41, keep: 3, seeds: 2 }, { epochs: 3, keep: 1 }", "→ 41 steps of 3 candidates"],
      ["{ steps: 11 }, { steps: 40, keep: 3, seeds: 2 }, { epochs: 3, keep: 1 }", "training.steps: 10 → 11"],
    ]) {
      await expect(jobs(stages as string)).rejects.toThrow(said);
    }
  });
});
