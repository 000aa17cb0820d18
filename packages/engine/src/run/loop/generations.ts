/** The search by generation. */
import type { Trial } from "@archwright/core";
import { beginTrial, type Candidate, type Evaluated, finishTrial } from "../evaluate.ts";
import { createReplay, type Replay } from "./replay.ts";
import { createTurns, dropWeights, type EndReason, frontOf, type SearchState, tell, untilAborted } from "./searchState.ts";

/**
 * Searches by generation: all of it is evaluated, then told in the order in which it was asked. So the trials do not
 * depend on how many workers there are, nor on interruptions; the price is that workers wait for the last of a generation.
 */
export async function searchByGeneration(state: SearchState): Promise<EndReason> {
  const { problem, searcher, signal } = state;
  const { evaluations: wanted, candidates: limit } = problem.experiment.search;
  const replay = createReplay(state.store.trials(state.run.id));
  const turns = createTurns(state.recorder);
  while (state.evaluations < wanted) {
    signal?.throwIfAborted();
    if (state.candidates >= limit) return "candidates";
    // Never across the end of a generation: what is asked then would depend on how many evaluations are wanted in all, and a run could
    // not be given more of them later.
    const left = searcher.batch - (state.candidates % searcher.batch);
    const genotypes = searcher.ask(Math.min(left, wanted - state.evaluations, limit - state.candidates));
    if (genotypes.length === 0) return "exhausted";
    const batch = genotypes.map(
      (genotype, i): Candidate => ({
        number: state.candidates + i,
        genotype,
        architecture: problem.space.format(genotype),
        parents: state.lineage.asked(genotype, state.candidates + i),
      }),
    );
    const trials = await evaluateBatch(state, batch, replay);
    tell(
      state,
      genotypes,
      trials.map(({ trial }) => trial),
    );
    if (trials.some(({ replayed }) => !replayed)) dropWeights(state);
    if (turns.isDue()) await turns.take();
  }
  return "evaluations";
}

/** Evaluates a generation. Every trial is stored as soon as it is known; the result keeps the order of asking. */
async function evaluateBatch(
  state: SearchState,
  batch: readonly Candidate[],
  replay: Replay,
): Promise<readonly { readonly trial: Trial; readonly replayed: boolean }[]> {
  const { problem, run, executor, recorder, finished, signal } = state;
  const fresh = ({ trial, weights }: Evaluated) => {
    recorder.record(trial, weights);
    finished(trial, false);
    return { trial, replayed: false };
  };
  const pending = batch.map((candidate) => {
    const stored = replay.take(candidate.number, candidate.architecture);
    if (stored) {
      finished(stored, true);
      return { trial: stored, replayed: true };
    }
    const begun = beginTrial(problem, run.seed, candidate);
    if ("trial" in begun) return fresh(begun);
    const inherited = state.donors?.inherited(begun.open, frontOf(state));
    return finishTrial(problem, executor, begun.open, inherited).then(fresh);
  });
  return untilAborted(Promise.all(pending), signal);
}
