/** Compares, again and again, the jobs that were sent with what the fleet has, and finds the attempts that nobody has. */
import type { Redis } from "ioredis";
import { attemptId } from "../../protocol/attempt.ts";
import { type Keys, queueOf } from "../../protocol/keys.ts";
import type { TrackedJob } from "../jobs/trackedJob.ts";
import { type FleetSnapshot, readAssignedWorkers, readSnapshot } from "./fleetSnapshot.ts";

export interface ReconcilerOptions {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly run: string;
  readonly intervalMs: number;
  readonly jobs: ReadonlyMap<string, TrackedJob>;
  readonly onSnapshot: (snapshot: FleetSnapshot) => void;
  readonly onLost: (tracked: TrackedJob) => void;
  readonly onError: (error: unknown) => void;
}

/** An attempt that BullMQ has given out and that no worker has told of. */
interface Untold {
  readonly tracked: TrackedJob;
  readonly queue: string;
  readonly batch: string;
}

/** Younger attempts may be on their way from one list to the next. */
const youngMs = 1_000;
/** Reconciliations in a row in which nobody had an attempt, until it is lost: what moves between two lists can be missed once. */
const lostAfter = 2;
/** Reconciling takes at most this share of the time, however large the fleet is. */
const share = 0.1;

/** Paused until it is resumed. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #paused = true;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Once, now. @throws where the connection is lost meanwhile. */
  async reconcile(): Promise<void> {
    const { redis, keys, jobs, onSnapshot } = this.#options;
    const snapshot = await readSnapshot(redis, keys, queuesOf(jobs.values()));
    if (this.#stopped) return;
    onSnapshot(snapshot);
    const now = performance.now();
    const { untold, missing } = this.#compare(snapshot, now);
    const unassigned = await this.#findUnassigned(untold, snapshot);
    this.#countMissed([...missing, ...unassigned], now);
  }

  pause(): void {
    this.#paused = true;
    clearTimeout(this.#timer);
  }

  resumeIn(milliseconds: number): void {
    this.#paused = false;
    for (const tracked of this.#options.jobs.values()) tracked.missed = 0;
    this.#schedule(milliseconds);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Notes of each attempt who has it, and gives those that nobody is known to have. */
  #compare(snapshot: FleetSnapshot, now: number): { readonly untold: readonly Untold[]; readonly missing: readonly TrackedJob[] } {
    const { run, jobs } = this.#options;
    const untold: Untold[] = [];
    const missing: TrackedJob[] = [];
    for (const tracked of jobs.values()) {
      if (tracked.phase !== "sent" || now - tracked.sentAt <= youngMs) continue;
      const id = attemptId({ run, key: tracked.key, number: tracked.number });
      const holder = snapshot.held.get(id);
      const queued = snapshot.queued.get(id);
      const active = snapshot.active.get(id);
      tracked.batch = queued ?? active?.batch ?? tracked.batch;
      if (holder) {
        tracked.worker = holder.worker;
        tracked.waitsInWorker = holder.waits;
      }
      if (holder || queued !== undefined) tracked.missed = 0;
      else if (active) untold.push({ tracked, ...active });
      else missing.push(tracked);
    }
    return { untold, missing };
  }

  /** Of attempts that BullMQ has given out, those whose worker is gone or not known. */
  async #findUnassigned(untold: readonly Untold[], { workers }: FleetSnapshot): Promise<readonly TrackedJob[]> {
    const numbers = untold.map(({ tracked }) => tracked.number);
    const assigned = await readAssignedWorkers(this.#options.redis, this.#options.keys, untold);
    const unassigned: TrackedJob[] = [];
    for (const [i, { tracked }] of untold.entries()) {
      const worker = assigned[i];
      if (tracked.phase !== "sent" || tracked.number !== numbers[i]) continue;
      if (worker) tracked.worker = worker;
      if (worker && workers.has(worker)) {
        tracked.waitsInWorker = false;
        tracked.missed = 0;
      } else unassigned.push(tracked);
    }
    return unassigned;
  }

  #countMissed(missed: readonly TrackedJob[], now: number): void {
    const { jobs, onLost } = this.#options;
    // Reports that arrived meanwhile have taken their jobs away.
    for (const tracked of missed) {
      if (jobs.get(tracked.key) !== tracked || tracked.phase !== "sent" || now < tracked.sentAt) continue;
      tracked.missed++;
      if (tracked.missed >= lostAfter) onLost(tracked);
    }
  }

  async #repeat(): Promise<void> {
    const { intervalMs, onError } = this.#options;
    const start = performance.now();
    // A lost connection is told of by whoever owns it; what was under way then is looked at again.
    await this.reconcile().catch(onError);
    if (!this.#paused) this.#schedule(Math.max(intervalMs, (performance.now() - start) / share));
  }

  #schedule(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#repeat(), milliseconds);
  }
}

function queuesOf(jobs: Iterable<TrackedJob>): Set<string> {
  const queues = new Set<string>();
  for (const { job } of jobs) queues.add(queueOf(job));
  return queues;
}
