/** What algorithms that promote have in common: who reached which fidelity, and who is good enough for the next. */
import { item, numberAt } from "../../base/matrix.ts";
import { leastCrowded } from "../algorithms/nsga2.ts";
import { Candidates, checkObjectives } from "../candidates/candidates.ts";
import type { EvaluatedCandidate, Question, SearcherOptions, SearchFidelity } from "../searcher.ts";
import { fidelitiesOf } from "./questions.ts";

/** Candidates by the fidelities at which they were asked and told. */
export class Rungs<G> {
  readonly fidelities: readonly SearchFidelity[];
  readonly #name: string;
  readonly #options: SearcherOptions<G>;
  readonly #candidates: Candidates<G>;
  /** By fidelity, in the order of telling. Failed ones are not among them. */
  readonly #told: readonly EvaluatedCandidate<G>[][];
  /** By text: the highest fidelity asked or told. */
  readonly #reached = new Map<string, number>();
  #questions = 0;

  /** @param name of the searcher. */
  constructor(name: string, options: SearcherOptions<G>) {
    this.#name = name;
    this.#options = options;
    this.#candidates = new Candidates(options);
    this.fidelities = fidelitiesOf(options);
    this.#told = this.fidelities.map(() => []);
  }

  /** Questions that were asked, or answered without having been asked. */
  get questions(): number {
    return this.#questions;
  }

  /** How many were told at a fidelity and did not fail. */
  told(fidelity: number): number {
    return item(this.#told, fidelity).length;
  }

  /** The next of those that the search starts from; nothing where all of them were asked or told. */
  start(fidelity: number): Question<G> | undefined {
    const genotype = this.#candidates.start();
    return genotype === undefined ? undefined : this.#note(genotype, fidelity);
  }

  /** A new candidate, random but for those that the search starts from; nothing where none was found. */
  sample(fidelity: number): Question<G> | undefined {
    const genotype = this.#candidates.start() ?? this.#candidates.sample(this.#candidates.draw());
    return genotype === undefined ? undefined : this.#note(genotype, fidelity);
  }

  /** Asks for a candidate at a fidelity, unless it was asked or told at that or a higher one. */
  ask(genotype: G, fidelity: number): Question<G> | undefined {
    return this.#reachedBy(genotype) < fidelity ? this.#note(genotype, fidelity) : undefined;
  }

  /**
   * The first of the best `capacity` at a fidelity, by fronts and of the last front the least crowded, that was not asked at a higher
   * one: asked at the next. Nothing where all of them were.
   */
  promote(fidelity: number, capacity: number): Question<G> | undefined {
    const best = leastCrowded(item(this.#told, fidelity), capacity);
    const found = best.find(({ told }) => this.#reachedBy(told.genotype) === fidelity);
    return found && this.#note(found.told.genotype, fidelity + 1);
  }

  /** Where no new candidates are left: the best that did not come to the top, from the highest fidelity down. */
  promoteAny(): Question<G> | undefined {
    for (let fidelity = this.fidelities.length - 2; fidelity >= 0; fidelity--) {
      const question = this.promote(fidelity, this.told(fidelity));
      if (question) return question;
    }
    return undefined;
  }

  tell(trials: readonly EvaluatedCandidate<G>[]): void {
    for (const trial of trials) {
      checkObjectives(this.#name, trial, this.#options.objectives);
      const { genotype, fidelity = this.fidelities.length - 1 } = trial;
      const at = this.#told[fidelity];
      if (!at) throw new Error(`${this.#name}: there is no fidelity ${fidelity}`);
      if (this.#reachedBy(genotype) < fidelity) this.#note(genotype, fidelity);
      if (trial.status !== "failed") at.push(trial);
    }
  }

  /** −1 for one that was neither asked nor told. */
  #reachedBy(genotype: G): number {
    return this.#reached.get(this.#options.space.format(genotype)) ?? -1;
  }

  #note(genotype: G, fidelity: number): Question<G> {
    this.#candidates.markSeen(genotype);
    this.#reached.set(this.#options.space.format(genotype), fidelity);
    this.#questions++;
    return { genotype, fidelity };
  }
}

/** Of how many at a fidelity one goes on to the next: as given, or as many as the next costs more, so that every fidelity costs the same. */
export function reductionsOf(fidelities: readonly SearchFidelity[], reduction: number | undefined): readonly number[] {
  const costs = fidelities.map(({ cost }) => cost);
  return costs.slice(1).map((cost, i) => reduction ?? Math.max(2, Math.round(cost / numberAt(costs, i))));
}
