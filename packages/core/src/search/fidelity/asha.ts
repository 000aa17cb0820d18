/** Asynchronous successive halving. */
import { z } from "zod";
import { numberAt } from "../../base/matrix.ts";
import type { Searcher, SearcherKind, SearcherOptions } from "../searcher.ts";
import { reduction } from "../sharedSettings.ts";
import { askingAt } from "./questions.ts";
import { Rungs, reductionsOf } from "./rungs.ts";

const settings = z.strictObject({
  reduction,
});
type Settings = z.output<typeof settings>;

/**
 * Asynchronous successive halving (Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht and Talwalkar, MLSys 2020, algorithm 2),
 * for several objectives as in Schmucker, Donini, Zafar, Salinas and Archambeau, "Multi-objective Asynchronous Successive Halving",
 * 2021: whenever it is asked, the first candidate goes on that is among the best 1/η at its fidelity, from the highest fidelity down;
 * where there is none, a random new candidate begins at the lowest.
 *
 * Where it differs from the papers:
 * - The best are whole fronts and of the last the least crowded ones (the NSGA-II variant of the second paper).
 * - Candidates over budget count as worse than all others, failed ones do not count.
 * - Where the space has no new candidates left, those that were left behind go on too, the best first.
 *
 * With one fidelity it is random search.
 */
export const asha: SearcherKind<typeof settings> = {
  name: "asha",
  settings,
  needsFidelities: true,
  create: createAsha,
  plan: ({ reduction }) => (reduction === undefined ? {} : { reduction }),
};

function createAsha<G>(options: SearcherOptions<G>, { reduction }: Settings): Searcher<G> {
  const rungs = new Rungs("asha", options);
  const reductions = reductionsOf(rungs.fidelities, reduction);

  const next = () => {
    for (let fidelity = reductions.length - 1; fidelity >= 0; fidelity--) {
      const question = rungs.promote(fidelity, Math.floor(rungs.told(fidelity) / numberAt(reductions, fidelity)));
      if (question) return question;
    }
    return rungs.sample(0) ?? rungs.promoteAny();
  };

  return { name: "asha", batch: 1, ...askingAt("asha", rungs.fidelities, next), tell: (trials) => rungs.tell(trials) };
}
