import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createRng,
  dominates,
  type Executor,
  type Experiment,
  experimentVersion,
  type Job,
  nasbench201,
  type Outcome,
  type Run,
  resolveSpaceSpec,
  type Store,
  type Trial,
} from "@archwright/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createMemoryStore, openStore } from "../../store/index.ts";
import { createProblem } from "../problem.ts";
import { runExperiment } from "../runExperiment.ts";
import type { SearchProgress } from "./progress.ts";

const folder = mkdtempSync(join(tmpdir(), "archwright-steady-"));
const table = join(folder, "table.csv");
beforeAll(() => {
  const space = nasbench201();
  const rng = createRng("made-up latencies");
  const rows = Array.from(
    space.enumerate(),
    (g) => `${space.format(g)},${(1 + 9 * rng.next()).toFixed(3)},${(90 * rng.next()).toFixed(2)}`,
  );
  writeFileSync(table, ["architecture,latency,accuracy", ...rows].join("\n"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Trains by a made-up rule, with a budget that turns about a fifth of the candidates away before that. */
function experimentOf(search: Partial<Experiment["search"]> = {}, evaluator?: Experiment["evaluator"]): Experiment {
  return {
    version: experimentVersion,
    name: "steady",
    seed: 1,
    task: { kind: "image-classification", channels: 3, height: 8, width: 8, classes: 10 },
    space: resolveSpaceSpec({ name: "nasbench201", cells_per_stage: 1, channels: 4 }),
    evaluator: evaluator ?? { kind: "train", dataset: { kind: "digits" }, datasetHash: "", training: { epochs: 1 } as never },
    devices: [{ kind: "table", name: "made-up", budgets: { latencyMs: 8 }, latency: { file: table, column: "latency", contentHash: "" } }],
    objectives: [{ metric: "error" }, { metric: "latencyMs", device: "made-up" }],
    search: { algorithm: "nsga2", population: 8, mode: "steady", evaluations: 40, candidates: 1000, ...search },
    limits: { trialTimeMs: 1000, trialMemoryBytes: 2 ** 30 },
  };
}

/** An executor whose jobs end in whatever order a test says. */
interface ManualExecutor extends Executor {
  slots: number;
  readonly jobs: Job[];
  /** Jobs that have not ended, in order of arrival. */
  readonly open: number;
  /** Ends one of these. */
  end(choice: number): void;
}

function createManualExecutor(slots: number, onJob: (executor: ManualExecutor) => void): ManualExecutor {
  let open: { readonly job: Job; readonly resolve: (outcome: Outcome) => void; readonly reject: (error: Error) => void }[] = [];
  const executor: ManualExecutor = {
    slots,
    jobs: [],
    get open() {
      return open.length;
    },
    end: (choice) => {
      const [ended] = open.splice(choice % open.length, 1);
      ended?.resolve(outcomeOf(ended.job));
    },
    run: (job) =>
      new Promise((resolve, reject) => {
        executor.jobs.push(job);
        open.push({ job, resolve, reject });
        onJob(executor);
      }),
    close: async () => {
      for (const { reject } of open) reject(new Error("closed"));
      open = [];
    },
  };
  return executor;
}

function outcomeOf(job: Job): Outcome {
  if (job.kind === "test") return { kind: "tested", score: 50 };
  if (job.trial % 9 === 4) return { kind: "failed", failure: { code: "not-finite", message: "made up" }, seconds: 0 };
  return { kind: "evaluated", score: 90 * createRng(job.architecture).next(), weights: Float32Array.of(job.trial), seconds: 0 };
}

/** Ends jobs at random: some at once, some much later than others that came after them. */
function createRandomExecutor(
  seed: string | number,
  slots: number,
  watch: (executor: ManualExecutor) => void = () => undefined,
): ManualExecutor {
  const rng = createRng(`order ${seed}`);
  const turn = (executor: ManualExecutor) => {
    if (executor.open === 0) return;
    const several = 1 + rng.int(executor.open);
    for (let i = 0; i < several; i++) executor.end(rng.int(1000));
    if (executor.open > 0) setImmediate(turn, executor);
  };
  return createManualExecutor(slots, (executor) => {
    watch(executor);
    setImmediate(turn, executor);
  });
}

interface Session {
  readonly experiment?: Experiment;
  readonly store?: Store;
  readonly executor: Executor;
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  readonly onTrial?: (progress: SearchProgress) => void;
}

async function runSession({ experiment = experimentOf(), store = createMemoryStore(), executor, resume = false, ...options }: Session) {
  const problem = createProblem(experiment);
  const result = await runExperiment({ problem, store, createExecutor: () => executor, ...(resume ? { resume: {} } : {}), ...options });
  return { ...result, trials: [...store.trials(result.run.id)] };
}

const byPlace = (trials: readonly Trial[]) => [...trials].sort((a, b) => (a.told?.place ?? 0) - (b.told?.place ?? 0));

/** What must be true of a steady run's trials, however they ended. */
function check(trials: readonly Trial[], evaluations: number): void {
  expect(trials.map(({ number }) => number)).toEqual(trials.map((_, number) => number));
  expect(new Set(trials.map(({ architecture }) => architecture)).size).toBe(trials.length);
  expect(trials.filter(({ gate }) => gate === "trained")).toHaveLength(evaluations);
  const order = byPlace(trials);
  expect(order.map(({ told }) => told?.place)).toEqual(trials.map((_, place) => place));
  let before = 0;
  for (const { number, told } of order) {
    expect(told?.asked).toBeGreaterThanOrEqual(before);
    expect(told?.asked).toBeGreaterThan(number);
    before = told?.asked ?? 0;
  }
}

/** A store that holds just these trials of a run that was interrupted. */
function storeWith(run: Run, trials: readonly Trial[]): Store {
  const store = createMemoryStore();
  const copy = store.createRun(run);
  store.updateRun(copy.id, { status: "interrupted", owner: undefined });
  store.addTrials(copy.id, trials);
  return store;
}

const nothing = createManualExecutor(1, () => {
  throw new Error("nothing is left to be evaluated");
});

describe("a steady search", () => {
  it.each(["nsga2", "random"])("finds the front of what it evaluated: %s", async (algorithm) => {
    const { trials, front, summary } = await runSession({
      experiment: experimentOf({ algorithm }),
      executor: createRandomExecutor(algorithm, 4),
    });
    check(trials, 40);
    const feasible = trials.filter(({ status }) => status === "feasible");
    const expected = feasible.filter((trial) => !feasible.some((other) => dominates(other.objectives ?? [], trial.objectives ?? [])));
    expect(front.map(({ number }) => number).sort()).toEqual(expected.map(({ number }) => number).sort());
    expect(summary).toMatchObject({ reason: "evaluations", evaluations: 40, reproducible: "replayable" });
    for (const { number, gate, status } of trials) expect(status === "failed").toBe(gate === "trained" && number % 9 === 4);
    expect(trials.some(({ gate }) => gate === "analytic")).toBe(true);
  });

  it.each(["nsga2", "random"])(
    "asks for the same candidates when its stored order is replayed, whatever that was: %s",
    async (algorithm) => {
      await fc.assert(
        fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 9 }), fc.nat(), async (seed, slots, at) => {
          const experiment = experimentOf({ algorithm, evaluations: 16 });
          const whole = await runSession({ experiment, executor: createRandomExecutor(seed, slots) });
          check(whole.trials, 16);

          // All of it: nothing is evaluated, and the replay throws at the first candidate that differs.
          const again = await runSession({
            experiment,
            store: storeWith(whole.run, whole.trials),
            executor: testing(nothing),
            resume: true,
          });
          expect(again.front.map(({ number }) => number)).toEqual(whole.front.map(({ number }) => number));
          expect(again.trials).toHaveLength(whole.trials.length);

          // What a process that was killed at this moment had stored: the trials told by then.
          const kept = byPlace(whole.trials).slice(0, at % (whole.trials.length + 1));
          const other = createRandomExecutor(seed + 1, 1 + (slots % 5));
          const resumed = await runSession({ experiment, store: storeWith(whole.run, kept), executor: other, resume: true });
          check(resumed.trials, 16);
          expect(byPlace(resumed.trials).slice(0, kept.length)).toEqual(kept);
          // What had been asked and not told is evaluated anew, under its old number and as the same architecture.
          const known = new Set(kept.map(({ number }) => number));
          for (let number = 0; number < (kept.at(-1)?.told?.asked ?? 0); number++) {
            expect(resumed.trials[number]?.architecture).toBe(whole.trials[number]?.architecture);
            expect(other.jobs.some(({ kind, trial }) => kind === "evaluate" && trial === number)).toBe(
              !known.has(number) && whole.trials[number]?.gate === "trained",
            );
          }
        }),
        { numRuns: 8 },
      );
    },
  );

  it("killed at any moment asks again for every job that went out, under its number, where there are no fewer slots", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 12 }), async (seed, slots, killedAt) => {
        const store = createMemoryStore();
        let left: { readonly trials: readonly Trial[]; readonly jobs: readonly Job[] } | undefined;
        const executor = createRandomExecutor(seed, slots, ({ jobs }) => {
          // Whatever was asked before is stored, or in one of the slots.
          const { kind, trial } = jobs.at(-1) as Job;
          if (kind === "evaluate") expect([...store.trials("steady-1")].length).toBeGreaterThan(trial - slots);
          if (jobs.length === killedAt) left = { trials: [...store.trials("steady-1")], jobs: [...jobs] };
        });
        const { run } = await runSession({ experiment: experimentOf({ evaluations: 12 }), store, executor });
        if (!left) throw new Error("there were fewer jobs than evaluations");
        // Perhaps more slots than before: the next asks come sooner than they would have.
        const other = createRandomExecutor(seed + 1, slots + (seed % 3));
        const resumed = await runSession({
          experiment: experimentOf({ evaluations: 12 }),
          store: storeWith(run, left.trials),
          executor: other,
          resume: true,
        });
        for (const { trial, architecture } of left.jobs) expect(resumed.trials[trial]?.architecture).toBe(architecture);
      }),
      { numRuns: 12 },
    );
  });

  it("survives being stopped again and again, in a real store", async () => {
    const store = openStore(join(folder, "stopped.db"));
    let sessions = 0;
    for (let ended = false; !ended; sessions++) {
      const controller = new AbortController();
      let jobs = 0;
      const executor = createRandomExecutor(sessions, 3, () => {
        if (++jobs === 9) controller.abort(new Error("stop"));
      });
      ended = await runSession({ store, executor, resume: true, signal: controller.signal }).then(
        () => true,
        (error: Error) => {
          expect(error.message).toBe("stop");
          return false;
        },
      );
    }
    expect(sessions).toBeGreaterThan(4);
    const [run, ...others] = store.runs() as [Run, ...Run[]];
    expect(others).toEqual([]);
    const trials = [...store.trials(run.id)];
    check(trials, 40);
    const again = await runSession({ store: storeWith(run, trials), executor: testing(nothing), resume: true });
    expect(again.summary.front).toEqual((run.summary as { front: number[] }).front);
    const weights = trials.filter(({ number }) => store.weights(run.id, number)).map(({ number }) => number);
    expect(weights.sort()).toEqual([...again.summary.front].sort());
    store.close();
  });

  it("with one slot gives the same trials every time, and after an interruption", async () => {
    const whole = await runSession({ executor: createRandomExecutor("a", 1) });
    const store = createMemoryStore();
    const controller = new AbortController();
    let jobs = 0;
    const stopping = createRandomExecutor("b", 1, () => {
      if (++jobs === 17) controller.abort(new Error("stop"));
    });
    await expect(runSession({ store, executor: stopping, signal: controller.signal })).rejects.toThrow("stop");
    const resumed = await runSession({ store, executor: createRandomExecutor("c", 1), resume: true });
    expect(resumed.trials).toEqual(whole.trials);
    expect(resumed.summary).toEqual(whole.summary);
  });

  it("keeps as many candidates running as there are slots, also when these change, and never waits for a generation", async () => {
    let overfull = false;
    const executor = createManualExecutor(3, () => {
      overfull ||= executor.open > executor.slots;
    });
    const running = runSession({ experiment: experimentOf({ evaluations: 60, population: 4 }), executor });
    const filled = (count: number) => vi.waitFor(() => expect(executor.open).toBe(count), { timeout: 10_000, interval: 2 });
    await filled(3);
    for (const choice of [2, 0, 0, 0, 1]) {
      executor.end(choice);
      await filled(3);
    }
    executor.slots = 12;
    executor.end(1);
    await filled(12);
    executor.slots = 2;
    for (let i = 0; i < 11; i++) executor.end(0);
    await filled(2);
    // Nothing ends, and yet new slots are seen.
    executor.slots = 5;
    await filled(5);
    expect(overfull).toBe(false);
    const finishing = setInterval(() => executor.open > 0 && executor.end(0), 1);
    check((await running).trials, 60);
    clearInterval(finishing);
  });

  it("asks for no more than it may evaluate, and says why it ended", async () => {
    const experiment = experimentOf({ evaluations: 5 });
    const few = createRandomExecutor("few", 50);
    check((await runSession({ experiment, executor: few })).trials, 5);
    expect(few.jobs.filter(({ kind }) => kind === "evaluate")).toHaveLength(5);
    const limited = await runSession({
      experiment: experimentOf({ evaluations: 40, candidates: 30 }),
      executor: createRandomExecutor("limited", 4),
    });
    expect(limited.summary).toMatchObject({ reason: "candidates", candidates: 30 });
    expect(limited.trials).toHaveLength(30);
  });

  it("refuses stored trials that are not those of a steady search of this version", async () => {
    const { run, trials } = await runSession({ executor: createRandomExecutor("whole", 4) });
    const resume = (changed: readonly Trial[]) => runSession({ store: storeWith(run, changed), executor: nothing, resume: true });
    await expect(resume(trials.map(({ told: _, ...trial }) => trial))).rejects.toThrow("trial 0 is stored without its place");
    await expect(resume(trials.filter(({ told }) => told?.place !== 7))).rejects.toThrow("no trial is stored at place 7");
    const first = trials[3] as Trial;
    await expect(resume(trials.map((trial) => (trial === first ? { ...trial, architecture: "other" } : trial)))).rejects.toThrow(
      `trial 3 is stored as other, but the search now asks for ${first.architecture}`,
    );
  });

  it("ends when the executor is broken", async () => {
    const executor = createManualExecutor(2, () => {
      throw new Error("no workers");
    });
    await expect(runSession({ executor })).rejects.toThrow("no workers");
  });
});

