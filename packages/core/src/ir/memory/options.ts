/** What may be said to the memory planner. */
import type { ScratchRule } from "./scratch.ts";

/** What a device's runtime does with memory. */
export interface MemoryOptions {
  /** Each buffer's offset and size are multiples of it. Default 16, as in TensorFlow Lite Micro and Arm's ABI for vectors. */
  readonly alignmentBytes?: number;
  /** Whether operators may overwrite an input that dies. Default true. */
  readonly inPlace?: boolean;
  /** Working memory of kernels; by default they have none. See `im2colScratch`. */
  readonly scratchBytes?: ScratchRule;
  /** Whether network inputs lie in the arena. Default true; false where the caller keeps them elsewhere: then they are never overwritten. */
  readonly inputsInArena?: boolean;
  /** Whether operators may run in another order than the network's. Default true. */
  readonly reorder?: boolean;
  /**
   * Effort: about how many transitions (an operator after a set of others) the schedule search, and how many placements of a
   * buffer the arena search may look at. Default 100,000, some tens of milliseconds where all of it is used. Where it
   * does not suffice, a heuristic answers and the plan says so.
   */
  readonly searchLimit?: number;
}
