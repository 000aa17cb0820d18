import type { Job } from "@archwright/core/experiment";

/**
 * Version of what controller and workers say to each other. It stands in every key, so programs of different protocols
 * never meet; and in every job, so a worker can say what it does not understand.
 */
export const protocolVersion = 2;

/** Under which all keys of a fleet stand. Fleets of different prefixes share a Redis without seeing each other. */
export const defaultPrefix = `archwright:v${protocolVersion}`;

/** The queue of all jobs that any worker can do. */
export const trainQueue = "train";

/** The queue of one device's measurements. */
export function measureQueue(device: string): string {
  return `measure-${encode(device)}`;
}

export function queueOf(job: Job): string {
  return job.kind === "measure" ? measureQueue(job.device) : trainQueue;
}

/** What a job is called within its run: the same in every sitting. */
export function jobKey(job: Job): string {
  return job.kind === "measure" ? `measure-${job.trial}-${encode(job.device)}` : `${job.kind}-${job.trial}`;
}

/** One try of a job. `n` is its fencing number, from 1: only the answer with the newest number counts. */
export interface Attempt {
  readonly run: string;
  readonly key: string;
  readonly n: number;
}

/** An attempt's name. */
export function attemptId({ run, key, n }: Attempt): string {
  return `${run}.${key}.${n}`;
}

export function parseAttemptId(id: string): Attempt | undefined {
  const attempts = parseDeliveryId(id);
  return attempts?.length === 1 ? attempts[0] : undefined;
}

/** So many attempts travel together at most. */
export const maxTogether = 16;

/**
 * Id of the BullMQ job that carries these attempts, which are of one run and have the same number. One attempt's is its
 * own name; of several all keys stand in it, so whoever sees a queue knows what lies in it.
 *
 * @param attempts from 1 to {@link maxTogether}.
 */
export function deliveryId(attempts: readonly Attempt[]): string {
  const [first] = attempts;
  if (!first || attempts.length > maxTogether) throw new RangeError(`${attempts.length} attempts cannot travel together`);
  if (attempts.some(({ run, n }) => run !== first.run || n !== first.n)) throw new Error("attempts of different runs or numbers");
  return attemptId({ ...first, key: attempts.map(({ key }) => key).join(",") });
}

/** Which attempts a BullMQ job carries, from its id. */
export function parseDeliveryId(id: string): Attempt[] | undefined {
  const [, run, written, n] = /^([0-9a-zA-Z_-]{1,64})\.([^.:]{1,9999})\.([1-9]\d{0,8})$/.exec(id) ?? [];
  if (run === undefined || written === undefined) return undefined;
  const keys = written.split(",");
  const wrong = keys.length > maxTogether || new Set(keys).size < keys.length || keys.some((key) => key === "" || key.length > 600);
  return wrong ? undefined : keys.map((key) => ({ run, key, n: Number(n) }));
}

/** Names of all keys but BullMQ's own. */
export function createKeys(prefix: string) {
  const ofRun = (part: string) => (run: string) => `${prefix}:run:${run}:${part}`;
  return {
    prefix,
    /** Set of worker ids, those that are gone included. */
    workers: `${prefix}:workers`,
    /** What a worker says of itself; gone when it has not spoken for a while. */
    worker: (id: string) => `${prefix}:worker:${id}`,
    /** Set of run keys. */
    runs: `${prefix}:runs`,
    /** What the controller says of itself; gone when it has not spoken for a while. */
    controller: ofRun("controller"),
    /** Stream of reports. */
    results: ofRun("results"),
    /** Hash: job key → number of the attempt that is waited for. */
    outstanding: ofRun("outstanding"),
    /** Hash: job key → number of the last attempt, of jobs that an interrupted sitting called off. */
    cancelled: ofRun("cancelled"),
    /** Id of the server process for which the controller vouches that `outstanding` is right. */
    vouched: ofRun("vouched"),
    /** Experiment and what it says of its data, as JSON. */
    experiment: (hash: string) => `${prefix}:experiment:${hash}`,
    /** Bytes by their SHA-256. */
    blob: (sha256: string) => `${prefix}:blob:${sha256}`,
  };
}
export type Keys = ReturnType<typeof createKeys>;

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(".", "%2E");
}
