/** The life of a job in the controller, from the request to its one outcome. Only here does a job change its state. */
import type { Job, Outcome } from "@archwright/core/experiment";
import { jobKey } from "../../protocol/attempt.ts";
import type { StreamedReport } from "../../protocol/resultStream.ts";
import type { FleetEvent } from "../events.ts";
import type { Acknowledger } from "../results/acknowledger.ts";
import type { RecoveredRun } from "../run/recoveredRun.ts";
import type { RunState } from "../run/runState.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { JobProducer } from "./jobProducer.ts";
import { type AttemptLoss, decideRetry, quarantineDeaths } from "./retryPolicy.ts";
import { type TrackedJob, trackJob } from "./trackedJob.ts";

export interface JobLifecycleOptions {
  readonly dispatcher: Dispatcher;
  readonly producer: JobProducer;
  readonly acknowledger: Acknowledger;
  readonly runState: RunState;
  readonly onAccepted: (report: StreamedReport, outcome: Outcome) => void;
  readonly onEvent: (event: FleetEvent) => void;
}

/**
 * waiting → sent → accepted. An attempt that comes to nothing is retried under the next number, at once or after a backoff,
 * until the retry policy fails the job.
 */
export class JobLifecycle {
  readonly #options: JobLifecycleOptions;
  readonly #open = new Map<string, TrackedJob>();
  readonly #cancelled: TrackedJob[] = [];
  #closed: Error | undefined;

  constructor(options: JobLifecycleOptions) {
    this.#options = options;
  }

  /** By key: all that has no accepted outcome yet. */
  get open(): ReadonlyMap<string, TrackedJob> {
    return this.#open;
  }

  /** Why nothing is run any more; undefined while jobs are run. */
  get closed(): Error | undefined {
    return this.#closed;
  }

  /** Jobs that had been sent when everything was cancelled. */
  get cancelled(): readonly TrackedJob[] {
    return this.#cancelled;
  }

  /** Takes a job on. It goes nowhere before it is placed. @throws where a job of this name is open already. */
  add(job: Job): { readonly tracked: TrackedJob; readonly outcome: Promise<Outcome> } {
    const key = jobKey(job);
    if (this.#open.has(key)) throw new Error(`the job ${key} is running already`);
    const added = trackJob(key, job);
    this.#open.set(key, added.tracked);
    return added;
  }

  /** Where a job begins: with the result that an earlier session left, with the attempt that it left in flight, or anew. */
  place(tracked: TrackedJob, recovered: RecoveredRun): void {
    const { dispatcher, acknowledger, onEvent } = this.#options;
    const { key } = tracked;
    const claimed = recovered.claim(key);
    switch (claimed.kind) {
      case "done":
        tracked.number = claimed.report.number;
        onEvent({ kind: "taken-in", job: key, attempt: tracked.number });
        this.accept(tracked, claimed.report, claimed.outcome);
        break;
      case "in-flight":
        tracked.number = claimed.number;
        tracked.phase = "sent";
        tracked.sentAt = performance.now();
        dispatcher.addInFlight(tracked);
        onEvent({ kind: "adopted", job: key, attempt: claimed.number });
        break;
      case "new":
        tracked.number = (claimed.last ?? acknowledger.numberOf(key) ?? 0) + 1;
        dispatcher.enqueue(tracked);
        break;
    }
  }

  accept(tracked: TrackedJob, report: StreamedReport, outcome: Outcome): void {
    this.#open.delete(tracked.key);
    this.#options.dispatcher.answered(tracked);
    this.#options.acknowledger.accept(report);
    this.#options.onAccepted(report, outcome);
    tracked.resolve(outcome);
  }

  /** Nobody has the job's newest attempt any more. @param workerIsGone whether the worker that had it has fallen silent. */
  lost(tracked: TrackedJob, workerIsGone: boolean): void {
    const { onEvent } = this.#options;
    const { key, number, job, worker, waitsInWorker, deaths } = tracked;
    const dead = workerIsGone ? worker : undefined;
    onEvent({ kind: "job-lost", job: key, attempt: number, ...(dead === undefined ? {} : { worker: dead }) });
    if (dead === undefined || waitsInWorker) {
      this.retry(tracked, "outage");
      return;
    }
    deaths.push(dead);
    tracked.faults++;
    if (deaths.length === quarantineDeaths) {
      onEvent({ kind: "quarantined", job: key, architecture: job.architecture, workers: [...deaths] });
    }
    this.retry(tracked, "death");
  }

  /** Sends a job again under the next number, so that whatever still answers to the last one is stale; or fails it. */
  retry(tracked: TrackedJob, loss: AttemptLoss, leastDelayMs = 0): void {
    const { dispatcher, producer, acknowledger, runState } = this.#options;
    const decision = decideRetry(tracked, loss);
    dispatcher.removeInFlight(tracked);
    if (decision.kind === "failed") {
      this.#open.delete(tracked.key);
      acknowledger.giveUp(tracked.key);
      const seconds = (performance.now() - tracked.requestedAt) / 1000;
      tracked.resolve({ kind: "failed", failure: decision.failure, seconds });
      return;
    }
    tracked.number++;
    runState.setOutstanding(tracked);
    dispatcher.addInFlight(tracked);
    const delayMs = Math.max(leastDelayMs, decision.delayMs);
    if (delayMs === 0) {
      producer.send(tracked);
      return;
    }
    tracked.phase = "backoff";
    setTimeout(() => {
      if (!this.#closed && tracked.phase === "backoff") producer.send(tracked);
    }, delayMs);
  }

  /** Rejects every job, now and later. */
  cancelAll(reason: Error): void {
    this.#closed ??= reason;
    const open = [...this.#open.values()];
    this.#open.clear();
    this.#options.dispatcher.clear();
    for (const { reject } of open) reject(this.#closed);
    this.#cancelled.push(...open.filter(({ phase }) => phase !== "waiting"));
  }
}
