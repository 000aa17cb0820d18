/** From which trials a search makes its candidates, as the operators of the space are called. */
import type { Variation } from "@archwright/core";

/** Sees what a searcher does with a space, and changes nothing of it. */
export interface Lineage<S> {
  /** The space to search in. */
  readonly space: S;
  /** Notes a candidate that was asked for, and gives the numbers of the trials that it was bred or mutated from; none of one drawn at random. */
  asked(genotype: unknown, number: number): readonly number[];
}

/**
 * Mutants and children belong to the trials they come from, over as many steps as there were between. A genotype that the searcher
 * made without an operator, or from text, has no parents.
 */
export function createLineage<S extends Variation<unknown>>(space: S): Lineage<S> {
  /** Of genotypes that were made and not asked for: the trials they come from. */
  const origins = new WeakMap<object, readonly number[]>();
  const numbers = new WeakMap<object, number>();
  const isObject = (genotype: unknown): genotype is object => typeof genotype === "object" && genotype !== null;

  function trialsOf(genotype: unknown): readonly number[] {
    if (!isObject(genotype)) return [];
    const number = numbers.get(genotype);
    return number === undefined ? (origins.get(genotype) ?? []) : [number];
  }

  function made<G>(genotype: G, ...from: readonly unknown[]): G {
    if (!isObject(genotype) || from.includes(genotype)) return genotype;
    const isKnown = numbers.has(genotype) || origins.has(genotype);
    // A space may give one object again and again; each that is made has an origin of its own.
    const own = isKnown && Array.isArray(genotype) ? ([...genotype] as G & object) : genotype;
    if (!numbers.has(own)) origins.set(own, [...new Set(from.flatMap(trialsOf))]);
    return own;
  }

  return {
    space: {
      ...space,
      // Spread, it would be counted here and now.
      get size() {
        return space.size;
      },
      mutate: (g: unknown, rng: Parameters<S["mutate"]>[1]) => made(space.mutate(g, rng), g),
      crossover: (a: unknown, b: unknown, rng: Parameters<S["crossover"]>[2]) => made(space.crossover(a, b, rng), a, b),
    },
    asked(genotype, number) {
      const parents = trialsOf(genotype);
      if (isObject(genotype)) {
        origins.delete(genotype);
        numbers.set(genotype, number);
      }
      return parents;
    },
  };
}
