/** What may be said to the memory planner. */
import type { ScratchRule } from "./scratch.ts";

/**
 * What needs no buffer of its own, because its data already lie in other tensors' buffers:
 *
 * - `activation`: a ReLU, ReLU6 or hard sigmoid behind the operator that it alone reads, which then clamps its own results.
 * - `reshape`: the same bytes under another shape.
 * - `slice`: a part of a tensor, read where it lies. Where the part is not contiguous in the layout, only convolutions and
 *   dense layers can read it so, since they step through their input by strides.
 * - `concat`: a concatenation of channels (or of a dense layer's features) that only convolutions and dense layers read. They sum
 *   over channels, so they can read several buffers, one after another, as one input.
 */
export const sharedKinds = ["activation", "reshape", "slice", "concat"] as const;
export type SharedKind = (typeof sharedKinds)[number];

/** Order of an image's numbers: [N, H, W, C], as microcontrollers' kernels want it, or [N, C, H, W]. */
export const layouts = ["channels-last", "channels-first"] as const;
export type Layout = (typeof layouts)[number];

/** What a device's runtime does with memory. */
export interface MemoryOptions {
  /** Each buffer's offset and size are multiples of it. Default 16, as in TensorFlow Lite Micro and Arm's ABI for vectors. */
  readonly alignmentBytes?: number;
  /** Whether element-wise operators may overwrite an input that dies. Default true. */
  readonly inPlace?: boolean;
  /**
   * Whether depthwise convolutions that keep the image's size may overwrite their input if it dies. One channel is computed at a time, into a plane
   * of scratch (Lin et al. 2020, "MCUNet", section 3.2: N + 1 planes instead of 2 N). Default false.
   */
  readonly depthwiseInPlace?: boolean;
  /** What has no buffer of its own. Default nothing. */
  readonly shares?: readonly SharedKind[];
  /** Decides which slices are contiguous. Default channels-first. */
  readonly layout?: Layout;
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
