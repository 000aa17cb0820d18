// @ts-check
/** A plugin with a kind of evaluator: nothing is trained, and a network's score grows with its parameters. */
import { definePlugin, definePluginEvaluator } from "@archwright/core";
import { z } from "zod";
import { scoreOf } from "./score.js";

/**
 * What an experiment keeps of it: plain JSON.
 * @typedef {{ readonly kind: "parameter-score", readonly half: number }} Spec
 */

const schema = z
  .strictObject({ half: z.int().positive().default(20_000).describe("So many parameters have half of the highest score.") })
  .describe("Score networks by their number of parameters, in place of training them.");

/** @type {import("@archwright/core").EvaluatorKind<Spec>} */
export const kind = {
  kind: "parameter-score",
  keys: { parameter_score: schema.optional() },
  chosenBy: "parameter_score",
  meaning: { text: "a score by the number of parameters", example: "parameter_score: { half: 20000 }" },
  runs: "worker",
  verb: "trained",
  tests: false,
  resolve: async (document) => {
    const { half } = /** @type {z.output<typeof schema>} */ (document.parameter_score);
    return { evaluator: { kind: "parameter-score", half } };
  },
  inWords: ({ half }) => `scored by parameters, ${half} of them half`,
  stages: () => [{ epochs: 1, seeds: 1 }],
  decides: ({ kind, half }) => ({ kind, half }),
  describe: ({ half }) => ({ parameter_score: { half } }),
};

/** Opens it in a worker process: what is returned is asked for one score after another. */
const evaluator = definePluginEvaluator(kind, async ({ space, task, spec }) => ({
  evaluate: async (architecture) => ({ score: scoreOf(space.network(space.parse(architecture), task), spec.half) }),
}));

export default definePlugin({ evaluators: [evaluator] });
