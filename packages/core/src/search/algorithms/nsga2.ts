/** NSGA-II. */
import { z } from "zod";
import { item, numberAt } from "../../base/matrix.ts";
import { constrainedSort, crowdingDistances } from "../front/pareto.ts";
import type { EvaluatedCandidate, SearcherKind } from "../searcher.ts";
import { population } from "../sharedSettings.ts";
import { createGenerations, type Individual, populationFor } from "./generations.ts";

/** `population`: individuals kept as parents; a generation is half as many. */
const settings = z.strictObject({ population });

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
export const nsga2: SearcherKind<typeof settings> = {
  name: "nsga2",
  settings,
  create: (options, chosen) => createGenerations("nsga2", options, populationFor(chosen, options.evaluations), leastCrowded),
  plan: (chosen, evaluations) => ({ population: populationFor(chosen, evaluations) }),
};

/** The best `capacity` of the pool: whole fronts, and of the last one the least crowded. */
export function leastCrowded<G>(pool: readonly EvaluatedCandidate<G>[], capacity: number): Individual<G>[] {
  const kept: Individual<G>[] = [];
  for (const [rank, front] of constrainedSort(pool).entries()) {
    if (kept.length >= capacity) break;
    const members = front.map((index) => item(pool, index));
    const distances = crowdingDistances(members.map((told) => (told.status === "feasible" ? told.objectives : [])));
    const individuals = members.map((told, index) => ({ told, rank, worth: numberAt(distances, index) }));
    if (kept.length + individuals.length > capacity) individuals.sort((a, b) => (a.worth === b.worth ? 0 : b.worth - a.worth));
    kept.push(...individuals.slice(0, capacity - kept.length));
  }
  return kept;
}
