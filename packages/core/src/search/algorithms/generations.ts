/** What NSGA-II, NSGA-III and AGE-MOEA have in common: generations of parents and children. */
import { createQuickRng, type Rng } from "../../base/index.ts";
import { Candidates, checkObjectives } from "../candidates/candidates.ts";
import type { EvaluatedCandidate, Searcher, SearcherOptions } from "../searcher.ts";

const crossoverRate = 0.9;

/** A parent. */
export interface Individual<G> {
  readonly told: EvaluatedCandidate<G>;
  /** Number of its front, the best is 0. */
  readonly rank: number;
  /** Of two in one front the higher is preferred: the less crowded one. */
  readonly worth: number;
}

/** The best `capacity` of a pool without failed trials. @param draw decides between equals. */
export type Selection = <G>(pool: readonly EvaluatedCandidate<G>[], capacity: number, draw: Rng) => Individual<G>[];

/** Individuals kept as parents: as given, or planned by the number of evaluations. */
export function populationFor({ population }: { readonly population?: number | undefined }, evaluations: number): number {
  return population ?? 2 * Math.min(50, Math.max(4, 2 * Math.round(Math.cbrt(evaluations) / 2)));
}

/**
 * Binary tournaments, crossover and mutation of the space, and the best of parents and children as the next parents. A
 * generation is half as large as the population. Every child is mutated once, and none repeats what was seen. Failed trials
 * never become parents, since they say nothing about their neighbours.
 */
export function createGenerations<G>(name: string, options: SearcherOptions<G>, population: number, select: Selection): Searcher<G> {
  const { space, rng, objectives } = options;
  const batch = Math.ceil(population / 2);
  const candidates = new Candidates(options);
  const ties = rng.fork("ties").int(2 ** 32);
  let parents: Individual<G>[] = [];
  /** Told since the last selection. */
  let offspring: EvaluatedCandidate<G>[] = [];
  let generation = 0;

  const propose = (draw: Rng): G | undefined => {
    if (parents.length < 2) return candidates.sample(draw);
    return candidates.breed(draw, () => {
      const parent = tournament(parents, draw).told.genotype;
      const child = draw.next() < crossoverRate ? space.crossover(parent, tournament(parents, draw).told.genotype, draw) : parent;
      return space.mutate(child, draw);
    });
  };

  return {
    name,
    batch,
    ask: (count) => candidates.ask(count, propose),
    tell(trials) {
      for (const trial of trials) {
        checkObjectives(name, trial, objectives);
        candidates.markSeen(trial.genotype);
        offspring.push(trial);
        if (offspring.length < batch) continue;
        const pool = [...parents.map((parent) => parent.told), ...offspring.filter((told) => told.status !== "failed")];
        parents = select(pool, population, createQuickRng(ties ^ generation++));
        offspring = [];
      }
    },
  };
}

/** The better of two by front, then by worth: Deb's crowded comparison. */
function tournament<G>(parents: readonly Individual<G>[], rng: Rng): Individual<G> {
  const a = rng.pick(parents);
  const b = rng.pick(parents);
  if (a.rank !== b.rank) return a.rank < b.rank ? a : b;
  return b.worth > a.worth ? b : a;
}
