/** What searchers with a model have in common: rounds, after each of which a model is fitted anew. */
import type { Rng } from "../../base/index.ts";
import { Candidates, checkObjectives } from "../candidates/candidates.ts";
import { createBudgetedSampler } from "../candidates/withinBudgets.ts";
import type { EvaluatedCandidate, Searcher, SearcherOptions } from "../searcher.ts";

/** What a proposal may go by. */
export interface Round<G> {
  /** All that was told when the round began, in that order, but for failed trials; never empty. */
  readonly trials: readonly EvaluatedCandidate<G>[];
  readonly draw: Rng;
  /** Whether a genotype was neither asked nor told when the round began, and is not known to be over budget. */
  isOpen(genotype: G): boolean;
}

export interface RoundsOptions<G> {
  readonly name: string;
  /** Trials of a round. */
  readonly batch: number;
  /** Trials that are drawn at random before the first proposal: a whole number of rounds is made of it. */
  readonly initial: number;
  /** New candidates, the best first: at least as many as the batch where it can, and more for those that ask ahead. */
  propose(round: Round<G>): Iterable<G>;
}

/**
 * Searches in rounds: what is asked is proposed from what was told up to the last full round. Until enough is told, and where the proposals
 * are used up, candidates are random.
 *
 * The proposals are worked out when the first of them is asked for, from what was known when the round began: a run that
 * is only told its trials, to be resumed, fits no model but the last. What is known to be over budget comes last.
 */
export function createRounds<G>(options: SearcherOptions<G>, { name, batch, initial, propose }: RoundsOptions<G>): Searcher<G> {
  const { rng, objectives, violation } = options;
  const candidates = new Candidates(options);
  const sample = createBudgetedSampler(options, candidates);
  const key = rng.fork("rounds");
  const rounds = Math.ceil(initial / batch);
  const trials: EvaluatedCandidate<G>[] = [];
  let told = 0;
  /** At the last full round: how many trials were told that did not fail, and how many genotypes were seen. */
  let begun = { trials: 0, seen: 0 };
  let queue: Iterator<G> | undefined;

  const proposals = (): Iterator<G> => {
    const { trials: count, seen } = begun;
    if (count === 0 || told < rounds * batch) return [][Symbol.iterator]();
    const isOpen = (genotype: G) => !candidates.isSeen(genotype, seen) && !((violation?.(genotype) ?? 0) > 0);
    const draw = key.fork(Math.floor(told / batch));
    return propose({ trials: trials.slice(0, count), draw, isOpen })[Symbol.iterator]();
  };

  const next = (draw: Rng): G | undefined => {
    queue ??= proposals();
    for (let { value, done } = queue.next(); !done; { value, done } = queue.next()) if (candidates.markSeen(value)) return value;
    return sample(draw);
  };

  return {
    name,
    batch,
    ask: (count) => candidates.ask(count, next),
    tell(all) {
      for (const trial of all) {
        checkObjectives(name, trial, objectives);
        candidates.markSeen(trial.genotype);
        if (trial.status !== "failed") trials.push(trial);
        if (++told % batch !== 0) continue;
        begun = { trials: trials.length, seen: candidates.count };
        queue = undefined;
      }
    },
  };
}
