/** Tells the user of workers that come, go and are missed. */
import type { Job } from "@archwright/core/experiment";
import type { WorkerHeartbeat } from "../../protocol/workerRegistry.ts";
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

  /** Says when jobs wait and nobody is there to do them: no worker at all, or none with the device or the program. */
  function tellOfAbsence({ workers }: FleetSnapshot, now: number): void {
    const there = [...workers.values()].filter(({ draining }) => !draining);
    const missing = new Map<string, Lacking>();
    for (const { job } of jobs.values()) {
      const lacking = whatLacks(job, there);
      if (lacking) missing.set(JSON.stringify(lacking), lacking);
    }
    for (const key of notices.keys()) if (!missing.has(key)) notices.delete(key);
    for (const [key, lacking] of missing) {
      const notice = notices.get(key) ?? { since: now };
      notices.set(key, notice);
      const due = notice.saidAt === undefined ? notice.since + noticeMs : notice.saidAt + noticeAgainMs;
      if (now < due) continue;
      notice.saidAt = now;
      onEvent({ kind: "waiting-for-workers", seconds: (now - notice.since) / 1000, ...lacking });
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

/** What no worker has that a job needs; empty where there is no worker at all. */
type Lacking = Pick<Extract<FleetEvent, { readonly kind: "waiting-for-workers" }>, "device" | "evaluator">;

function whatLacks(job: Job, there: readonly WorkerHeartbeat[]): Lacking | undefined {
  if (job.kind === "evaluate" && job.evaluator !== undefined) {
    const { evaluator } = job;
    return there.some(({ evaluators = [] }) => evaluators.includes(evaluator)) ? undefined : { evaluator };
  }
  if (there.length === 0) return {};
  return job.kind === "measure" && !there.some(({ devices }) => devices.includes(job.device)) ? { device: job.device } : undefined;
}