describe("a steady search over tables", () => {
  it("needs no executor over tables, and hears a signal", async () => {
    const experiment = experimentOf(
      { evaluations: 5000, candidates: 15000 },
      { kind: "table", accuracy: { file: table, column: "accuracy", contentHash: "" } },
    );
    const store = openStore(join(folder, "tables.db"));
    const controller = new AbortController();
    // As a signal of the operating system: it comes when the event loop turns.
    const onTrial = ({ candidates }: SearchProgress) => {
      if (candidates === 500) setTimeout(() => controller.abort(new Error("stop")), 0);
    };
    await expect(runSession({ experiment, store, executor: nothing, signal: controller.signal, onTrial })).rejects.toThrow("stop");
    const [run] = store.runs() as [Run];
    const stored = [...store.trials(run.id)].length;
    expect(stored).toBeGreaterThanOrEqual(500);
    expect(stored).toBeLessThan(5000);
    const { trials } = await runSession({ experiment, store, executor: nothing, resume: true });
    store.close();
    check(trials, 5000);
  });
});

/** What tests the front at the end, and else behaves as the given executor. */
function testing(executor: Executor): Executor {
  return { slots: 1, run: async (job) => (job.kind === "test" ? outcomeOf(job) : executor.run(job)), close: () => executor.close() };
}
