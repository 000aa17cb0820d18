import { setTimeout as delay } from "node:timers/promises";
import type { Executor, Outcome } from "@archwright/core/experiment";
import { createRefusalListener, openLink, type RedisAddress } from "../connection/connection.ts";
import type { Report } from "../protocol/codec.ts";
import { packShipment, type Shipment } from "../protocol/experimentStore.ts";
import { createKeys, defaultPrefix, jobKey } from "../protocol/keys.ts";
import type { View } from "../protocol/workerRegistry.ts";
import { createAcceptance } from "./acknowledger.ts";
import { type Leftover, leaveRun, readLeftover, readReport, writeState } from "./controllerState.ts";
import { createAdmission } from "./dispatcher.ts";
import type { FleetEvent } from "./events.ts";
import { createSender } from "./jobProducer.ts";
import { judge, quarantineDeaths, type Tracked, track } from "./jobs.ts";
import { createPresence } from "./presence.ts";
import { startReconciler } from "./reconciler.ts";
import { createRefusals } from "./refusals.ts";
import { type Entry, type ResultReader, startResultReader } from "./resultReader.ts";

export interface FleetExecutorOptions extends Shipment {
  readonly connection: RedisAddress;
  /** Names the run in Redis: the same in every sitting, another for every run. Letters, digits, '-' and '_'; see {@link fleetRunKey}. */
  readonly runKey: string;
  /** For people who look at the fleet. */
  readonly runName?: string;
  readonly prefix?: string;
  readonly onEvent?: (event: FleetEvent) => void;
  /** Jobs given out at most, for each slot of the workers that are there. Few, so that a search always learns from the newest results. */
  readonly queuedPerSlot?: number;
  /** Between two looks at who has what. */
  readonly lookMs?: number;
  /** After the Redis came back, how long workers may take to say that they are there. Longer than their silence may last. */
  readonly settleMs?: number;
  /** How long jobs wait for workers before that is said. */
  readonly noticeMs?: number;
}

const refusedAgainMs = 500;

/**
 * Runs jobs on the workers that share a Redis with this program. BullMQ delivers each attempt once; this controller
 * alone decides what is accepted and what is submitted again, so every job has exactly one outcome.
 *
 * What is under way is kept in Redis: an executor of the same run key takes in the results that a killed one left, and
 * goes on with the jobs that are queued or with workers. While the Redis is away everything waits.
 */
