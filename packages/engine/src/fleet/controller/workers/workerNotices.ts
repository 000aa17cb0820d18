/** Tells the user of workers that come, go and are missed. */
import type { FleetEvent } from "../events.ts";
import type { TrackedJob } from "../jobs/trackedJob.ts";
import type { FleetSnapshot } from "./fleetSnapshot.ts";

export interface WorkerNoticesOptions {
  readonly jobs: ReadonlyMap<string, TrackedJob>;
  /** How long jobs wait for workers before that is said. */
  readonly noticeMs: number;
  readonly onEvent: (event: FleetEvent) => void;
}

export interface WorkerNotices {
  /** Compares the fleet with what it was at the last call. */
  update(snapshot: FleetSnapshot): void;
  /** A device was measured. @param host of the worker that did; undefined where it is gone already. */
  measured(device: string, host: string | undefined): void;
}

/** That jobs wait for workers is said again after so long. */
const noticeAgainMs = 60_000;

export function createWorkerNotices({ jobs, noticeMs, onEvent }: WorkerNoticesOptions): WorkerNotices {
  const notices = new Map<string, { readonly since: number; saidAt?: number }>();
  /** Device → machines that have measured it in this session. */
  const machinesOf = new Map<string, Set<string>>();
  let before: FleetSnapshot | undefined;

  function tellOfWorkers(now: FleetSnapshot): void {
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
  function tellOfAbsence({ workers }: FleetSnapshot, now: number): void {
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

  return {
    update(snapshot) {
      tellOfWorkers(snapshot);
      before = snapshot;
      tellOfAbsence(snapshot, performance.now());
    },
    measured(device, host) {
      if (host === undefined) return;
      const machines = machinesOf.get(device) ?? new Set();
      machinesOf.set(device, machines);
      if (machines.has(host)) return;
      machines.add(host);
      if (machines.size > 1) onEvent({ kind: "measured-elsewhere", device, machines: [...machines] });
    },
  };
}
