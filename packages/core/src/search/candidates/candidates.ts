/** What every searcher keeps of its run: what was seen, and how it comes by new candidates. */
import { createQuickRng, type Rng } from "../../base/index.ts";
import type { EvaluatedCandidate, SearcherOptions, Variation } from "../searcher.ts";
import { UnseenSampler } from "./unseenSampler.ts";

/** Children tried for one that is new, then steps of mutation from the last child, before a random candidate is drawn. */
const children = 4;
const mutationSteps = 4;

/** What was asked or told, and a generator for each candidate. */
export class Candidates<G> {
  readonly #space: Variation<G>;
  readonly #unseen: UnseenSampler<G>;
  readonly #key: number;
  readonly #start: Iterator<G>;

  constructor({ space, rng, start = [] }: Pick<SearcherOptions<G>, "space" | "rng" | "start">) {
    this.#space = space;
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

  /** A new random candidate, noted; nothing where none was found. */
  sample(draw: Rng): G | undefined {
    return this.#unseen.sample(draw);
  }

  /**
   * A new child, noted. One seen before is bred anew, then mutated on, then replaced by a random candidate, each within a limit
   * of tries.
   */
  breed(draw: Rng, breed: () => G): G | undefined {
    let child: G | undefined;
    for (let tries = 0; tries < children; tries++) {
      child = breed();
      if (this.markSeen(child)) return child;
    }
    for (let steps = 0; steps < mutationSteps && child !== undefined; steps++) {
      child = this.#space.mutate(child, draw);
      if (this.markSeen(child)) return child;
    }
    return this.sample(draw);
  }
}

/** @throws Error where a feasible trial has not the objectives that were agreed: a broken promise of the caller. */
export function checkObjectives<G>(searcher: string, trial: EvaluatedCandidate<G>, objectives: number): void {
  if (trial.status === "feasible" && (trial.objectives.length !== objectives || trial.objectives.some(Number.isNaN))) {
    throw new Error(`${searcher}: expected ${objectives} numbers as objectives, got [${trial.objectives.join(", ")}]`);
  }
}
