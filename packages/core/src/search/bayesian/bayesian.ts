/** Bayesian optimisation of one or several objectives. */
import { z } from "zod";
import type { Rng } from "../../base/index.ts";
import { Candidates, checkObjectives } from "../candidates/candidates.ts";
import { fidelitiesOf } from "../fidelity/questions.ts";
import type { EvaluatedCandidate, Searcher, SearcherKind, SearcherOptions } from "../searcher.ts";
import { population } from "../sharedSettings.ts";
import { createProposer } from "./proposer.ts";
import { createStaged } from "./staged.ts";

const settings = z.strictObject({
  pool: z.int().min(20).optional().describe("Candidates considered for each batch, 1,000 by default: more are slower, fewer find less."),
  /** Without effect: so an experiment with another algorithm can be repeated with this one by changing one word. */
  population,
});
type Settings = z.output<typeof settings>;

const usualPool = 1000;

export const bayesian: SearcherKind<typeof settings> = {
  name: "bayesian",
  settings,
  learnsFromEarlier: true,
  create: createBayesianSearcher,
  plan: ({ pool = usualPool }) => ({ pool }),
};

/** Candidates asked for at once. */
const batch = 4;

/**
 * Bayesian optimisation: Gaussian processes of the objectives, and the candidates of largest expected hypervolume improvement
 * (Emmerich, Giannakoglou and Naujoks, IEEE Trans. Evol. Comput. 10(4), 2006; for one objective expected improvement, Jones, Schonlau
 * and Welch 1998), in batches by believing the mean of those chosen before (Ginsbourger, Le Riche and Carraro 2010). It begins with
 * one candidate of each region of the space.
 *
 * Where it differs from the papers: the kernels look at features of the candidates' graphs where those are given; a cost's noise
 * grows with the cost; what costs nothing to know is not modelled; three and more objectives are compared by random
 * hypervolume scalarisations; of many trials the models see those near the front and a spread of the others.
 *
 * What it proposes depends on the trials told up to the last whole batch alone, in one order without end, of which it asks for
 * what is not seen yet. So nothing has to be kept to continue a run.
 */
function createBayesianSearcher<G>(options: SearcherOptions<G>, { pool = usualPool }: Settings): Searcher<G> {
  const { rng, objectives } = options;
  if (fidelitiesOf(options).length > 1) return createStaged(options, pool);
  const candidates = new Candidates(options);
  const told: EvaluatedCandidate<G>[] = [];
  const propose = createProposer(options, pool, rng.fork("proposals"));
  let order: { readonly trials: number; readonly best: Iterator<G> } | undefined;

  const next = (draw: Rng): G | undefined => {
    const trials = told.length - (told.length % batch);
    if (order?.trials !== trials) order = { trials, best: propose(told.slice(0, trials)) };
    for (let step = order.best.next(); !step.done; step = order.best.next()) {
      if (candidates.markSeen(step.value)) return step.value;
    }
    return candidates.sample(draw);
  };

  return {
    name: "bayesian",
    batch,
    ask: (count) => candidates.ask(count, next),
    tell(trials) {
      for (const trial of trials) {
        checkObjectives("bayesian", trial, objectives);
        candidates.markSeen(trial.genotype);
        told.push(trial);
      }
    },
  };
}
