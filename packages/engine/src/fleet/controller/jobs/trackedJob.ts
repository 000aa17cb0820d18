/** What the controller knows of a job between the request for it and its accepted outcome. */
import type { Job, Outcome } from "@archwright/core/experiment";

export interface TrackedJob {
  readonly key: string;
  readonly job: Job;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (reason: Error) => void;
  readonly requestedAt: number;
  /** Number of the newest attempt: the fencing token. */
  number: number;
  /** `waiting`: for its turn, in the controller. `sent`: in Redis or with a worker. `backoff`: about to be sent again. */
  phase: "waiting" | "sent" | "backoff";
  sentAt: number;
  /** The BullMQ job that carries the newest attempt, perhaps with others; undefined while that is not known. */
  batch: string | undefined;
  /** Reconciliations in a row in which nobody had it. */
  missed: number;
  /** The last worker that is known to have had this attempt. */
  worker: string | undefined;
  /** That worker had not begun it when it last reported: it waited for others to end. */
  waitsInWorker: boolean;
  /** Workers that died while they ran it. */
  readonly deaths: string[];
  /** Attempts that came to nothing for whatever reason but an outage of Redis. */
  faults: number;
  /** Attempts that a worker refused. */
  refusals: number;
}

/** @returns the job, and the promise that its `resolve` and `reject` settle. */
export function trackJob(key: string, job: Job): { readonly tracked: TrackedJob; readonly outcome: Promise<Outcome> } {
  let resolve: (outcome: Outcome) => void = () => {};
  let reject: (reason: Error) => void = () => {};
  const outcome = new Promise<Outcome>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  const tracked: TrackedJob = {
    key,
    job,
    resolve,
    reject,
    requestedAt: performance.now(),
    number: 0,
    phase: "waiting",
    sentAt: 0,
    batch: undefined,
    missed: 0,
    worker: undefined,
    waitsInWorker: false,
    deaths: [],
    faults: 0,
    refusals: 0,
  };
  return { tracked, outcome };
}

/** The newest attempt of the job is on its way to the workers, and nothing is known of it yet. */
export function markSent(tracked: TrackedJob): void {
  tracked.phase = "sent";
  tracked.sentAt = performance.now();
  tracked.batch = undefined;
  tracked.missed = 0;
  tracked.worker = undefined;
  tracked.waitsInWorker = false;
}
