/** Regularised (aging) evolution. */
import { z } from "zod";
import type { Rng } from "../../base/index.ts";
import { Candidates, checkObjectives } from "../candidates/candidates.ts";
import { isBetter, ObjectiveRanges, randomWeights } from "../front/scalarise.ts";
import type { EvaluatedCandidate, Searcher, SearcherKind, SearcherOptions } from "../searcher.ts";
import { population } from "../sharedSettings.ts";

const settings = z.strictObject({
  /** Trials that live: the latest so many. */
  population,
  sample_size: z
    .int()
    .min(1)
    .optional()
    .describe(
      "Trials drawn from the population, with repetition, of which the best becomes the parent. By default as many as the population has.",
    ),
  mutations: z.int().min(1).optional().describe("Mutations between parent and child. By default 1."),
});
type Settings = z.output<typeof settings>;

/**
 * Regularised evolution (Real, Aggarwal, Huang and Le, AAAI 2019, algorithm 1): the best of a random sample of the population is
 * mutated into the next child, and the oldest dies.
 *
 * Where it differs from the paper:
 * - With several objectives every sample is judged by the Chebyshev value of weights drawn anew, so that the population spreads
 *   along the front.
 * - The default is a small population and a large sample: with some hundred evaluations the paper's 100 and 25 hardly differ from random search.
 * - No candidate repeats (see `Candidates.breed`). Failed trials do not live. A sample prefers feasible trials, then small violations.
 */
export const regularisedEvolution: SearcherKind<typeof settings> = {
  name: "regularised-evolution",
  settings,
  create: createRegularisedEvolution,
  plan: planned,
};

function planned({ population, sample_size, mutations = 1 }: Settings, evaluations: number) {
  const lives = population ?? Math.min(100, Math.max(8, 2 * Math.round(0.8 * Math.sqrt(evaluations))));
  return { population: lives, sample_size: sample_size ?? lives, mutations };
}

function createRegularisedEvolution<G>(options: SearcherOptions<G>, chosen: Settings): Searcher<G> {
  const { space, objectives, evaluations } = options;
  const { population, sample_size, mutations } = planned(chosen, evaluations);
  const candidates = new Candidates(options);
  /** The oldest first. */
  const living: EvaluatedCandidate<G>[] = [];

  const propose = (draw: Rng): G | undefined => {
    if (living.length < population) return candidates.sample(draw);
    const weights = objectives === 1 ? [1] : randomWeights(objectives, draw);
    const ranges = new ObjectiveRanges(objectives);
    if (objectives > 1) for (const trial of living) if (trial.status === "feasible") ranges.add(trial.objectives);
    return candidates.breed(draw, () => {
      let parent = draw.pick(living);
      for (let n = 1; n < sample_size; n++) {
        const other = draw.pick(living);
        if (isBetter(other, parent, weights, ranges)) parent = other;
      }
      let child = parent.genotype;
      for (let n = 0; n < mutations; n++) child = space.mutate(child, draw);
      return child;
    });
  };

  return {
    name: "regularised-evolution",
    batch: 1,
    ask: (count) => candidates.ask(count, propose),
    tell(trials) {
      for (const trial of trials) {
        checkObjectives("regularised-evolution", trial, objectives);
        candidates.markSeen(trial.genotype);
        if (trial.status === "failed") continue;
        living.push(trial);
        if (living.length > population) living.shift();
      }
    },
  };
}
