/** NSGA-II. */

import { z } from "zod";
import { createQuickRng, type Rng } from "../../base/index.ts";
import { item, numberAt } from "../../base/matrix.ts";
import { UnseenSampler } from "../candidates/unseenSampler.ts";
import { constrainedSort, crowdingDistances } from "../front/pareto.ts";
import type { EvaluatedCandidate, Searcher, SearcherKind, SearcherOptions } from "../searcher.ts";

const settings = z.strictObject({
  /** Individuals kept as parents; a generation is half as many. By default planned by the number of evaluations: 8 to 100. */
  population: z.int().min(2).optional(),
});
type Settings = z.output<typeof settings>;

export const nsga2: SearcherKind<typeof settings> = {
  name: "nsga2",
  settings,
  create: createNsga2Searcher,
  plan: (chosen, evaluations) => ({ population: populationFor(chosen, evaluations) }),
};

const crossoverRate = 0.9;
/** Matings tried for a child that is new, then steps of mutation from the last child, before a random candidate is drawn. */
const matings = 4;
const mutationSteps = 4;

interface Individual<G> {
  readonly told: EvaluatedCandidate<G>;
  /** Number of its front, the best is 0. */
  readonly rank: number;
  readonly crowding: number;
}

/** Individuals kept as parents: as given, or planned by the number of evaluations. */
function populationFor({ population }: Settings, evaluations: number): number {
  return population ?? 2 * Math.min(50, Math.max(4, 2 * Math.round(Math.cbrt(evaluations) / 2)));
}

/**
 * NSGA-II (Deb, Pratap, Agarwal and Meyarivan, IEEE Trans. Evol. Comput. 6(2), 2002): binary tournaments by the crowded
 * comparison, crossover and mutation of the space, and the best of parents and children as the next parents, under
 * constrained domination.
 *
 * Where it differs from the paper:
 * - A generation is half as large as the population, because with few evaluations it pays to breed sooner from what was
 *   found. Without a `population` the generation is the cube root of the evaluations, made even, from 4 to 50.
 * - No candidate repeats: a child seen before is bred anew, then mutated on, then replaced by a random candidate, each within
 *   a limit of tries; a space of up to 50,000 architectures is searched to its end.
 * - Every child is mutated once. Failed trials never become parents, since they say nothing about their neighbours.
 */
function createNsga2Searcher<G>({ space, rng, objectives, evaluations }: SearcherOptions<G>, chosen: Settings): Searcher<G> {
  const population = populationFor(chosen, evaluations);
  const batch = Math.ceil(population / 2);
  const unseen = new UnseenSampler(space, rng.fork("listing"));
  // One generator a candidate, so that what is drawn depends on its number and not on how the batch was asked for.
  const key = rng.fork("candidates").int(2 ** 32);
  let parents: Individual<G>[] = [];
  /** Told since the last selection. */
  let offspring: EvaluatedCandidate<G>[] = [];

  const breed = (draw: Rng): G | undefined => {
    let child: G | undefined;
    for (let tries = 0; tries < matings; tries++) {
      const parent = tournament(parents, draw).told.genotype;
      child = draw.next() < crossoverRate ? space.crossover(parent, tournament(parents, draw).told.genotype, draw) : parent;
      child = space.mutate(child, draw);
      if (unseen.markSeen(child)) return child;
    }
    for (let steps = 0; steps < mutationSteps && child !== undefined; steps++) {
      child = space.mutate(child, draw);
      if (unseen.markSeen(child)) return child;
    }
    return unseen.sample(draw);
  };

  return {
    name: "nsga2",
    batch,
    ask(count) {
      const asked: G[] = [];
      while (asked.length < count) {
        const draw = createQuickRng(key ^ unseen.count);
        const genotype = parents.length < 2 ? unseen.sample(draw) : breed(draw);
        if (genotype === undefined) break;
        asked.push(genotype);
      }
      return asked;
    },
    tell(trials) {
      for (const trial of trials) {
        if (trial.status === "feasible" && (trial.objectives.length !== objectives || trial.objectives.some(Number.isNaN))) {
          throw new Error(`nsga2: expected ${objectives} numbers as objectives, got [${trial.objectives.join(", ")}]`);
        }
        unseen.markSeen(trial.genotype);
        offspring.push(trial);
        if (offspring.length < batch) continue;
        const pool = [...parents.map((parent) => parent.told), ...offspring.filter((told) => told.status !== "failed")];
        parents = survivors(pool, population);
        offspring = [];
      }
    },
  };
}

/** The best `capacity` of the pool: whole fronts, and of the last one the least crowded. */
function survivors<G>(pool: readonly EvaluatedCandidate<G>[], capacity: number): Individual<G>[] {
  const kept: Individual<G>[] = [];
  for (const [rank, front] of constrainedSort(pool).entries()) {
    if (kept.length >= capacity) break;
    const members = front.map((index) => item(pool, index));
    const distances = crowdingDistances(members.map((told) => (told.status === "feasible" ? told.objectives : [])));
    const individuals = members.map((told, index) => ({ told, rank, crowding: numberAt(distances, index) }));
    if (kept.length + individuals.length > capacity) individuals.sort((a, b) => (a.crowding === b.crowding ? 0 : b.crowding - a.crowding));
    kept.push(...individuals.slice(0, capacity - kept.length));
  }
  return kept;
}

/** The better of two by front, then by crowding distance: Deb's crowded comparison. */
function tournament<G>(parents: readonly Individual<G>[], rng: Rng): Individual<G> {
  const a = rng.pick(parents);
  const b = rng.pick(parents);
  if (a.rank !== b.rank) return a.rank < b.rank ? a : b;
  return b.crowding > a.crowding ? b : a;
}
