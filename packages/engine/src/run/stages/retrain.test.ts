import {
  CandidateError,
  createRng,
  type Experiment,
  type Job,
  type Run,
  retrainingsAt,
  type Store,
  sampleVariance,
  type Trial,
} from "@archwright/core";
import { queryFront, searchFront } from "@archwright/core/query";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createInlineExecutor, type Handler } from "../../executor/index.ts";
import { createMemoryStore } from "../../store/index.ts";
import { thisProcess } from "../ownership/owner.ts";
import { comparable, experimentOf, runSession, toyHandler } from "../toy.fixture.ts";
import { type RetrainOptions, retrain } from "./retrain.ts";

const search = "{ algorithm: nsga2, population: 8, evaluations: 16 }";
const longer = { epochs: 30 };

/** A run that is done, of one stage unless told otherwise. */
async function doneRun(training = "{ steps: 10 }") {
  const store = createMemoryStore();
  const experiment = await experimentOf({ search, training });
  const { run } = await runSession({ experiment, store });
  return { store, run, experiment, members: searchFront(experiment, store.trials(run.id)) };
}

function retraining(
  store: Store,
  run: Run,
  trials: readonly Trial[],
  options: Partial<RetrainOptions> & { handler?: Handler; slots?: number } = {},
) {
  const { handler = toyHandler(), slots = 1, ...rest } = options;
  const createExecutor = () => createInlineExecutor(handler, slots);
  return retrain({
    store,
    run,
    trials,
    fidelity: longer,
    seeds: 3,
    command: "archwright retrain toy-1 --epochs 30",
    createExecutor,
    ...rest,
  });
}

const scoresOf = (trial: Trial | undefined) => retrainingsAt(trial ?? {}, longer).map(({ score }) => score as number);

