/** How many jobs may be in flight: sent to the workers and not answered yet. */
import { maxBatchSize } from "../../protocol/attempt.ts";

/** Jobs that take longer than this never have more than the few in their queue that they are to have. */
const coveredMs = 100;
/** Over how long jobs are counted. */
const windowMs = 100;
/** Beyond what slots are to have, whatever their jobs are: each snapshot reads the queues whole. */
const maxExtra = 2_000;
/** A batch is not longer than this for one of the slots: half of what may wait is left for the others. */
const batchMs = coveredMs / 2;

/**
 * Limits the jobs in flight to those that the slots run, and enough behind them that no slot waits for the controller.
 * For jobs longer than 100 ms that is `perSlot` for each slot, so that a search learns from the newest results. Shorter
 * ones would be done before the next arrives, so there are as many more as were answered in 100 ms lately; and where a
 * slot does several in 50 ms, so many travel in one batch.
 */
export class InFlightLimit {
  /** Of all workers together. */
  slots = 0;
  readonly #perSlot: number;
  readonly #now: () => number;
  #since: number;
  #count = 0;
  /** Answers a millisecond, over the last window. */
  #rate = 0;

  /** @param now milliseconds of a monotonic clock. */
  constructor(perSlot: number, now: () => number = () => performance.now()) {
    this.#perSlot = perSlot;
    this.#now = now;
    this.#since = now();
  }

  /** Counts a job that was answered. */
  answered(): void {
    this.#count++;
  }

  /** Jobs in flight at most. */
  get jobs(): number {
    this.#update();
    return Math.max(this.#perSlot * this.slots, this.slots + Math.min(maxExtra, Math.floor(this.#rate * coveredMs)));
  }

  /** Jobs in one batch at most. 1 for those that are longer than 25 ms. */
  get batchSize(): number {
    this.#update();
    return Math.max(1, Math.min(maxBatchSize, Math.floor((this.#rate * batchMs) / Math.max(1, this.slots))));
  }

  #update(): void {
    const elapsed = this.#now() - this.#since;
    if (elapsed < windowMs) return;
    this.#rate = this.#count / elapsed;
    this.#since += elapsed;
    this.#count = 0;
  }
}
