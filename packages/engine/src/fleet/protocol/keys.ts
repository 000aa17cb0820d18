/** Names in Redis: the queues of BullMQ, and all other keys of a fleet. */
import type { Job } from "@archwright/core/experiment";
import { encodeName } from "./attempt.ts";

/**
 * Version of what controller and workers say to each other. It stands in every key, so programs of different protocols
 * never meet; and in every job, so a worker can say what it does not understand.
 */
export const protocolVersion = 4;

/** The prefix of all keys of a fleet. Fleets of different prefixes share a Redis without seeing each other. */
export const defaultPrefix = `archwright:v${protocolVersion}`;

/** The queue of all jobs that any worker can do. */
export const trainQueue = "train";

/** The queue of one device's measurements. */
export function measureQueue(device: string): string {
  return `measure-${encodeName(device)}`;
}

/** The queue of the evaluations that only workers do that have a program of this name. */
export function evaluatorQueue(name: string): string {
  return `evaluate-${encodeName(name)}`;
}

/** The queue that a job goes into. */
export function queueOf(job: Job): string {
  if (job.kind === "measure") return measureQueue(job.device);
  return job.kind === "evaluate" && job.evaluator !== undefined ? evaluatorQueue(job.evaluator) : trainQueue;
}

/** Names of all keys but BullMQ's own. */
export function createKeys(prefix: string) {
  const ofRun = (part: string) => (run: string) => `${prefix}:run:${run}:${part}`;
  return {
    prefix,
    /** Set of worker ids, those that are gone included. */
    workers: `${prefix}:workers`,
    /** Last heartbeat of a worker; expires when it falls silent. */
    worker: (id: string) => `${prefix}:worker:${id}`,
    /** Set of run keys. */
    runs: `${prefix}:runs`,
    /** Last heartbeat of the controller; expires when it falls silent. */
    controller: ofRun("controller"),
    /** Stream of reports. */
    results: ofRun("results"),
    /** Hash: job key → number of the attempt that the controller waits for (the fencing token). */
    outstanding: ofRun("outstanding"),
    /** Hash: job key → number of the last attempt, of jobs that an interrupted session cancelled. */
    cancelled: ofRun("cancelled"),
    /** `run_id` of the server process for which the controller vouches that `outstanding` is complete: a restarted Redis may have lost part of it. */
    vouched: ofRun("vouched"),
    /** Experiment and the manifest of its data, as JSON. */
    experiment: (hash: string) => `${prefix}:experiment:${hash}`,
    /** Bytes by their SHA-256. */
    blob: (sha256: string) => `${prefix}:blob:${sha256}`,
  };
}
export type Keys = ReturnType<typeof createKeys>;
