// @ts-check
/** A plugin with a search algorithm: simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983) on randomly weighted objectives. */
import { definePlugin } from "@archwright/core";
import { Candidates } from "@archwright/core/search";
import { z } from "zod";

const settings = z.strictObject({
  cooling: z.number().positive().lt(1).optional().describe("Factor on the temperature after each trial, 0.95 by default."),
});

/** @typedef {import("zod").output<typeof settings>} Settings */

/** @param {Settings} settings */
const planned = ({ cooling = 0.95 }) => ({ cooling });

/**
 * Walks from neighbour to neighbour: to a better one always, to a worse one the more rarely the later it is. What is proposed
 * depends only on the trials told so far and on the generator of the candidate's number, so a resumed run goes on as it would have.
 * @template G
 * @param {import("@archwright/core/search").SearcherOptions<G>} options
 * @param {Settings} settings
 * @returns {import("@archwright/core/search").Searcher<G>}
 */
function createAnnealing(options, settings) {
  const { cooling } = planned(settings);
  const { space, rng } = options;
  const candidates = new Candidates(options);
  const chance = rng.fork("annealing");
  // The same weights all the way: each seed looks at another part of the front.
  const weights = Array.from({ length: options.objectives }, () => 0.1 + chance.next());
  /** @type {{ genotype: G, energy: number } | undefined} */
  let current;
  let temperature = 1;

  /** @param {readonly number[]} objectives */
  const energyOf = (objectives) =>
    objectives.reduce((sum, value, i) => sum + /** @type {number} */ (weights[i]) * Math.log1p(Math.abs(value)), 0);

  return {
    name: "annealing",
    // One step at a time: each depends on the one before. With 'mode: steady' as many are under way as there are workers.
    batch: 1,
    ask: (count) =>
      candidates.ask(count, (draw) => {
        const from = current?.genotype;
        return from === undefined ? candidates.sample(draw) : candidates.breed(draw, () => space.mutate(from, draw));
      }),
    tell(trials) {
      for (const trial of trials) {
        candidates.markSeen(trial.genotype);
        temperature *= cooling;
        // Drawn for every trial, whatever becomes of it: how trials are grouped must change nothing.
        const luck = chance.next();
        if (trial.status !== "feasible") continue;
        const energy = energyOf(trial.objectives);
        if (!current || energy < current.energy || luck < Math.exp((current.energy - energy) / temperature))
          current = { genotype: trial.genotype, energy };
      }
    },
  };
}

export default definePlugin({
  searchers: [{ name: "annealing", settings, create: createAnnealing, plan: planned }],
});
