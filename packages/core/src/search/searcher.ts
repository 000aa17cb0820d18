/** What a search algorithm is: the interface, what it is made from, and how it is entered in the table of them. */
import type { z } from "zod";
import type { Rng } from "../base/index.ts";

/** What a searcher needs to know of a search space. It never sees networks or devices. */
export interface Variation<G> {
  readonly size: bigint;
  sample(rng: Rng): G;
  mutate(g: G, rng: Rng): G;
  crossover(a: G, b: G, rng: Rng): G;
  encode(g: G): Float64Array;
  format(g: G): string;
  parse(text: string): G;
  /** Every architecture once, in an order of the space's own; where it is absent, a small space is listed by sampling. */
  enumerate?(): Iterable<G>;
}

/**
 * What became of a candidate.
 * - `feasible`: within every budget; `objectives` are all known and all to be minimised. `slack`, where it is known, says how far
 *   within (least over the budgets of 1 − cost / budget, 0 at a budget).
 * - `infeasible`: over budget; `violation` > 0 says by how much (sum over the budgets of cost / budget − 1). It was evaluated
 *   nevertheless where it has `objectives`: then there is something to learn from it, and it still belongs to no front.
 * - `failed`: could not be evaluated; says nothing about its neighbours.
 */
export type Evaluation =
  | { readonly status: "feasible"; readonly objectives: readonly number[]; readonly slack?: number }
  | { readonly status: "infeasible"; readonly violation: number; readonly objectives?: readonly number[] }
  | { readonly status: "failed" };

/**
 * A candidate and what became of it at a fidelity: a position in `SearcherOptions.fidelities`, full where it is absent. One that is
 * evaluated at several fidelities is told once at each.
 */
export type EvaluatedCandidate<G> = { readonly genotype: G; readonly fidelity?: number } & Evaluation;

/** How thoroughly a candidate may be evaluated: trained for some of its steps, or on some of the data. */
export interface SearchFidelity {
  /** Share of a full evaluation that it costs, above 0; 1 for the full one. */
  readonly cost: number;
}

/** A candidate that a searcher wants evaluated, and how thoroughly. */
export interface Question<G> {
  readonly genotype: G;
  /** Position in `SearcherOptions.fidelities`. */
  readonly fidelity: number;
}

/**
 * A search algorithm by ask and tell: no input, no output, no clock; its generator is an argument of its maker.
 * It may be used in two ways, and promises to continue a resumed run in either as if it had never stopped.
 *
 * By generation: what was asked is told in the order in which it was asked, and before more is asked. What is asked
 * next then depends only on the trials told so far, neither on how they were grouped nor on whether they
 * were asked first; and a batch may be asked in pieces. So a run that was cut off within a batch tells the trials
 * it has, in any grouping, asks for the rest of the batch, and gets just the candidates that were lost.
 *
 * Steadily: asks and tells alternate at will, and what was asked is told in any order, if ever. What is asked next
 * then depends on how many candidates were asked between which tells, and on what was told in which order, and on
 * nothing else: neither on how asks or tells were grouped, nor on asks that gave nothing. So a run that repeats its recorded asks and
 * tells gets the same candidates, those included that were asked and never told.
 * Held by the conformance suite `testing/searcher`.
 */
export interface Searcher<G> {
  readonly name: string;
  /** How many candidates it likes to be asked for at once: its generation. */
  readonly batch: number;
  /**
   * Up to `count` candidates, none of them ever asked or told before. Fewer, or none, when the space holds no
   * more that it could find within its limit of tries.
   */
  ask(count: number): G[];
  /**
   * What those ask instead of `ask` who offer several fidelities; absent in algorithms that know of none, see `questionsOf`. The
   * promises are the same, of candidates at a fidelity: one that was asked or told before is asked again only at a higher one. `batch` counts questions.
   */
  questions?(count: number): Question<G>[];
  tell(trials: readonly EvaluatedCandidate<G>[]): void;
}

/** Numbers by name; a name that is absent stands for 0. */
export type NamedNumbers = ReadonlyMap<string, number>;

