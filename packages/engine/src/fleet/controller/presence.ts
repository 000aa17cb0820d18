import { hostname } from "node:os";
import type { Redis } from "ioredis";
import { type Shipment, shipmentKeys } from "../protocol/experimentStore.ts";
import type { Keys } from "../protocol/keys.ts";
import type { View } from "../protocol/workerRegistry.ts";
import { prolong } from "./controllerState.ts";
import type { FleetEvent } from "./events.ts";
import type { Tracked } from "./jobs.ts";

export interface PresenceOptions {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly run: string;
  readonly shipment: Shipment;
  /** The run's, for people. */
  readonly name: string;
  readonly noticeMs: number;
  readonly jobs: ReadonlyMap<string, Tracked>;
  readonly counts: () => { readonly waiting: number; readonly given: number };
  readonly onEvent: (event: FleetEvent) => void;
}

/** That jobs wait for workers is said again after so long. */
const noticeAgainMs = 60_000;
const beatMs = 1_000;
const prolongMs = 60_000;

/** Who is there: tells the user of workers that come, go and are missed, and the fleet of this controller. */
export function createPresence({ redis, keys, run, shipment, name, noticeMs, jobs, counts, onEvent }: PresenceOptions) {
  const notices = new Map<string, { readonly since: number; saidAt?: number }>();
  const shipped = shipmentKeys(keys, shipment);
  /** Who has measured each device in this sitting. */
  const machinesOf = new Map<string, Set<string>>();
  let before: View | undefined;
  let beatAt = Number.NEGATIVE_INFINITY;
  let prolongedAt = Number.NEGATIVE_INFINITY;

  function tellOfWorkers(now: View): void {
    for (const { id, name, slots, program } of now.workers.values()) {
      if (before?.workers.has(id)) continue;
      onEvent({ kind: "worker-joined", worker: id, name, slots, ...(program === undefined ? {} : { program }) });
    }
    for (const worker of before?.workers.values() ?? []) {
      if (now.workers.has(worker.id)) continue;
      onEvent({ kind: worker.draining ? "worker-left" : "worker-lost", worker: worker.id, name: worker.name });
    }
  }

  /** Says when jobs wait and nobody is there to do them: no worker at all, or none with the device. */
  function tellOfAbsence({ workers }: View, now: number): void {
    const there = [...workers.values()].filter(({ draining }) => !draining);
    const missing = new Set<string>();
    if (there.length === 0 && jobs.size > 0) missing.add("");
    for (const { job } of there.length > 0 ? jobs.values() : []) {
      if (job.kind === "measure" && !there.some(({ devices }) => devices.includes(job.device))) missing.add(job.device);
    }
    for (const device of notices.keys()) if (!missing.has(device)) notices.delete(device);
    for (const device of missing) {
      const notice = notices.get(device) ?? { since: now };
      notices.set(device, notice);
      const due = notice.saidAt === undefined ? notice.since + noticeMs : notice.saidAt + noticeAgainMs;
      if (now < due) continue;
      notice.saidAt = now;
      onEvent({ kind: "waiting-for-workers", seconds: (now - notice.since) / 1000, ...(device === "" ? {} : { device }) });
    }
  }

  function tellFleet(now: number): void {
    if (now - beatAt > beatMs) {
      beatAt = now;
      const beat = { name, host: hostname(), pid: process.pid, ...counts() };
      redis
        .multi()
        .sadd(keys.runs, run)
        .set(keys.controller(run), JSON.stringify(beat), "PX", 5 * beatMs)
        .exec()
        .catch(() => {});
    }
    if (now - prolongedAt > prolongMs) {
      prolongedAt = now;
      prolong(redis, keys, run, shipped);
    }
  }

  return {
    /** @param host of the worker that measured; undefined where it is gone already. */
    measured(device: string, host: string | undefined): void {
      if (host === undefined) return;
      const machines = machinesOf.get(device) ?? new Set();
      machinesOf.set(device, machines);
      if (machines.has(host)) return;
      machines.add(host);
      if (machines.size > 1) onEvent({ kind: "measured-elsewhere", device, machines: [...machines] });
    },
    tell(view: View): void {
      const now = performance.now();
      tellOfWorkers(view);
      before = view;
      tellOfAbsence(view, now);
      tellFleet(now);
    },
  };
}
