/** Jobs that take longer than this never have more than the few in their queue that they are to have. */
const coveredMs = 100;
/** Over how long jobs are counted. */
const windowMs = 100;
/** Beyond what slots are to have, whatever their jobs are: each look at the queues reads them whole. */
const maxExtra = 2_000;

/**
 * How many jobs may be given out and unanswered: the ones that the slots are at, and enough behind them that no slot
 * waits for the controller. For jobs longer than 100 ms that is `perSlot` for each slot, so that a search learns from
 * the newest results. Shorter ones would be done before the next arrives, so there are as many more as were answered
 * in 100 ms lately.
 *
 * @param now milliseconds of a clock that only goes forward.
 */
export function createDepth(perSlot: number, now: () => number = () => performance.now()) {
  let since = now();
  let count = 0;
  /** Answers a millisecond. */
  let rate = 0;
  return {
    /** A job was answered. */
    answered(): void {
      count++;
    },
    /** @param slots of all workers together. */
    limit(slots: number): number {
      const elapsed = now() - since;
      if (elapsed >= windowMs) {
        rate = count / elapsed;
        since += elapsed;
        count = 0;
      }
      return Math.max(perSlot * slots, slots + Math.min(maxExtra, Math.floor(rate * coveredMs)));
    },
  };
}
