/** Buffers as the packing of the arena sees them. */

/** A stretch of memory needed from one step to another, both included. */
export interface Interval {
  readonly bytes: number;
  readonly firstStep: number;
  readonly lastStep: number;
}
