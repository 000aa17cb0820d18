/** One search on a table: what was evaluated in which order, and how long the algorithm itself took. */
import { createRng, type Rng } from "../../base/index.ts";
import { item, listAt } from "../../base/matrix.ts";
import { questionsOf } from "../fidelity/questions.ts";
import type { EarlierRun, EvaluatedCandidate, Evaluation, Question } from "../searcher.ts";
import { createSearcher, type SearcherSettings } from "../searchers.ts";
import { type TableTask, violationOf } from "./task.ts";

/** What a search did; the lists are by full evaluation, in order. */
export interface SearchTrace {
  /** Rows of the task's table. */
  readonly rows: readonly number[];
  /** What all evaluations up to and with this one had cost; where it is absent, all were full, and that is how many they were. */
  readonly spent?: readonly number[];
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

/** Of sums of costs. */
const tolerance = 1e-9;

/** Keeps the books of a search, whoever asks: an algorithm of ours or a program outside. */
export class TableRun<G> {
  readonly #task: TableTask<G>;
  readonly #evaluations: number;
  readonly #rows: number[] = [];
  readonly #seen = new Set<number>();
  readonly #ownSeconds: number[] = [];
  readonly #spent: number[] = [];
  #cost = 0;

  constructor(task: TableTask<G>, evaluations: number) {
    this.#task = task;
    this.#evaluations = evaluations;
  }

  /** Evaluations that may still be made, those at lower fidelities counted by their cost. */
  get left(): number {
    const { objectives, fidelities } = this.#task;
    if (this.#rows.length >= objectives.length) return 0;
    return (fidelities.length > 1 ? this.#evaluations : Math.min(this.#evaluations, objectives.length)) - this.#cost;
  }

  get trace(): SearchTrace {
    const trace = { rows: this.#rows, ownSeconds: this.#ownSeconds };
    return this.#task.fidelities.length > 1 ? { ...trace, spent: this.#spent } : trace;
  }

  /** Whether an evaluation at a fidelity may still be made. */
  affords(fidelity: number): boolean {
    return item(this.#task.fidelities, fidelity).cost <= this.left + tolerance;
  }

  /** What an evaluation at a fidelity below the full one shows: failed where the table does not say. It counts by its cost. */
  evaluateAt(fidelity: number, architecture: string): Evaluation {
    this.#pay(item(this.#task.fidelities, fidelity).cost);
    const row = this.#task.rowOf.get(architecture);
    if (row === undefined) return { status: "failed" };
    const violation = violationOf(this.#task, row);
    if (violation > 0) return { status: "infeasible", violation };
    const within = violation < 0 ? { slack: -violation } : {};
    const objectives = listAt(item(this.#task.lower, fidelity), row);
    const known = objectives.length === this.#task.objectiveNames.length && objectives.every(Number.isFinite);
    return known ? { status: "feasible", objectives, ...within } : { status: "failed" };
  }

  #pay(cost: number): void {
    // Sums of decimal fractions are decimal fractions.
    this.#cost = Math.round((this.#cost + cost) * 1e9) / 1e9;
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
      this.#pay(1);
      this.#spent.push(this.#cost);
      this.#rows.push(row);
      this.#ownSeconds.push(ownSeconds);
    }
    const violation = violationOf(this.#task, row);
    if (violation > 0) return { status: "infeasible", violation };
    return { status: "feasible", objectives: listAt(this.#task.objectives, row), ...(violation < 0 && { slack: -violation }) };
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
  /** What it knows of runs before. */
  readonly earlier?: readonly EarlierRun<G>[];
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
  const { algorithm, settings, evaluations, rng, earlier } = run;
  const books = new TableRun(task, evaluations);
  let ownSeconds = 0;
  const timed = <T>(work: () => T): T => {
    const began = now();
    const result = work();
    ownSeconds += now() - began;
    return result;
  };
  const { fidelities } = task;
  const full = fidelities.length - 1;
  const objectives = task.objectiveNames.length;
  const options = {
    space: task.space,
    rng,
    objectives,
    evaluations,
    ...task.seen,
    ...(full > 0 && { fidelities }),
    ...(earlier && { earlier }),
  };
  const searcher = timed(() => createSearcher(algorithm, options, settings));
  const evaluate = ({ genotype, fidelity }: Question<G>): EvaluatedCandidate<G> => {
    const architecture = task.space.format(genotype);
    if (fidelity < full) return { genotype, fidelity, ...books.evaluateAt(fidelity, architecture) };
    return { genotype, ...books.evaluate(architecture, ownSeconds) };
  };
  let asked: readonly Question<G>[] = run.initial.map((genotype) => ({ genotype, fidelity: full }));
  while (true) {
    const told: EvaluatedCandidate<G>[] = [];
    for (const question of asked) {
      if (!books.affords(question.fidelity)) return books.trace;
      told.push(evaluate(question));
    }
    if (told.length > 0) timed(() => searcher.tell(told));
    if (books.left <= tolerance) break;
    const count = Math.min(searcher.batch, Math.ceil(books.left / item(fidelities, 0).cost));
    asked = timed(() => questionsOf(searcher, count, fidelities));
    if (asked.length === 0) break;
  }
  return books.trace;
}
