/** The steady search, which keeps every slot busy, and its repetition from the stored order. */
import type { Trial } from "@archwright/core";
import { beginTrial, type Candidate, type Evaluated, finishTrial } from "../evaluate.ts";
import { checkReplayed, createToldReplay } from "./replay.ts";
import { createTurns, dropWeights, type EndReason, type SearchState, type Turns, tell, untilAborted } from "./searchState.ts";

/** The slots of an executor may change while it runs; while trials are awaited they are looked at this often. */
const SLOTS_LOOKED_AT_MS = 250;

/**
 * Searches without a barrier: whenever the executor has a free slot the searcher is asked for one candidate, and it is told
 * of each trial as it ends. What it asks then depends on the order in which trials end, so that order is stored:
 * with each trial its place in the order of telling, and how many had been asked by then. That fixes every ask and tell up to the
 * last trial stored. A resumed run repeats them, and begins anew what had been asked and had not ended.
 *
 * What a cheap gate stops is told at once and takes no slot.
 */
export async function searchSteadily(state: SearchState): Promise<EndReason> {
  const { problem, signal, executor } = state;
  const { evaluations: wanted, candidates: limit } = problem.experiment.search;
  const turns = createTurns(state.recorder);
  const asked = createAsked(state);
  await replayStored(state, asked, turns);

  const running = createRunning();
  /** Asked before the interruption, to be begun anew. */
  const reopened = [...asked.open.values()];
  const hasRoom = () => running.count() === 0 || running.count() < executor.slots;
  const mayAsk = () => asked.count() < limit && state.evaluations + asked.open.size < wanted;

  for (;;) {
    signal?.throwIfAborted();
    const candidate = hasRoom() ? (reopened.shift() ?? (mayAsk() ? asked.next() : undefined)) : undefined;
    if (candidate) {
      const begun = beginTrial(problem, state.run.seed, candidate);
      if ("trial" in begun) end(state, asked, begun);
      else {
        // All that led to this ask is stored before the job goes out; and nothing is told before the slots are full. So where this
        // process is killed and resumed with no fewer slots, jobs that workers still have are asked for again, under their numbers.
        state.recorder.flush();
        running.add(finishTrial(problem, executor, begun.open));
      }
      if (turns.isDue()) await turns.take();
      continue;
    }
    const ended = running.takeEnded();
    for (const evaluated of ended) end(state, asked, evaluated);
    if (ended.length > 0) continue;
    if (running.count() > 0) await untilAborted(running.change(SLOTS_LOOKED_AT_MS), signal);
    else if (state.evaluations >= wanted) return "evaluations";
    else return asked.count() >= limit ? "candidates" : "exhausted";
  }
}

/** Stores a trial that has ended, with its place in the order of telling, and tells it. */
function end(state: SearchState, asked: Asked, { trial: ended, weights }: Evaluated): void {
  const trial: Trial = Object.assign(ended, { told: { place: state.candidates, asked: asked.count() } });
  const { genotype } = asked.take(trial.number);
  state.recorder.record(trial, weights);
  state.finished(trial, false);
  tell(state, [genotype], [trial]);
  // As often as a search by generation does it.
  if (state.candidates % state.searcher.batch === 0) dropWeights(state);
}

/** Asks and tells what the stored trials say, in their order. @throws Error where the searcher asks for something else. */
async function replayStored(state: SearchState, asked: Asked, turns: Turns): Promise<void> {
  for (const trial of createToldReplay(state.store.trials(state.run.id))) {
    while (asked.count() < trial.told.asked) checkReplayed(trial, asked.next() !== undefined, "nothing more");
    const candidate = asked.take(trial.number);
    checkReplayed(trial, candidate.architecture === trial.architecture, candidate.architecture);
    state.finished(trial, true);
    tell(state, [candidate.genotype], [trial]);
    if (turns.isDue()) await turns.take();
    state.signal?.throwIfAborted();
  }
}

/** The candidates asked for, numbered in the order of asking. */
interface Asked {
  count(): number;
  /** Asked and not told, by number. */
  readonly open: ReadonlyMap<number, Candidate>;
  /** Asks for one more; nothing where the searcher finds none. */
  next(): Candidate | undefined;
  /** Takes one out of those not told. */
  take(number: number): Candidate;
}

function createAsked({ searcher, problem, lineage }: SearchState): Asked {
  const open = new Map<number, Candidate>();
  let count = 0;
  return {
    count: () => count,
    open,
    next: () => {
      const [genotype] = searcher.ask(1);
      if (genotype === undefined) return undefined;
      const number = count++;
      const parents = lineage.asked(genotype, number);
      const candidate: Candidate = { number, genotype, architecture: problem.space.format(genotype), parents };
      open.set(candidate.number, candidate);
      return candidate;
    },
    take: (number) => {
      const candidate = open.get(number);
      if (!candidate) throw new Error(`trial ${number} was not asked for, or is told twice`);
      open.delete(number);
      return candidate;
    },
  };
}

/** Trials that the executor is running. */
interface Running {
  /** Those that have not been taken yet, ended or not: they hold the slots. */
  count(): number;
  add(trial: Promise<Evaluated>): void;
  /** Those that have ended since, in the order in which they did. @throws what one of them rejected with. */
  takeEnded(): readonly Evaluated[];
  /** Resolves when one has ended, or after some time. */
  change(withinMs: number): Promise<void>;
}

function createRunning(): Running {
  let count = 0;
  let ended: Evaluated[] = [];
  let broken: { readonly error: unknown } | undefined;
  let wake = () => {};
  return {
    count: () => count,
    add: (trial) => {
      count++;
      trial
        .then(
          (evaluated) => ended.push(evaluated),
          (error: unknown) => {
            broken ??= { error };
          },
        )
        .finally(() => wake());
    },
    takeEnded: () => {
      if (broken) throw broken.error;
      const taken = ended;
      ended = [];
      count -= taken.length;
      return taken;
    },
    change: (withinMs) =>
      new Promise((resolve) => {
        if (ended.length > 0 || broken) return resolve();
        const timer = setTimeout(resolve, withinMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
  };
}
