/**
 * Names of jobs, of their attempts, and of the batches in which attempts travel. Attempt numbers are fencing tokens: the
 * controller waits for one number of each job, and a report with any other number is stale and changes nothing.
 */
import type { Job } from "@archwright/core/experiment";

/** One try of a job. */
export interface Attempt {
  readonly run: string;
  /** Of the job; see {@link jobKey}. */
  readonly key: string;
  /** Fencing token, from 1. */
  readonly number: number;
}

/** What a job is called within its run: the same in every session. */
export function jobKey(job: Job): string {
  if (job.kind === "measure") return `measure-${job.trial}-${encodeName(job.device)}`;
  // Only in later stages is a trial trained several times.
  return job.kind === "evaluate" && job.stage !== undefined
    ? `evaluate-${job.trial}-stage${job.stage}-${job.seed}`
    : `${job.kind}-${job.trial}`;
}

/** An attempt's name. */
export function attemptId({ run, key, number }: Attempt): string {
  return `${run}.${key}.${number}`;
}

/** @returns undefined where this is no attempt's name. */
export function parseAttemptId(id: string): Attempt | undefined {
  const attempts = parseBatchId(id);
  return attempts?.length === 1 ? attempts[0] : undefined;
}

/** Attempts in one batch at most. */
export const maxBatchSize = 16;

/**
 * Id of the BullMQ job that carries a batch of attempts, which are of one run and have the same number. That of a single
 * attempt is the attempt's own name; of several all keys stand in it, so whoever sees a queue knows what lies in it.
 *
 * @param attempts from 1 to {@link maxBatchSize}.
 */
export function batchId(attempts: readonly Attempt[]): string {
  const [first] = attempts;
  if (!first || attempts.length > maxBatchSize) throw new RangeError(`${attempts.length} attempts do not go into one batch`);
  if (attempts.some(({ run, number }) => run !== first.run || number !== first.number)) {
    throw new Error("attempts of different runs or numbers do not go into one batch");
  }
  return attemptId({ ...first, key: attempts.map(({ key }) => key).join(",") });
}

/** Which attempts a BullMQ job carries, from its id. @returns undefined where the id is not one of ours. */
export function parseBatchId(id: string): Attempt[] | undefined {
  const [, run, written, number] = /^([0-9a-zA-Z_-]{1,64})\.([^.:]{1,9999})\.([1-9]\d{0,8})$/.exec(id) ?? [];
  if (run === undefined || written === undefined) return undefined;
  const keys = written.split(",");
  const wrong = keys.length > maxBatchSize || new Set(keys).size < keys.length || keys.some((key) => key === "" || key.length > 600);
  return wrong ? undefined : keys.map((key) => ({ run, key, number: Number(number) }));
}

/** A name of any characters as a part of an id, in which '.' separates. */
export function encodeName(name: string): string {
  return encodeURIComponent(name).replaceAll(".", "%2E");
}
