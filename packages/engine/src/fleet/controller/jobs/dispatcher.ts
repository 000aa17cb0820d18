/** Decides when jobs are sent to the workers: in the order of the requests, and no more than the limit lets in flight. */
import { evaluationSlots, type WorkerHeartbeat } from "../../protocol/workerRegistry.ts";
import { Fifo } from "./fifo.ts";
import type { InFlightLimit } from "./inFlightLimit.ts";
import type { TrackedJob } from "./trackedJob.ts";

/** Sent although nobody is there yet: something for the first worker to begin with. */
const leastInFlight = 2;

/**
 * Where the whole fleet is one machine that trains nothing while it measures, a measurement is sent when nothing else is
 * in flight, and nothing beside it: so it is neither overtaken nor overtakes, as with local processes. Where there are
 * several, each sees to that by itself.
 */
export class Dispatcher {
  readonly #limit: InFlightLimit;
  readonly #send: (tracked: TrackedJob) => void;
  readonly #evaluator: string | undefined;
  readonly #waiting = new Fifo<TrackedJob>();
  readonly #inFlight = new Set<TrackedJob>();
  /** How many of those in flight are measurements. */
  #measuring = 0;
  #oneMachine = false;

  /** @param evaluator the program that workers must have to do the run's evaluations. */
  constructor(limit: InFlightLimit, send: (tracked: TrackedJob) => void, evaluator?: string) {
    this.#limit = limit;
    this.#send = send;
    this.#evaluator = evaluator;
  }

  /** Puts a job at the end of those that wait. */
  enqueue(tracked: TrackedJob): void {
    this.#waiting.push(tracked);
  }

  /** Sends as many of the waiting jobs as may be in flight now. */
  dispatch(): void {
    for (let next = this.#waiting.peek(); next && this.#mayBeSent(next); next = this.#waiting.peek()) {
      this.#waiting.shift();
      this.addInFlight(next);
      this.#send(next);
    }
  }

  /** Counts a job that is in flight without having waited here: one of an earlier session, or one that is retried. */
  addInFlight(tracked: TrackedJob): void {
    this.#inFlight.add(tracked);
    if (tracked.job.kind === "measure") this.#measuring++;
  }

  /** A job that is in flight no more. */
  removeInFlight(tracked: TrackedJob): void {
    if (this.#inFlight.delete(tracked) && tracked.job.kind === "measure") this.#measuring--;
  }

  /** A job whose answer was accepted. */
  answered(tracked: TrackedJob): void {
    this.removeInFlight(tracked);
    this.#limit.answered();
  }

  setWorkers(workers: readonly WorkerHeartbeat[]): void {
    const there = workers.filter(({ draining }) => !draining);
    this.#limit.slots = there.reduce((sum, worker) => sum + evaluationSlots(worker, this.#evaluator), 0);
    this.#oneMachine = there.length === 1 && there[0]?.measureAlone === true;
  }

  counts(): { readonly waiting: number; readonly inFlight: number } {
    return { waiting: this.#waiting.size, inFlight: this.#inFlight.size };
  }

  clear(): void {
    this.#waiting.clear();
    this.#inFlight.clear();
  }

  #mayBeSent({ job }: TrackedJob): boolean {
    if (this.#inFlight.size >= Math.max(leastInFlight, this.#limit.jobs)) return false;
    return !this.#oneMachine || (job.kind === "measure" ? this.#inFlight.size === 0 : this.#measuring === 0);
  }
}
