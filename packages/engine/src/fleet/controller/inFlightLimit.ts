import { maxTogether } from "../protocol/keys.ts";

/** Jobs that take longer than this never have more than the few in their queue that they are to have. */
const coveredMs = 100;
/** Over how long jobs are counted. */
const windowMs = 100;
/** Beyond what slots are to have, whatever their jobs are: each look at the queues reads them whole. */
const maxExtra = 2_000;
/** What goes to a worker together is not longer than this for one of its slots: half of what may wait is left for the others. */
const togetherMs = coveredMs / 2;

/**
 * How many jobs may be given out and unanswered: the ones that the slots are at, and enough behind them that no slot
 * waits for the controller. For jobs longer than 100 ms that is `perSlot` for each slot, so that a search learns from
 * the newest results. Shorter ones would be done before the next arrives, so there are as many more as were answered
 * in 100 ms lately; and where a slot does several in 50 ms, so many travel together.
 *
 * @param now milliseconds of a clock that only goes forward.
 */
export function createDepth(perSlot: number, now: () => number = () => performance.now()) {
  let since = now();
  let count = 0;
  /** Answers a millisecond. */
  let rate = 0;

  function update(): void {
    const elapsed = now() - since;
    if (elapsed < windowMs) return;
    rate = count / elapsed;
    since += elapsed;
    count = 0;
  }

  return {
    /** A job was answered. */
    answered(): void {
      count++;
    },
    /** @param slots of all workers together. */
    limit(slots: number): number {
      update();
      return Math.max(perSlot * slots, slots + Math.min(maxExtra, Math.floor(rate * coveredMs)));
    },
    /** How many jobs may go to a worker together. 1 for those that are longer than 25 ms. @param slots of all workers together. */
    together(slots: number): number {
      update();
      return Math.max(1, Math.min(maxTogether, Math.floor((rate * togetherMs) / Math.max(1, slots))));
    },
  };
}
