/** One search on a table: what was evaluated in which order, and how long the algorithm itself took. */
import { createRng, type Rng } from "../../base/index.ts";
import { listAt } from "../../base/matrix.ts";
import type { EvaluatedCandidate, Evaluation } from "../searcher.ts";
import { createSearcher, type SearcherSettings } from "../searchers.ts";
import { type TableTask, violationOf } from "./task.ts";

/** What a search did; both lists are by evaluation, in order. */
export interface SearchTrace {
  /** Rows of the task's table. */
  readonly rows: readonly number[];
  /** Time that the algorithm itself had taken when it had chosen this candidate, s. Not reproducible. */
  readonly ownSeconds: readonly number[];
}

/** One search: which algorithm, and which of the repeats. */
export interface SearchRun {
  /** A name that `createSearcher` knows. */
  readonly algorithm: string;
  readonly settings: SearcherSettings;
  readonly evaluations: number;
  /** How many candidates, the same for every algorithm of this repeat, are told at the start. They count as evaluations. */
  readonly initial: number;
  readonly seed: number | string;
  /** Number of the repeat: algorithms of the same repeat draw from the same seed. */
  readonly repeat: number;
  /** Above 0 for an algorithm that takes part more than once: it shares the initial candidates and draws for itself. */
  readonly copy: number;
}

/** Keeps the books of a search, whoever asks: an algorithm of ours or a program outside. */
export class TableRun<G> {
  readonly #task: TableTask<G>;
  readonly #evaluations: number;
  readonly #rows: number[] = [];
  readonly #seen = new Set<number>();
  readonly #ownSeconds: number[] = [];

  constructor(task: TableTask<G>, evaluations: number) {
    this.#task = task;
    this.#evaluations = evaluations;
  }

  /** Evaluations that may still be made. */
  get left(): number {
    return Math.min(this.#evaluations, this.#task.objectives.length) - this.#rows.length;
  }

  get trace(): SearchTrace {
    return { rows: this.#rows, ownSeconds: this.#ownSeconds };
  }

  /**
   * What an evaluation of an architecture shows: failed for one that the table does not know. It counts as an evaluation where it is
   * known and was not evaluated before.
   * @param ownSeconds time that the algorithm itself has taken so far, s.
   */
  evaluate(architecture: string, ownSeconds: number): Evaluation {
    const row = this.#task.rowOf.get(architecture);
    if (row === undefined) return { status: "failed" };
    if (!this.#seen.has(row) && this.left > 0) {
      this.#seen.add(row);
      this.#rows.push(row);
      this.#ownSeconds.push(ownSeconds);
    }
    const violation = violationOf(this.#task, row);
    if (violation > 0) return { status: "infeasible", violation };
    return { status: "feasible", objectives: listAt(this.#task.objectives, row) };
  }
}

/** The generator of a run: the same for all algorithms of a repeat, so that those that begin with random candidates share them. */
export function rngOfRun(task: string, { seed, repeat, copy }: Pick<SearchRun, "seed" | "repeat" | "copy">): Rng {
  const rng = createRng(`${seed}/compare ${task}/${repeat}`);
  return copy === 0 ? rng : rng.fork(`copy ${copy}`);
}

/** The candidates that every algorithm of a repeat is told at its start. */
export function initialDesign<G>(task: TableTask<G>, { initial, seed, repeat }: Pick<SearchRun, "initial" | "seed" | "repeat">): G[] {
  if (initial === 0) return [];
  const rng = createRng(`${seed}/compare ${task.name}/${repeat}/initial`);
  const objectives = task.objectiveNames.length;
  return createSearcher("random", { space: task.space, rng, objectives, evaluations: initial }).ask(initial);
}

/** What {@link runOnTable} goes by beside the task. */
export interface RunOptions<G> {
  /** A name that `createSearcher` knows. */
  readonly algorithm: string;
  readonly settings: SearcherSettings;
  readonly evaluations: number;
  readonly rng: Rng;
  /** Candidates that the algorithm is told at its start; they count as evaluations. */
  readonly initial: readonly G[];
}

/**
 * Runs one search of a comparison by an algorithm of ours.
 * @param now a clock, s; without it own times are 0.
 */
export function searchTable<G>(task: TableTask<G>, run: SearchRun, now?: () => number): SearchTrace {
  const { algorithm, settings, evaluations } = run;
  return runOnTable(task, { algorithm, settings, evaluations, rng: rngOfRun(task.name, run), initial: initialDesign(task, run) }, now);
}

/**
 * The loop of every search on a table: asks, looks up, tells. It ends before its evaluations where the algorithm asks for nothing
 * more.
 * @param now a clock, s; without it own times are 0.
 */
export function runOnTable<G>(task: TableTask<G>, run: RunOptions<G>, now: () => number = () => 0): SearchTrace {
  const { algorithm, settings, evaluations, rng } = run;
  const books = new TableRun(task, evaluations);
  let ownSeconds = 0;
  const timed = <T>(work: () => T): T => {
    const began = now();
    const result = work();
    ownSeconds += now() - began;
    return result;
  };
  const options = { space: task.space, rng, objectives: task.objectiveNames.length, evaluations, ...task.seen };
  const searcher = timed(() => createSearcher(algorithm, options, settings));
  const evaluate = (genotype: G): EvaluatedCandidate<G> => ({ genotype, ...books.evaluate(task.space.format(genotype), ownSeconds) });
  let asked: readonly G[] = run.initial;
  while (true) {
    if (asked.length > 0) {
      const told = asked.map(evaluate);
      timed(() => searcher.tell(told));
    }
    if (books.left <= 0) break;
    asked = timed(() => searcher.ask(Math.min(searcher.batch, books.left)));
    if (asked.length === 0) break;
  }
  return books.trace;
}
