/** Successive halving and Hyperband. */
import { z } from "zod";
import type { Searcher, SearcherKind, SearcherOptions } from "../searcher.ts";
import { reduction } from "../sharedSettings.ts";
import { askingAt } from "./questions.ts";
import { Rungs, reductionsOf } from "./rungs.ts";

const settings = z.strictObject({
  reduction,
  finalists: z
    .int()
    .min(1)
    .optional()
    .describe("Full evaluations at the end of each bracket. By default chosen by the number of evaluations."),
});
type Settings = z.output<typeof settings>;

const planned = ({ reduction, finalists }: Settings, evaluations: number) => ({
  ...(reduction !== undefined && { reduction }),
  finalists: finalists ?? Math.max(1, Math.round(evaluations / 25)),
});

/**
 * Successive halving (Jamieson and Talwalkar, AISTATS 2016), bracket after bracket: random candidates are evaluated at the lowest
 * fidelity, the best 1/η of them at the next, and so on to the full one.
 *
 * Where it differs from the paper:
 * - With several objectives the best are whole fronts and of the last the least crowded.
 * - A bracket's candidates are compared with all that were evaluated at that fidelity, so one that was left behind may still go on.
 * - Asked while answers are awaited it does not wait: it goes on with the best known, or with a new candidate.
 * - Where the space has no new candidates left, those that were left behind go on too, the best first.
 *
 * With one fidelity it is random search.
 */
export const successiveHalving: SearcherKind<typeof settings> = kindOf("successive-halving", 1);

/**
 * Hyperband (Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, JMLR 18, 2018): brackets of successive halving that begin at the lowest
 * fidelity, at the next, and so on to the full one in turn, for where low fidelities may mislead. It differs from the paper as
 * {@link successiveHalving} does, and in that all brackets end with as many full evaluations.
 */
export const hyperband: SearcherKind<typeof settings> = kindOf("hyperband", Number.POSITIVE_INFINITY);

/** @param brackets how many kinds of brackets take turns at most: one begins at each fidelity, from the lowest up. */
function kindOf(name: string, brackets: number): SearcherKind<typeof settings> {
  return {
    name,
    settings,
    needsFidelities: true,
    create: (options, chosen) => createBrackets(name, brackets, options, planned(chosen, options.evaluations)),
    plan: planned,
  };
}

/** Questions of a bracket at one fidelity. */
interface Stage {
  readonly fidelity: number;
  /** Whether the candidates are new. */
  readonly begins: boolean;
  readonly count: number;
}

function createBrackets<G>(
  name: string,
  brackets: number,
  options: SearcherOptions<G>,
  { reduction, finalists }: ReturnType<typeof planned>,
): Searcher<G> {
  const rungs = new Rungs(name, options);
  const reductions = reductionsOf(rungs.fidelities, reduction);
  const round = Array.from({ length: Math.min(brackets, rungs.fidelities.length) }, (_, begin) =>
    stagesOf(reductions, finalists, begin),
  ).flat();
  const length = round.reduce((sum, { count }) => sum + count, 0);
  /** Candidates that come to a fidelity from below, in a round and until the end of its stage `last`. */
  const promotions = (fidelity: number, last = round.length) =>
    round.slice(0, last).reduce((sum, stage) => sum + (stage.fidelity === fidelity && !stage.begins ? stage.count : 0), 0);

  const scheduled = () => {
    let place = rungs.questions % length;
    for (const [index, stage] of round.entries()) {
      place -= stage.count;
      if (place >= 0) continue;
      if (stage.begins) return rungs.sample(stage.fidelity);
      const capacity = Math.floor(rungs.questions / length) * promotions(stage.fidelity) + promotions(stage.fidelity, index + 1);
      return rungs.promote(stage.fidelity - 1, capacity);
    }
    return undefined;
  };
  const next = () => scheduled() ?? rungs.sample(0) ?? rungs.promoteAny();

  return { name, batch: finalists, ...askingAt(name, rungs.fidelities, next), tell: (trials) => rungs.tell(trials) };
}

/** The stages of a bracket that begins at a fidelity. */
function stagesOf(reductions: readonly number[], finalists: number, begin: number): readonly Stage[] {
  const count = (fidelity: number) => reductions.slice(fidelity).reduce((product, reduction) => product * reduction, finalists);
  return Array.from({ length: reductions.length + 1 - begin }, (_, i) => ({
    fidelity: begin + i,
    begins: i === 0,
    count: count(begin + i),
  }));
}
