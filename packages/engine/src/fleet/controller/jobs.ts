import type { Failure } from "@archwright/core/base";
import type { Job, Outcome } from "@archwright/core/experiment";

/** A job that the controller was asked for, and that has no accepted outcome yet. */
export interface Tracked {
  readonly key: string;
  readonly job: Job;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (reason: Error) => void;
  readonly askedAt: number;
  /** Number of the newest attempt. */
  n: number;
  /** `waiting`: for its turn, in the controller. `sent`: in Redis or with a worker. `backoff`: about to be sent again. */
  phase: "waiting" | "sent" | "backoff";
  sentAt: number;
  /** The BullMQ job that carries the newest attempt, perhaps with others; undefined while that is not known. */
  delivery: string | undefined;
  /** In how many looks in a row nobody had it. */
  missed: number;
  /** The last that is known to have had this attempt. */
  worker: string | undefined;
  /** There it only waited for others to end, when that worker last spoke. */
  waited: boolean;
  /** Workers that died at it. */
  readonly deaths: string[];
  /** Attempts that came to nothing for whatever reason but a Redis that was away. */
  faults: number;
  /** Attempts that a worker would not do. */
  refusals: number;
}

export function track(key: string, job: Job, n: number): { readonly tracked: Tracked; readonly outcome: Promise<Outcome> } {
  let resolve: (outcome: Outcome) => void = () => {};
  let reject: (reason: Error) => void = () => {};
  const outcome = new Promise<Outcome>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  const tracked: Tracked = {
    key,
    job,
    resolve,
    reject,
    askedAt: performance.now(),
    n,
    phase: "waiting",
    sentAt: 0,
    delivery: undefined,
    missed: 0,
    worker: undefined,
    waited: false,
    deaths: [],
    faults: 0,
    refusals: 0,
  };
  return { tracked, outcome };
}

/** A candidate that kills this many workers is quarantined: from then on nothing else runs in a worker that has it. */
export const quarantineDeaths = 2;
/** How often a quarantined candidate is tried: more than once, so that unlucky machines do not fail it. */
export const aloneAttempts = 3;
/** Attempts of a job that may come to nothing. */
export const maxFaults = 8;

export function isQuarantined({ deaths }: Pick<Tracked, "deaths">): boolean {
  return deaths.length >= quarantineDeaths;
}

/** What becomes of a job whose attempt came to nothing. */
export type Verdict = { readonly kind: "again"; readonly delayMs: number } | { readonly kind: "failed"; readonly failure: Failure };

/** @param cause `death`: its worker died at it. `fault`: anything else that is the job's or its worker's doing. `outage`: nobody's. */
export function judge({ deaths, faults }: Pick<Tracked, "deaths" | "faults">, cause: "death" | "fault" | "outage"): Verdict {
  if (cause === "outage") return { kind: "again", delayMs: 0 };
  if (deaths.length >= quarantineDeaths + aloneAttempts) {
    const message = `quarantined: ${deaths.length} workers died at this candidate, the last ${aloneAttempts} with nothing else in hand: ${deaths.join(", ")}`;
    return { kind: "failed", failure: { code: "crash", message } };
  }
  if (faults >= maxFaults) {
    return { kind: "failed", failure: { code: "crash", message: `given up after ${faults} attempts that came to nothing` } };
  }
  return { kind: "again", delayMs: faults <= 1 ? 0 : Math.min(60_000, 1_000 * 2 ** (faults - 2)) };
}

/** First in, first out, without moving the rest. */
export function createFifo<T>() {
  let items: T[] = [];
  let head = 0;
  return {
    get size() {
      return items.length - head;
    },
    push: (item: T) => void items.push(item),
    peek: (): T | undefined => items[head],
    shift(): T | undefined {
      const item = items[head];
      if (head < items.length) head++;
      if (head > 1_000 && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
    drain(): T[] {
      const rest = items.slice(head);
      items = [];
      head = 0;
      return rest;
    },
  };
}