export function createFleetExecutor(options: FleetExecutorOptions): Executor {
  const { connection, runKey: run, prefix = defaultPrefix, queuedPerSlot = 2 } = options;
  const { lookMs = 250, settleMs = 3_000, noticeMs = 5_000 } = options;
  if (!/^[0-9a-zA-Z_-]{1,64}$/.test(run)) throw new Error(`'${run}' cannot name a run in Redis`);
  const onEvent = options.onEvent ?? (() => {});
  const keys = createKeys(prefix);
  const { hash: experiment } = packShipment(options);

  /** All that has no accepted outcome yet. */
  const jobs = new Map<string, Tracked>();
  const refusals = createRefusals();
  let leftover: Leftover | undefined;
  let view: View | undefined;
  let reader: ResultReader | undefined;
  let closed: Error | undefined;
  let restoring = false;

  const link = openLink(
    connection,
    {
      onAway: (reason) => {
        reconciler.pause();
        onEvent({ kind: "redis-away", reason });
      },
      onBack: (restarted, awayMs) => {
        onEvent({ kind: "redis-back", seconds: awayMs / 1000, restarted });
        reconciler.resumeIn(settleMs);
        if (restarted && leftover) void restore();
      },
    },
    `archwright-controller-${run}`,
  );
  const { redis } = link;
  const onError = createRefusalListener((reason) => onEvent({ kind: "redis-refuses", reason }));
  const sender = createSender({ redis, keys, run, experiment, together: () => admission.together(), onError });
  const admission = createAdmission(queuedPerSlot, send);
  const acceptance = createAcceptance(redis, keys, run);
  const presence = createPresence({
    redis,
    keys,
    run,
    shipment: options,
    name: options.runName ?? run,
    noticeMs,
    jobs,
    counts: admission.counts,
    onEvent,
  });
  const reconciler = startReconciler({ redis, keys, lookMs, jobs, run, onView, onLost, onError });

  function send(tracked: Tracked): void {
    tracked.phase = "sent";
    tracked.sentAt = performance.now();
    tracked.missed = 0;
    tracked.worker = undefined;
    tracked.waited = false;
    tracked.delivery = undefined;
    sender.send(tracked);
  }

  async function start(): Promise<void> {
    // Again where the connection is lost meanwhile: nothing here changes anything when done twice.
    while (!closed) {
      try {
        await link.ready;
        const server = link.serverId();
        const found = await readLeftover(redis, keys, run);
        await writeState(link, keys, run, options, []);
        await reconciler.look();
        if (closed) return;
        if (link.serverId() !== server) continue;
        leftover = found;
        reader = startResultReader(link.duplicate(), keys.results(run), found.cursor, onEntries);
        reconciler.resumeIn(lookMs);
        for (const tracked of jobs.values()) place(tracked);
        acceptance.flush();
        admission.admit();
        return;
      } catch (error) {
        onError(error);
        await delay(100);
      }
    }
  }

  /** Another server process answers: it may have forgotten everything, or the last seconds. */
  async function restore(): Promise<void> {
    if (restoring) return;
    restoring = true;
    while (!closed) {
      try {
        const sent = [...jobs.values()].filter(({ phase }) => phase !== "waiting");
        await writeState(link, keys, run, options, [...(leftover?.open() ?? []), ...sent]);
        reader?.rewind();
        break;
      } catch (error) {
        onError(error);
        await delay(100);
      }
    }
    restoring = false;
  }

  /** Where a job begins: with the result that an earlier sitting left, with the attempt that it left, or anew. */
  function place(tracked: Tracked): void {
    const { key } = tracked;
    const claimed = leftover?.claim(key) ?? { kind: "new", last: undefined };
    if (claimed.kind === "done") {
      tracked.n = claimed.entry.n;
      onEvent({ kind: "taken-in", job: key, attempt: tracked.n });
      accept(tracked, claimed.entry, claimed.report.outcome);
    } else if (claimed.kind === "open") {
      tracked.n = claimed.n;
      tracked.phase = "sent";
      tracked.sentAt = performance.now();
      admission.adopt(tracked);
      onEvent({ kind: "adopted", job: key, attempt: claimed.n });
    } else {
      tracked.n = (claimed.last ?? acceptance.numberOf(key) ?? 0) + 1;
      admission.enter(tracked);
    }
  }

  function onEntries(entries: readonly Entry[]): void {
    for (const entry of entries) onEntry(entry);
    acceptance.flush();
    admission.admit();
  }

  function onEntry(entry: Entry): void {
    const { key, n, worker } = entry;
    if (closed || acceptance.isSettled(entry) || leftover?.holds(entry)) return;
    const tracked = jobs.get(key);
    const report = readReport(entry);
    if (!tracked && leftover?.takeIn(entry, report)) return;
    if (!tracked || tracked.phase === "waiting" || tracked.n !== n) {
      // The same answer may have been delivered twice, where a connection was lost; another one is stale.
      if (acceptance.numberOf(key) !== n) onEvent({ kind: "stale", job: key, attempt: n, worker });
      acceptance.discard(entry);
      return;
    }
    if (report?.kind === "outcome") {
      accept(tracked, entry, report.outcome);
      return;
    }
    acceptance.discard(entry);
    if (report?.kind === "refused") refused(tracked, entry, report);
    else if (report?.kind === "returned") {
      onEvent({ kind: "job-returned", job: key, attempt: n, worker });
      again(tracked, "outage");
    } else {
      onEvent({ kind: "garbled", job: key, attempt: n, worker, reason: "the report is not as it should be" });
      tracked.faults++;
      again(tracked, "fault");
    }
  }

  function accept(tracked: Tracked, entry: Entry, outcome: Outcome): void {
    jobs.delete(tracked.key);
    admission.answered(tracked);
    acceptance.keep(entry);
    refusals.accepted(entry.worker);
    if (outcome.kind === "measured") presence.measured(outcome.measurement.device, view?.workers.get(entry.worker)?.host);
    tracked.resolve(outcome);
  }

  function refused(tracked: Tracked, { worker }: Entry, report: Report & { kind: "refused" }): void {
    onEvent({ kind: "refused", job: tracked.key, attempt: tracked.n, worker, code: report.code, reason: report.message });
    const reason = refusals.refused(tracked, worker, report, view);
    if (reason) stop(reason);
    else again(tracked, "outage", refusedAgainMs);
  }

  /** Nobody has this attempt any more. */
  function onLost(tracked: Tracked): void {
    const { key, n, job, worker, waited, deaths } = tracked;
    const dead = worker !== undefined && !view?.workers.has(worker);
    onEvent({ kind: "job-lost", job: key, attempt: n, ...(dead ? { worker } : {}) });
    if (!dead || waited) {
      again(tracked, "outage");
      return;
    }
    deaths.push(worker);
    tracked.faults++;
    if (deaths.length === quarantineDeaths) {
      onEvent({ kind: "quarantined", job: key, architecture: job.architecture, workers: [...deaths] });
    }
    again(tracked, "death");
  }

  /** Submits a job again, under the next number: whatever still answers to the last one is stale from now on. */
  function again(tracked: Tracked, cause: "death" | "fault" | "outage", leastDelayMs = 0): void {
    const verdict = judge(tracked, cause);
    admission.leave(tracked);
    if (verdict.kind === "failed") {
      jobs.delete(tracked.key);
      acceptance.giveUp(tracked.key);
      tracked.resolve({ kind: "failed", failure: verdict.failure, seconds: (performance.now() - tracked.askedAt) / 1000 });
      return;
    }
    tracked.n++;
    redis.hset(keys.outstanding(run), tracked.key, tracked.n).catch(() => {});
    const delayMs = Math.max(leastDelayMs, verdict.delayMs);
    admission.adopt(tracked);
    if (delayMs === 0) {
      send(tracked);
      return;
    }
    tracked.phase = "backoff";
    setTimeout(() => {
      if (!closed && tracked.phase === "backoff") send(tracked);
    }, delayMs);
  }

  function onView(next: View): void {
    view = next;
    admission.setWorkers([...next.workers.values()]);
    admission.admit();
    presence.tell(next);
  }

  /** Rejects everything, now and later. */
  function stop(reason: Error): readonly Tracked[] {
    closed ??= reason;
    const open = [...jobs.values()];
    jobs.clear();
    reconciler.stop();
    reader?.stop();
    admission.clear();
    for (const { reject } of open) reject(closed);
    calledOff.push(...open.filter(({ phase }) => phase !== "waiting"));
    return open;
  }
  const calledOff: Tracked[] = [];
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    stop(new Error("the executor was closed"));
    const leave = async () => {
      await acceptance.settled();
      await sender.removeAll(calledOff);
      if (leftover) await leaveRun(redis, keys, run, [...calledOff, ...leftover.open()]);
    };
    // Where the Redis is away, what stands in it is for the next sitting.
    await Promise.race([leave().catch(() => {}), delay(2_000, undefined, { ref: false })]);
    await link.close();
    await sender.close();
  }

  void start();

  return {
    get slots() {
      return admission.slots();
    },
    run(job) {
      if (closed) return Promise.reject(closed);
      const key = jobKey(job);
      if (jobs.has(key)) return Promise.reject(new Error(`the job ${key} is running already`));
      const { tracked, outcome } = track(key, job, 0);
      jobs.set(key, tracked);
      if (leftover) {
        place(tracked);
        acceptance.flush();
        admission.admit();
      }
      return outcome;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
