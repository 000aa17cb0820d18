import type { Searcher, SearcherOptions } from "./types.ts";
import { Unseen } from "./unseen.ts";

/** Random search without repetition: the baseline that every other searcher must beat. */
export function createRandomSearcher<G>({ space, rng }: SearcherOptions<G>): Searcher<G> {
  const unseen = new Unseen(space, rng.fork("listing"));
  return {
    name: "random",
    batch: 20,
    ask(count) {
      const asked: G[] = [];
      while (asked.length < count) {
        const genotype = unseen.draw(rng.fork(unseen.count));
        if (genotype === undefined) break;
        asked.push(genotype);
      }
      return asked;
    },
    tell(trials) {
      for (const { genotype } of trials) unseen.take(genotype);
    },
  };
}
