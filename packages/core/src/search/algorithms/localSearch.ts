/** Local search. */
import { z } from "zod";
import { createQuickRng, type Rng } from "../../base/index.ts";
import { Candidates, checkObjectives } from "../candidates/candidates.ts";
import { isBetter, ObjectiveRanges, randomWeights } from "../front/scalarise.ts";
import type { EvaluatedCandidate, Searcher, SearcherKind, SearcherOptions } from "../searcher.ts";

const settings = z.strictObject({});

/** Mutations tried for a neighbour that is new, before a neighbourhood counts as known. */
const neighbourTries = 100;
/** Descents under new weights tried for a start whose neighbourhood is not known, before one starts at random. */
const descentTries = 8;

/**
 * Local search (White, Nolen and Savani, UAI 2021): evaluate the neighbours of the best architecture, move to a better one, and
 * start anew where there is none.
 *
 * Where it differs from the paper:
 * - It moves to the first better neighbour, without evaluating the others: with some hundred evaluations whole neighbourhoods are dear.
 * - Neighbours are found by mutation. Where 100 mutations give nothing new the neighbourhood counts as known.
 * - With several objectives a descent minimises the Chebyshev value of weights of its own, and starts from the best trial
 *   known under them; at random only where all such neighbourhoods are known.
 * - Failed trials are never moved to. Feasible trials are better than infeasible ones, and small violations than large ones.
 */
export const localSearch: SearcherKind<typeof settings> = { name: "local-search", settings, create: createLocalSearch, plan: () => ({}) };

function createLocalSearch<G>(options: SearcherOptions<G>): Searcher<G> {
  const { space, rng, objectives } = options;
  const candidates = new Candidates(options);
  const weightsKey = rng.fork("weights").int(2 ** 32);
  const ranges = new ObjectiveRanges(objectives);
  const known: EvaluatedCandidate<G>[] = [];
  /** Asked and not yet told: whether it starts a descent. */
  const startsOf = new Map<string, boolean>();
  let descent = 0;
  let weights = weightsOf(descent);
  let centre: EvaluatedCandidate<G> | undefined;

  function weightsOf(number: number): number[] {
    return objectives === 1 ? [1] : randomWeights(objectives, createQuickRng(weightsKey ^ number));
  }

  function beginDescent(start: EvaluatedCandidate<G> | undefined) {
    weights = weightsOf(++descent);
    centre = start ?? known.reduce((best, trial) => (isBetter(trial, best, weights, ranges) ? trial : best));
  }

  /** A new neighbour of the centre, not noted; perhaps after descents were begun from elsewhere. */
  function neighbour(draw: Rng): G | undefined {
    for (let tries = 0; tries < descentTries && centre; tries++) {
      for (let n = 0; n < neighbourTries; n++) {
        const genotype = space.mutate(centre.genotype, draw);
        if (!candidates.isSeen(genotype)) return genotype;
      }
      if (objectives === 1) return undefined;
      beginDescent(undefined);
    }
    return undefined;
  }

  const propose = (draw: Rng): G | undefined => {
    const near = neighbour(draw);
    if (near !== undefined) candidates.markSeen(near);
    const genotype = near ?? candidates.sample(draw);
    if (genotype !== undefined) startsOf.set(space.format(genotype), near === undefined);
    return genotype;
  };

  return {
    name: "local-search",
    batch: 1,
    ask: (count) => candidates.ask(count, propose),
    tell(trials) {
      for (const trial of trials) {
        checkObjectives("local-search", trial, objectives);
        const text = space.format(trial.genotype);
        // Of a resumed run's trials it is worked out what they were asked as.
        const starts = startsOf.get(text) ?? neighbour(candidates.draw()) === undefined;
        startsOf.delete(text);
        candidates.markSeen(trial.genotype);
        if (trial.status === "failed") continue;
        known.push(trial);
        if (trial.status === "feasible") ranges.add(trial.objectives);
        if (starts && centre) beginDescent(trial);
        else if (!centre || isBetter(trial, centre, weights, ranges)) centre = trial;
      }
    },
  };
}
