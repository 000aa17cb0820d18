import type { WorkerBeat } from "../protocol/workerRegistry.ts";
import { createDepth } from "./inFlightLimit.ts";
import { createFifo, type Tracked } from "./jobs.ts";

/** Given out although nobody is there yet: something for the first worker to begin with. */
const leastGiven = 2;

/**
 * Decides which jobs are given out: no more than a few for each slot, in the order of asking.
 *
 * Where the whole fleet is one machine that trains nothing while it measures, a measurement is given out when nothing
 * else is, and nothing beside it: so it is neither overtaken nor overtakes, as with local processes. Where there are
 * several, each sees to that by itself.
 */
export function createAdmission(queuedPerSlot: number, send: (tracked: Tracked) => void, now?: () => number) {
  const depth = createDepth(queuedPerSlot, now);
  const waiting = createFifo<Tracked>();
  const given = new Set<Tracked>();
  let measuring = 0;
  let slots = 0;
  let oneMachine = false;

  function give(tracked: Tracked): void {
    given.add(tracked);
    if (tracked.job.kind === "measure") measuring++;
  }

  function leave(tracked: Tracked): void {
    if (given.delete(tracked) && tracked.job.kind === "measure") measuring--;
  }

  function mayGo({ job }: Tracked): boolean {
    if (given.size >= Math.max(leastGiven, depth.limit(slots))) return false;
    return !oneMachine || (job.kind === "measure" ? given.size === 0 : measuring === 0);
  }

  return {
    enter: (tracked: Tracked) => waiting.push(tracked),
    /** A job that is given out already, or goes first. */
    adopt: give,
    /** A job that is not given out any more. */
    leave,
    /** A job whose answer was accepted. */
    answered(tracked: Tracked) {
      leave(tracked);
      depth.answered();
    },
    setWorkers(workers: readonly WorkerBeat[]) {
      const there = workers.filter(({ draining }) => !draining);
      slots = there.reduce((sum, worker) => sum + worker.slots, 0);
      oneMachine = there.length === 1 && there[0]?.measureAlone === true;
    },
    admit() {
      for (let next = waiting.peek(); next && mayGo(next); next = waiting.peek()) {
        waiting.shift();
        give(next);
        send(next);
      }
    },
    slots: () => Math.max(1, slots),
    /** How many jobs may go to a worker together. */
    together: () => depth.together(slots),
    counts: () => ({ waiting: waiting.size, given: given.size }),
    clear() {
      waiting.drain();
      given.clear();
    },
  };
}
