/** What every searcher keeps of its run: what was seen, and how it comes by new candidates. */
import { createQuickRng, type Rng } from "../../base/index.ts";
import type { EvaluatedCandidate, SearcherOptions, Variation } from "../searcher.ts";
import { UnseenSampler } from "./unseenSampler.ts";

/** Children tried for one that is new, then steps of mutation from the last child, before a random candidate is drawn. */
const children = 4;
const mutationSteps = 4;
/** Candidates tried for one that is not known to be over budget, before the least over of them is taken. */
const triesWithin = 24;

type Origin<G> = Pick<SearcherOptions<G>, "space" | "rng" | "start" | "violation" | "turnsAway">;

/** What was asked or told, and a generator for each candidate. */
export class Candidates<G> {
  readonly #space: Variation<G>;
  readonly #unseen: UnseenSampler<G>;
  readonly #key: number;
  readonly #start: Iterator<G>;
  readonly #violation: SearcherOptions<G>["violation"];

  constructor({ space, rng, start = [], violation, turnsAway = false }: Origin<G>) {
    this.#space = space;
    this.#violation = turnsAway ? undefined : violation;
    this.#start = start[Symbol.iterator]();
    this.#unseen = new UnseenSampler(space, rng.fork("listing"));
    this.#key = rng.fork("candidates").int(2 ** 32);
  }

  /** How many were asked or told. */
  get count(): number {
    return this.#unseen.count;
  }

  /**
   * The generator of the next candidate. What it draws depends on the candidate's number and not on how a batch was asked for: that
   * is what lets a run be resumed anywhere.
   */
  draw(): Rng {
    return createQuickRng(this.#key ^ this.#unseen.count);
  }

  /** Up to `count` candidates, one after the other. @param propose gives one that it has noted as seen, or nothing where there is none. */
  ask(count: number, propose: (draw: Rng) => G | undefined): G[] {
    const asked: G[] = [];
    while (asked.length < count) {
      const genotype = this.start() ?? propose(this.draw());
      if (genotype === undefined) break;
      asked.push(genotype);
    }
    return asked;
  }

  /** The next of those that the search starts from, noted; nothing where all of them were asked or told. */
  start(): G | undefined {
    for (let { value, done } = this.#start.next(); !done; { value, done } = this.#start.next()) if (this.markSeen(value)) return value;
    return undefined;
  }

  /** Notes a genotype; says whether it is new. */
  markSeen(genotype: G): boolean {
    return this.#unseen.markSeen(genotype);
  }

  /** Whether it was asked or told, among the first `within` that were. */
  isSeen(genotype: G, within?: number): boolean {
    return this.#unseen.isSeen(genotype, within);
  }

  /** A new random candidate, noted; nothing where none was found. One that is known to be over budget gives way, within a limit of tries. */
  sample(draw: Rng): G | undefined {
    const within = this.#violation && this.#leastOver(() => this.#space.sample(draw), triesWithin);
    return within ?? this.#unseen.sample(draw);
  }

  /**
   * A new child, noted. One seen before is bred anew, then mutated on, then replaced by a random candidate, each within a limit
   * of tries. So is one that is known to be over budget, as long as there is hope for another.
   */
  breed(draw: Rng, breed: () => G): G | undefined {
    let child: G | undefined;
    const bred = this.#leastOver(
      () => {
        child = breed();
        return child;
      },
      this.#violation ? triesWithin : children,
    );
    if (bred !== undefined) return bred;
    for (let steps = 0; steps < mutationSteps && child !== undefined; steps++) {
      child = this.#space.mutate(child, draw);
      if (this.markSeen(child)) return child;
    }
    return this.sample(draw);
  }

  /** The first new candidate that is not known to be over budget, else the least over of the new ones; noted. */
  #leastOver(propose: () => G, tries: number): G | undefined {
    let [nearest, least] = [undefined as G | undefined, Number.POSITIVE_INFINITY];
    for (let tried = 0; tried < tries && least > 0; tried++) {
      const genotype = propose();
      if (this.isSeen(genotype)) continue;
      const violation = this.#violation?.(genotype) ?? 0;
      if (violation < least || nearest === undefined) [nearest, least] = [genotype, violation];
    }
    if (nearest !== undefined) this.markSeen(nearest);
    return nearest;
  }
}

/** @throws Error where a feasible trial has not the objectives that were agreed: a broken promise of the caller. */
export function checkObjectives<G>(searcher: string, trial: EvaluatedCandidate<G>, objectives: number): void {
  if (trial.status === "feasible" && (trial.objectives.length !== objectives || trial.objectives.some(Number.isNaN))) {
    throw new Error(`${searcher}: expected ${objectives} numbers as objectives, got [${trial.objectives.join(", ")}]`);
  }
}
