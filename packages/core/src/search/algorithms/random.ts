/** Random search. */
import { z } from "zod";
import { Candidates } from "../candidates/candidates.ts";
import type { Searcher, SearcherKind, SearcherOptions } from "../searcher.ts";
import { population } from "../sharedSettings.ts";

/** `population` has no effect: so an experiment can be repeated with this baseline by changing one word. */
const settings = z.strictObject({ population });

export const random: SearcherKind<typeof settings> = { name: "random", settings, create: createRandomSearcher, plan: () => ({}) };

/** Random search without repetition: the baseline that every other searcher must beat. */
function createRandomSearcher<G>(options: SearcherOptions<G>): Searcher<G> {
  const candidates = new Candidates(options);
  return {
    name: "random",
    batch: 20,
    ask: (count) => candidates.ask(count, (draw) => candidates.sample(draw)),
    tell(trials) {
      for (const { genotype } of trials) candidates.markSeen(genotype);
    },
  };
}
