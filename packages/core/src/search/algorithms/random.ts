/** Random search. */
import { z } from "zod";
import { createQuickRng } from "../../base/index.ts";
import { UnseenSampler } from "../candidates/unseenSampler.ts";
import type { Searcher, SearcherKind, SearcherOptions } from "../searcher.ts";

/** `population` has no effect: so an experiment can be repeated with this baseline by changing one word. */
const settings = z.strictObject({ population: z.int().min(2).optional() });

export const random: SearcherKind<typeof settings> = { name: "random", settings, create: createRandomSearcher, plan: () => ({}) };

/** Random search without repetition: the baseline that every other searcher must beat. */
function createRandomSearcher<G>({ space, rng }: SearcherOptions<G>): Searcher<G> {
  const unseen = new UnseenSampler(space, rng.fork("listing"));
  // One generator a candidate, so that what is drawn depends on its number and not on how the batch was asked for.
  const key = rng.fork("candidates").int(2 ** 32);
  return {
    name: "random",
    batch: 20,
    ask(count) {
      const asked: G[] = [];
      while (asked.length < count) {
        const genotype = unseen.sample(createQuickRng(key ^ unseen.count));
        if (genotype === undefined) break;
        asked.push(genotype);
      }
      return asked;
    },
    tell(trials) {
      for (const { genotype } of trials) unseen.markSeen(genotype);
    },
  };
}
