import type { Redis } from "ioredis";
import { attemptId, type Keys } from "../protocol/keys.ts";
import { readReceivers, readView, type View } from "../protocol/workerRegistry.ts";
import type { Tracked } from "./jobs.ts";

export interface ReconcilerOptions {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly run: string;
  readonly lookMs: number;
  readonly jobs: ReadonlyMap<string, Tracked>;
  readonly onView: (view: View) => void;
  readonly onLost: (tracked: Tracked) => void;
  readonly onError: (error: unknown) => void;
}

/** Looks again and again who has what, and finds the attempts that nobody has. */
export interface Reconciler {
  /** One look at once. @throws where the connection is lost meanwhile. */
  look(): Promise<void>;
  pause(): void;
  resumeIn(milliseconds: number): void;
  stop(): void;
}

/** Younger attempts may be on their way from one list to the next. */
const youngMs = 1_000;
/** Looks in a row in which nobody had an attempt, until it is lost: what moves between two lists can be missed once. */
const lostAfterLooks = 2;
/** A look takes at most this share of the time, however large the fleet is. */
const share = 0.1;

export function startReconciler({ redis, keys, run, lookMs, jobs, onView, onLost, onError }: ReconcilerOptions): Reconciler {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let paused = true;

  async function look(): Promise<void> {
    const view = await readView(redis, keys, measured(jobs.values()));
    if (stopped) return;
    onView(view);
    const now = performance.now();
    const sent = [...jobs.values()].filter(({ phase, sentAt }) => phase === "sent" && now - sentAt > youngMs);
    const unknown: { tracked: Tracked; queue: string; delivery: string }[] = [];
    const missed: Tracked[] = [];
    for (const tracked of sent) {
      const id = attemptId({ run, key: tracked.key, n: tracked.n });
      const holder = view.held.get(id);
      const queued = view.queued.get(id);
      const active = view.active.get(id);
      tracked.delivery = queued ?? active?.delivery ?? tracked.delivery;
      if (holder) {
        tracked.worker = holder.worker;
        tracked.waited = holder.waits;
      }
      if (holder || queued !== undefined) tracked.missed = 0;
      else if (active) unknown.push({ tracked, ...active });
      else missed.push(tracked);
    }
    const numbers = new Map(unknown.map(({ tracked }) => [tracked, tracked.n]));
    const receivers = await readReceivers(redis, keys, unknown);
    for (const [i, { tracked }] of unknown.entries()) {
      const receiver = receivers[i];
      if (tracked.phase !== "sent" || tracked.n !== numbers.get(tracked)) continue;
      if (receiver) tracked.worker = receiver;
      if (receiver && view.workers.has(receiver)) {
        tracked.waited = false;
        tracked.missed = 0;
      } else missed.push(tracked);
    }
    // Answers that arrived during the look have taken their jobs away.
    for (const tracked of missed) {
      if (jobs.get(tracked.key) !== tracked || tracked.phase !== "sent" || now < tracked.sentAt) continue;
      tracked.missed++;
      if (tracked.missed >= lostAfterLooks) onLost(tracked);
    }
  }

  async function loop(): Promise<void> {
    const start = performance.now();
    // A lost connection is told of by whoever owns it; what was under way then is looked at again.
    await look().catch(onError);
    if (!paused) schedule(Math.max(lookMs, (performance.now() - start) / share));
  }

  function schedule(milliseconds: number): void {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(loop, milliseconds);
  }

  return {
    look,
    pause: () => {
      paused = true;
      clearTimeout(timer);
    },
    resumeIn: (milliseconds) => {
      paused = false;
      for (const tracked of jobs.values()) tracked.missed = 0;
      schedule(milliseconds);
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function measured(jobs: Iterable<Tracked>): Set<string> {
  const devices = new Set<string>();
  for (const { job } of jobs) if (job.kind === "measure") devices.add(job.device);
  return devices;
}
