/** What a search space is, and a task. */
import type { Rng } from "../base/index.ts";
import type { Network } from "../ir/index.ts";
import type { Task } from "../tasks/index.ts";

export type { Task } from "../tasks/index.ts";

/**
 * A search space: the set of architectures that a search may choose from. `G` is its genotype.
 * Held by the conformance suite `testing/searchSpace`.
 */
export interface SearchSpace<G> {
  readonly name: string;
  /** How many different architectures there are. */
  readonly size: bigint;
  /** Whether `size` is only an upper bound: of a large space in which equivalent architectures are one. */
  readonly sizeIsBound?: boolean;
  /** A random architecture. */
  sample(rng: Rng): G;
  /** Another architecture near `g`; never `g` itself unless the space has only one. */
  mutate(g: G, rng: Rng): G;
  /** An architecture each of whose choices comes from one of the parents. */
  crossover(a: G, b: G, rng: Rng): G;
  /** A vector of fixed length (the space's own) with every entry in [0, 1]; categories one-hot, ordered choices scaled. */
  encode(g: G): Float64Array;
  /** The canonical text: equal architectures, and only they, have equal texts. */
  format(g: G): string;
  /** The architecture of a canonical text. @throws InputError naming what is wrong and what was expected. */
  parse(text: string): G;
  /** Whether the network's output does not depend on its input; absent where there is no such architecture. */
  isConstant?(g: G): boolean;
  /** The network, batch size 1, in float32. Its input has the task's shape, or that of the task's images resized. @throws ShapeError where this task's input is too small for it. */
  network(g: G, task: Task): Network;
  /**
   * What each node of that network is for, as `parametersByRole` takes it: nodes of two networks have one role where one may go on
   * from what the other learned. Absent where the space does not say.
   */
  roles?(g: G, task: Task): readonly string[];
}

/** A space whose genotype the caller never looks into. */
// biome-ignore lint/suspicious/noExplicitAny: existential type; only the space itself reads its genotypes.
export type AnySearchSpace = SearchSpace<any>;
