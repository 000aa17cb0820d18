/** The run loop: ask, gate, evaluate, store, tell; by generation or steadily. */
import {
  createRng,
  createSearcher,
  type EarlierRun,
  type Executor,
  ParetoArchive,
  type Run,
  type Store,
  searcherSettings,
  type Trial,
} from "@archwright/core";
import type { Problem } from "../problem.ts";
import { createDonors } from "./donors.ts";
import { foreknowledge } from "./foreknowledge.ts";
import { searchByGeneration } from "./generations.ts";
import { createLineage } from "./lineage.ts";
import { createProgress, type SearchProgress } from "./progress.ts";
import { createRecorder } from "./recorder.ts";
import { type EndReason, frontOf, type SearchState, withLaterWeights } from "./searchState.ts";
import { searchSteadily } from "./steady.ts";

export interface SearchOptions {
  readonly problem: Problem;
  readonly run: Run;
  readonly store: Store;
  readonly executor: Executor;
  /** What the search may learn from. */
  readonly earlier?: readonly EarlierRun<unknown>[];
  /** Aborted: the search stops at once and rejects with the signal's reason; what is stored stays. */
  readonly signal?: AbortSignal;
  readonly onTrial?: (progress: SearchProgress) => void;
}

export interface SearchResult {
  readonly reason: EndReason;
  readonly candidates: number;
  readonly evaluations: number;
  /** The feasible, non-dominated trials in order of the first objective. */
  readonly front: readonly Trial[];
}

/**
 * The run loop: the searcher is asked, candidates pass the gates, the executor evaluates, trials are stored, the searcher
 * is told. By generation (`generations.ts`) or steadily (`steady.ts`), as the experiment says.
 */
export async function search({ problem, run, store, executor, earlier = [], signal, onTrial }: SearchOptions): Promise<SearchResult> {
  const { experiment, space } = problem;
  const { algorithm, mode, evaluations, start = [] } = experiment.search;
  const objectives = experiment.objectives.length;
  const lineage = createLineage(space);
  const state: SearchState = {
    problem,
    run,
    store,
    executor,
    signal,
    searcher: createSearcher(
      algorithm,
      {
        ...{ space: lineage.space, rng: createRng(`${run.seed}/search`), objectives, evaluations, ...foreknowledge(problem) },
        start: start.map((text) => space.parse(text)),
        earlier,
      },
      searcherSettings(experiment),
    ),
    lineage,
    recorder: createRecorder(store, run.id),
    trainedLater: withLaterWeights(experiment, run, store),
    donors: createDonors(problem, run, store),
    archive: new ParetoArchive<Trial>(objectives),
    finished: onTrial ? createProgress(objectives, onTrial) : () => undefined,
    candidates: 0,
    evaluations: 0,
  };
  try {
    const reason = await (mode === "steady" ? searchSteadily : searchByGeneration)(state);
    return { reason, candidates: state.candidates, evaluations: state.evaluations, front: frontOf(state) };
  } finally {
    state.recorder.close();
  }
}
