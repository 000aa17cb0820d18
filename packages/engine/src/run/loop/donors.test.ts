import { createRng, createSpace, type Experiment, inheritWeights, type Job, networkByRole, type Store, type Trial } from "@archwright/core";
import { initialWeights } from "@archwright/runtimes";
import { expect, it } from "vitest";
import type { Handler } from "../../executor/index.ts";
import { createMemoryStore } from "../../store/index.ts";
import { createProblem } from "../problem.ts";
import { comparable, experimentOf, runSession, toyHandler } from "../toy.fixture.ts";
import { createDonors } from "./donors.ts";

const inheriting = (training = "{ steps: 10, inherit: true }", evaluations = 20) =>
  experimentOf({ training, search: `{ algorithm: nsga2, population: 8, evaluations: ${evaluations} }` });

/** Candidates that NSGA-II proposes at once: half of its population. */
const generation = 4;

const networkOf = ({ space, task }: Experiment, architecture: string) => networkByRole(createSpace(space, task), architecture, task);

type EvaluateJob = Extract<Job, { kind: "evaluate" }>;

/** As `toyHandler`, with weights and scores that tell what the job began with. */
function handlerOf(experiment: Experiment, behave?: (job: Job) => Promise<void> | void): Handler & { readonly jobs: Job[] } {
  const toy = toyHandler(behave);
  return {
    jobs: toy.jobs,
    run: async (job, ...rest) => {
      const outcome = await toy.run(job, ...rest);
      if (job.kind !== "evaluate" || outcome.kind !== "evaluated") return outcome;
      const { length } = networkOf(experiment, job.architecture).parameters;
      const weights = Float32Array.from({ length }, (_, i) => (job.seed % 97) + (job.weights?.[i] ?? 0) / 2);
      return { ...outcome, weights, score: outcome.score + (weights.at(-1) as number) / 200 };
    },
  };
}

const trialsOf = (store: Store): readonly Trial[] => [...store.trials(store.runs()[0]?.id ?? "")];
const evaluations = (jobs: readonly Job[]) => jobs.filter((job): job is EvaluateJob => job.kind === "evaluate");

it("begins each candidate with the weights of the earlier trial that gives most, as a look at all of them finds it", async () => {
  const experiment = await inheriting();
  const [store, handler] = [createMemoryStore(), handlerOf(experiment)];
  await runSession({ experiment, store, handler, slots: 3 });
  const trials = trialsOf(store);
  /** What the trials gave when they were trained; of most of them the store has no weights any more. */
  const given = new Map<number, Float32Array>();
  for (const job of evaluations(handler.jobs).sort((a, b) => a.trial - b.trial)) {
    const { network, parameters: to } = networkOf(experiment, job.architecture);
    const fresh = initialWeights(network, createRng(job.seed).fork("weights"));
    const told = job.trial - (job.trial % generation);
    const donors = trials.filter(({ number, score }) => number < told && score !== undefined);
    const [best] = donors
      .map((donor) => {
        const { parameters: from } = networkOf(experiment, donor.architecture);
        return { donor, ...inheritWeights({ from, fromWeights: given.get(donor.number) as Float32Array, to, fresh }) };
      })
      .sort((a, b) => b.share - a.share || (b.donor.score as number) - (a.donor.score as number) || a.donor.number - b.donor.number);
    expect(trials[job.trial]?.inherits).toEqual(best && { trial: best.donor.number, share: best.share });
    expect(job.weights).toEqual(best?.weights);
    const { weights } = (await handlerOf(experiment).run(job)) as { weights: Float32Array };
    given.set(job.trial, weights);
  }
  expect(trials.filter(({ inherits }) => inherits).length).toBeGreaterThan(12);
});

it("has the same trials with any number of workers, and when it was interrupted and resumed", async () => {
  const experiment = await inheriting();
  const undisturbed = createMemoryStore();
  const whole = await runSession({ experiment, store: undisturbed, handler: handlerOf(experiment) });
  for (const stopAfter of [6, 13]) {
    const store = createMemoryStore();
    const controller = new AbortController();
    let begun = 0;
    const handler = handlerOf(experiment, () => {
      if (++begun === stopAfter) controller.abort();
    });
    await expect(runSession({ experiment, store, handler, slots: 3, signal: controller.signal })).rejects.toThrow();
    const resumed = await runSession({ experiment, store, handler: handlerOf(experiment), slots: 2, resume: true });
    expect(comparable(trialsOf(store))).toEqual(comparable(trialsOf(undisturbed)));
    for (const { number } of resumed.front)
      expect(store.weights(resumed.run.id, number)).toEqual(undisturbed.weights(whole.run.id, number));
  }
});

it("is not given more evaluations when it has ended: the weights that a longer search would have had are gone", async () => {
  const experiment = await inheriting();
  const store = createMemoryStore();
  await runSession({ experiment, store, handler: handlerOf(experiment) });
  const longer = await inheriting("{ steps: 10, inherit: true }", 24);
  const resumed = runSession({ experiment: longer, store, handler: handlerOf(experiment), resume: true });
  await expect(resumed).rejects.toThrow(/search.evaluations: 20 → 24 \(candidates inherit weights/);
});

it("gives nothing to later stages of training", async () => {
  const experiment = await inheriting("{ stages: [{ steps: 10 }, { steps: 20, keep: 4 }], inherit: true }");
  const handler = handlerOf(experiment);
  await runSession({ experiment, store: createMemoryStore(), handler });
  const later = evaluations(handler.jobs).filter(({ stage }) => stage !== undefined);
  expect(later).toHaveLength(4);
  expect(later.filter(({ weights }) => weights)).toEqual([]);
});

it("keeps the weights of the last 64 trials that have a score, and has no donors unless asked", async () => {
  const experiment = await inheriting();
  const store = createMemoryStore();
  const { run } = await runSession({ experiment, store, handler: handlerOf(experiment) });
  expect(createDonors(createProblem(await experimentOf()), run, store)).toBeUndefined();
  const donors = createDonors(createProblem(experiment), run, store);
  const trials = trialsOf(store).filter(({ score }) => score !== undefined);
  for (let round = 0; round < 5; round++)
    donors?.tell([{ ...(trials[0] as Trial), status: "failed", score: undefined as never }, ...trials]);
  expect(donors?.recent()).toEqual([trials, trials, trials, trials, trials].flat().slice(-64));
});
