/** Which candidates are considered: a fresh sample of the space, what lies near the best, and what lies within the budgets. */
import type { Rng } from "../../base/index.ts";
import { item } from "../../base/matrix.ts";
import type { Variation } from "../searcher.ts";

/** Candidates drawn at random, and bred from the best by mutation and by crossover. */
export interface PoolSizes {
  readonly random: number;
  readonly mutated: number;
  readonly crossed: number;
}

/**
 * Different candidates, none of which is excluded: random ones, children of the best by one to three mutations, and crossovers of two
 * of them, mutated half of the time. Fewer than wanted where the space gives no more within as many tries again.
 */
export function drawPool<G>(space: Variation<G>, best: readonly G[], sizes: PoolSizes, excluded: ReadonlySet<string>, rng: Rng): G[] {
  const texts = new Set<string>();
  const pool: G[] = [];
  const fill = (count: number, draw: () => G) => {
    const wanted = pool.length + count;
    for (let tries = 0; tries < 2 * count && pool.length < wanted; tries++) {
      const candidate = draw();
      const text = space.format(candidate);
      if (excluded.has(text) || texts.has(text)) continue;
      texts.add(text);
      pool.push(candidate);
    }
  };
  const mutate = (g: G, times: number) => {
    let child = g;
    for (let i = 0; i < times; i++) child = space.mutate(child, rng);
    return child;
  };
  if (best.length > 0) {
    // In turn, so that each has the same number of children.
    let turn = 0;
    fill(sizes.mutated, () => mutate(item(best, turn++ % best.length), 1 + (turn % 3)));
    fill(sizes.crossed, () => mutate(space.crossover(rng.pick(best), rng.pick(best), rng), rng.int(2)));
  }
  fill(sizes.random, () => space.sample(rng));
  return pool;
}

/** Mutations tried on the way to the budgets: from one candidate, and in all. */
const climbingSteps = 100;
const climbingStepsInAll = 800;

/**
 * Different candidates within the budgets that can be checked without evaluating anything, none of which is excluded: found by mutating
 * those of the pool that are least over budget as long as that brings them nearer. Fewer than wanted, or none, where that leads nowhere.
 */
export function climbWithin<G>(
  space: Variation<G>,
  violation: (g: G) => number,
  pool: readonly G[],
  wanted: number,
  excluded: ReadonlySet<string>,
  rng: Rng,
): G[] {
  const starts = pool
    .map((genotype) => ({ genotype, over: violation(genotype) }))
    .filter(({ over }) => over > 0)
    .sort((a, b) => a.over - b.over)
    .slice(0, wanted);
  const found = new Map<string, G>();
  let left = climbingStepsInAll;
  for (const start of starts) {
    let { genotype, over } = start;
    for (let step = 0; step < climbingSteps && over > 0 && left > 0; step++, left--) {
      const child = space.mutate(genotype, rng);
      const itsOver = violation(child);
      if (itsOver <= over) [genotype, over] = [child, itsOver];
    }
    const text = space.format(genotype);
    if (over <= 0 && !excluded.has(text)) found.set(text, genotype);
  }
  return [...found.values()];
}
