/** Draws new candidates within the budgets that can be checked without evaluating anything. */
import type { Rng } from "../../base/index.ts";
import type { SearcherOptions } from "../searcher.ts";
import type { Candidates } from "./candidates.ts";
import { listedSize, listSpace } from "./unseenSampler.ts";

/** Samples tried, then steps of mutation from the one that is least over budget. */
const samples = 64;
const steps = 200;

interface Offer<G> {
  readonly genotype: G;
  readonly violation: number;
}

/**
 * Gives a new candidate, noted: within the budgets where a sample, a climb from the sample that is least over, or in a space small
 * enough to be listed a look through all of it finds one. Otherwise the one found that is least over budget; of a listed space that is the least of all.
 */
export function createBudgetedSampler<G>(
  { space, rng, violation }: Pick<SearcherOptions<G>, "space" | "rng" | "violation">,
  candidates: Candidates<G>,
): (draw: Rng) => G | undefined {
  if (!violation) return (draw) => candidates.sample(draw);

  const nearest = (draw: Rng): Offer<G> | undefined => {
    let best: Offer<G> | undefined;
    const offer = (genotype: G) => {
      if (candidates.isSeen(genotype)) return;
      const over = violation(genotype);
      if (best === undefined || over <= best.violation) best = { genotype, violation: over };
    };
    for (let tries = 0; tries < samples && !(best?.violation === 0); tries++) offer(space.sample(draw));
    for (let step = 0; step < steps && best && best.violation > 0; step++) offer(space.mutate(best.genotype, draw));
    return best;
  };

  /** Of a small space what was not looked at yet, and what was over budget: the least once all was looked at. Last first. */
  let listing: string[] | undefined;
  let over: Offer<G>[] = [];
  let isSorted = false;
  const listed = (): G | undefined => {
    listing ??= listSpace(space, rng.fork("listing within budgets"));
    while (listing.length > 0) {
      const genotype = space.parse(listing.pop() as string);
      if (candidates.isSeen(genotype)) continue;
      const by = violation(genotype);
      if (!(by > 0)) return genotype;
      over.push({ genotype, violation: by });
    }
    if (!isSorted) over = over.reverse().sort((a, b) => b.violation - a.violation);
    isSorted = true;
    for (let last = over.pop(); last; last = over.pop()) if (!candidates.isSeen(last.genotype)) return last.genotype;
    return undefined;
  };

  return (draw) => {
    const found = nearest(draw);
    const chosen = found?.violation === 0 || space.size > listedSize ? found?.genotype : listed();
    if (chosen === undefined) return candidates.sample(draw);
    candidates.markSeen(chosen);
    return chosen;
  };
}