/** What can be seen of a candidate without evaluating it, for models of its objectives. */
export interface CandidateFeatures {
  /**
   * A few numbers on which objectives may depend smoothly: counts, depths, logarithms of sizes. Names that begin with the same word go
   * together: of a candidate that has none of them they are unknown, not 0.
   */
  readonly summary: NamedNumbers;
  /** Many small ones that tell candidates of equal summaries apart: which parts stand beside which. */
  readonly structure: NamedNumbers;
  /** What is executed, for costs: counts of parts, those included that do nothing for the result. */
  readonly executed: NamedNumbers;
}

/** What is known of one objective of a candidate that nobody has evaluated. */
export interface KnownObjective {
  /** Exact where `sd` is 0, otherwise the median of a prediction. */
  readonly value: number;
  /** Of what an evaluation would show, in the objective's unit. */
  readonly sd: number;
}

/** What an objective is like. */
export interface ObjectiveTraits {
  /** A `cost` grows with what is executed, and its noise with the cost; a `score` is what training gives, and has none. */
  readonly nature: "score" | "cost";
  /** No value is smaller. */
  readonly least?: number;
  /** From here on values are equally useless: those of guessing. */
  readonly worst?: number;
  /** Every fidelity shows what a full evaluation would: so does a latency that does not depend on how long a network is trained. */
  readonly atAnyFidelity?: boolean;
}

/** What a run found before, on the same space: on another device, another dataset, another task. */
export interface EarlierRun<G> {
  readonly trials: readonly EarlierTrial<G>[];
}

export interface EarlierTrial<G> {
  readonly genotype: G;
  /** In the order of the new run's objectives; undefined where the earlier run did not see one. */
  readonly objectives: readonly (number | undefined)[];
}

/** What a searcher is made from. */
export interface SearcherOptions<G> {
  readonly space: Variation<G>;
  readonly rng: Rng;
  /** How many objectives a feasible trial has. */
  readonly objectives: number;
  /** How many evaluations the run intends, those at low fidelity counted by their cost; a searcher may plan by it. */
  readonly evaluations: number;
  /** What can be seen of a candidate; by default its encoding alone. The same candidate always has the same features. */
  readonly features?: (g: G) => CandidateFeatures;
  /** What the objectives are like, in their order; by default scores of which nothing is known. */
  readonly traits?: readonly ObjectiveTraits[];
  /** What costs nothing to know of a candidate's objectives, in their order; undefined for those that must be evaluated. Always the same for the same candidate. */
  readonly known?: (g: G) => readonly (KnownObjective | undefined)[];
  /** By how much a candidate is over the budgets that can be checked without evaluating it; 0 within. */
  readonly violation?: (g: G) => number;
  /** Candidates that are asked before all others, in this order, but for those that were told. */
  readonly start?: readonly G[];
  /** What runs found before; a searcher may learn from them as far as they look like this one. */
  readonly earlier?: readonly EarlierRun<G>[];
  /** At which fidelities candidates may be evaluated, the cheapest first; the last is full. By default that alone. */
  readonly fidelities?: readonly SearchFidelity[];
  /** Whether candidates over these budgets are turned away at no cost: then asking for one is no loss, and shows how far over it is. */
  readonly turnsAway?: boolean;
  /** How probably a candidate is within the budgets that only a prediction is checked against so far; by default surely. */
  readonly withinBudgets?: (g: G) => number;
}

/** A search algorithm as its file exports it, and as a row of the table in `searchers.ts`. */
export interface SearcherKind<S extends z.ZodObject = z.ZodObject> {
  /** As an experiment's `search.algorithm` has it. */
  readonly name: string;
  /** Whether it is no more than random search where one fidelity is offered. */
  readonly needsFidelities?: true;
  /** Whether it learns from `SearcherOptions.earlier`. */
  readonly learnsFromEarlier?: true;
  /**
   * What an experiment may say beside `algorithm`: `search: { algorithm: nsga2, population: 16 }`. It takes what it gives, because
   * a stored experiment is read with it again; and algorithms that share a setting's name share its meaning.
   */
  readonly settings: S;
  create<G>(options: SearcherOptions<G>, settings: z.output<S>): Searcher<G>;
  /**
   * All settings that it goes by: those given, and what it chooses in place of those left out, perhaps by the number of
   * evaluations. A run can be resumed with other settings or more evaluations only where these stay the same.
   */
  plan(settings: z.output<S>, evaluations: number): Readonly<Record<string, unknown>>;
}
