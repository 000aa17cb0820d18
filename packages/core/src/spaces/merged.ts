/** Spaces in which genotypes that stand for one network are one architecture. */
import type { CategoricalSpace, Genotype } from "./categorical.ts";

/** A mutation that is still at its own network after so many steps gives up: the space has no other. Most leave it with the first. */
const walkSteps = 10_000;

/** Networks are counted where there are at most so many genotypes, as each has to be looked at. */
const countedSize = 10_000n;

/**
 * The same space with one genotype for each network.
 * @param first the first genotype, in lexicographic order, of those with the same network; itself for that one.
 */
export function mergeEquivalent(space: CategoricalSpace, first: (g: Genotype) => Genotype): CategoricalSpace {
  const enumerate = function* () {
    for (const g of space.enumerate()) if (isSame(first(g), g)) yield g;
  };
  let counted: bigint | undefined;
  const isBound = space.size > countedSize;
  return {
    ...space,
    ...(isBound ? { sizeIsBound: true } : {}),
    // Counted when it is first asked for.
    get size() {
      counted ??= isBound ? space.size : BigInt([...enumerate()].length);
      return counted;
    },
    sample: (rng) => first(space.sample(rng)),
    // A random walk among all genotypes, until it comes to another network.
    mutate: (g, rng) => {
      let link = g;
      for (let step = 0; step < walkSteps; step++) {
        link = space.mutate(link, rng);
        const mutant = first(link);
        if (!isSame(mutant, g)) return mutant;
      }
      return g;
    },
    crossover: (a, b, rng) => first(space.crossover(a, b, rng)),
    parse: (text) => first(space.parse(text)),
    enumerate,
  };
}

const isSame = (a: Genotype, b: Genotype) => a.every((option, i) => option === b[i]);