describe("retraining", () => {
  it("trains each trial with seeds of its own, tests it, and keeps the weights of the best; the search's trials stay as they are", async () => {
    const { store, run, members, experiment } = await doneRun();
    const before = [...store.trials(run.id)];
    const handler = toyHandler();
    const retrained = await retraining(store, run, members, { handler });
    const jobs = handler.jobs as Extract<Job, { kind: "evaluate" }>[];
    expect(jobs).toHaveLength(3 * members.length);
    expect(new Set(jobs.map(({ seed }) => seed)).size).toBe(jobs.length);
    expect(new Set(jobs.map(({ kind, fidelity, test }) => JSON.stringify([kind, fidelity, test])))).toEqual(
      new Set(['["evaluate",{"epochs":30},true]']),
    );
    for (const trial of retrained) {
      const best = Math.max(...scoresOf(trial));
      expect(store.weights(run.id, trial.number)?.[0]).toBe(Math.fround(best));
      expect(trial.retrainings?.filter(({ weightsKept }) => weightsKept).map(({ score }) => score)).toEqual([best]);
      expect(trial.retrainings?.every(({ testScore, score }) => testScore === (score ?? 0) - 1)).toBe(true);
    }
    expect([...store.trials(run.id)].map(({ retrainings: _, ...trial }) => trial)).toEqual(before);
    expect(store.run(run.id)).toMatchObject({ status: "done", summary: run.summary });
    expect(store.run(run.id)?.owner).toBeUndefined();

    const front = queryFront(experiment, store.trials(run.id));
    expect(front.compared.map(({ number }) => number)).toEqual(members.map(({ number }) => number).sort((a, b) => a - b));
    for (const trial of front.trials) {
      const scores = scoresOf(store.trial(run.id, trial.number));
      expect(trial.score).toBeCloseTo(scores.reduce((sum, score) => sum + score, 0) / 3, 10);
      expect(trial).toMatchObject({ standing: { seeds: 3, scoreDeviation: Math.sqrt(sampleVariance(scores) ?? 0) } });
    }
  });

  it("goes on exactly after interruptions, for any number of workers, and trains nothing twice", async () => {
    const whole = await doneRun();
    await retraining(whole.store, whole.run, whole.members);
    const of = 3 * whole.members.length;
    const stops = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(stops, fc.integer({ min: 1, max: 4 }), fc.nat(), async (stopsAfter, slots, seed) => {
        const { store, run, members } = await doneRun();
        const rng = createRng(seed);
        for (const stopAfter of stopsAfter) {
          const controller = new AbortController();
          let jobs = 0;
          const handler = toyHandler(async () => {
            if (++jobs === stopAfter) controller.abort(new Error("stop"));
            for (let turns = rng.int(3); turns > 0; turns--) await new Promise(setImmediate);
          });
          await retraining(store, run, members, { handler, slots, signal: controller.signal }).catch(() => {});
          expect(store.run(run.id)?.status).toBe("done");
        }
        const stored = [...store.trials(run.id)].flatMap(({ retrainings = [] }) => retrainings).length;
        const last = toyHandler();
        await retraining(store, run, members, { handler: last, slots });
        expect(last.jobs).toHaveLength(of - stored);
        const untimed = (trials: Iterable<Trial>) =>
          comparable(trials).map((trial) => ({ ...trial, retrainings: trial.retrainings?.map((one) => ({ ...one, seconds: 0 })) }));
        expect(untimed(store.trials(run.id))).toEqual(untimed(whole.store.trials(run.id)));
        for (const { number } of members) expect(store.weights(run.id, number)).toEqual(whole.store.weights(run.id, number));
      }),
      { numRuns: process.env.MODE === "full" ? 40 : 5 },
    );
  });

  it("adds seeds, tries again what failed, and takes the weights of what was asked for last", async () => {
    const { store, run, members } = await doneRun();
    const [first] = members as [Trial];
    let failures = 0;
    const failing = toyHandler(() => {
      if (++failures === 2) throw new CandidateError("timeout", "not done within the time limit");
    });
    const [once] = await retraining(store, run, [first], { handler: failing });
    expect(once?.retrainings?.filter(({ failure }) => failure)).toHaveLength(1);
    const again = toyHandler();
    await retraining(store, run, [first], { handler: again, seeds: 4 });
    expect(again.jobs).toHaveLength(2);
    const [short] = await retraining(store, run, [first], { fidelity: { steps: 20 }, seeds: 1 });
    expect(short?.retrainings?.map(({ fidelity }) => JSON.stringify(fidelity))).toEqual([
      ...Array<string>(4).fill('{"epochs":30}'),
      '{"steps":20}',
    ]);
    expect(short?.retrainings?.map(({ weightsKept }) => weightsKept === true)).toEqual([false, false, false, false, true]);
    expect(store.weights(run.id, first.number)?.[0]).toBe(Math.fround(short?.retrainings?.at(-1)?.score as number));
  });

  it("leaves the front as it is until all of its members were retrained for the same time", async () => {
    const { store, run, members, experiment } = await doneRun();
    const numbers = () => queryFront(experiment, store.trials(run.id)).compared.length;
    const all = numbers();
    await retraining(store, run, members.slice(1), { seeds: 1 });
    await retraining(store, run, members.slice(0, 1), { seeds: 1, fidelity: { epochs: 31 } });
    expect(numbers()).toBe(all);
    await retraining(store, run, members.slice(0, 1), { seeds: 1 });
    expect(numbers()).toBe(members.length);
    // One more takes part as soon as it was trained as long.
    const other = [...store.trials(run.id)].find(
      ({ number, status }) => status === "feasible" && members.every((one) => one.number !== number),
    );
    await retraining(store, run, [other as Trial], { seeds: 1 });
    expect(numbers()).toBe(members.length + 1);
  });

  it("is for one process at a time, searches included", async () => {
    const { store, run, members, experiment } = await doneRun();
    const owner = { ...thisProcess(), host: "elsewhere" };
    store.updateRun(run.id, { owner });
    const refused = /run toy-1 may still be run by process \d+ on elsewhere[\s\S]*archwright retrain toy-1 --epochs 30 --take-over/;
    await expect(retraining(store, run, members)).rejects.toThrow(refused);
    const more = { ...experiment, search: { ...experiment.search, evaluations: 24 } };
    await expect(runSession({ experiment: more, store, resume: true })).rejects.toThrow("run toy-1 may still be run by");
    await retraining(store, run, members, { takeOver: true });
    expect(store.run(run.id)?.owner).toBeUndefined();
  });

  it("waits for the end of a search whose candidates begin with weights of earlier ones", async () => {
    const { store, run, members } = await doneRun();
    const evaluator = { kind: "train", training: { steps: 10, inherit: true } };
    const experiment = { ...run.experiment, evaluator } as unknown as Experiment;
    const begun = store.updateRun(run.id, { status: "interrupted", experiment });
    await expect(retraining(store, begun, members)).rejects.toThrow(/toy-1 is not done[\s\S]*--resume toy-1/);
    expect(store.run(run.id)?.owner).toBeUndefined();
    expect(await retraining(store, store.updateRun(run.id, { status: "done" }), members)).toHaveLength(members.length);
  });

  it("outlives a search that goes on, with the weights that were asked for", async () => {
    const { store, run, members } = await doneRun("{ stages: [{ steps: 10 }, { steps: 40, keep: 3 }] }");
    await retraining(store, run, members);
    const kept = new Map(members.map(({ number }) => [number, store.weights(run.id, number)]));
    const training = "{ stages: [{ steps: 10 }, { steps: 40, keep: 12, seeds: 2 }] }";
    const more = await experimentOf({ search: search.replace("16", "40"), training });
    await runSession({ experiment: more, store, resume: true });
    for (const { number } of members) {
      expect(scoresOf(store.trial(run.id, number))).toHaveLength(3);
      expect(store.weights(run.id, number)).toEqual(kept.get(number));
    }
  });
});
