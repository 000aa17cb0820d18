/** The attempts that a worker has: takes batches, has the jobs run, and gives each attempt's report to the outbox. */
import { InputError } from "@archwright/core/base";
import type { Job } from "@archwright/core/experiment";
import { createSemaphore } from "../../executor/semaphore.ts";
import { type Attempt, attemptId, parseBatchId } from "../protocol/attempt.ts";
import { type Assignment, decodeAssignment, PayloadError, type Report } from "../protocol/codec.ts";
import { createGpus } from "./gpus.ts";
import type { FenceCheck } from "./heartbeat.ts";
import type { Log } from "./log.ts";
import type { Outbox } from "./outbox.ts";
import { type ProcessPools, Refusal } from "./processPools.ts";

export interface AttemptRunnerOptions {
  readonly outbox: Outbox;
  readonly pools: ProcessPools;
  /** Jobs that run at once. */
  readonly slots: number;
  /** GPUs that are set aside for evaluations by programs of the worker's own, one each. None: such evaluations share what there is. */
  readonly gpus?: readonly string[];
  /** Whether nothing else runs while something is measured. */
  readonly measureAlone: boolean;
  readonly log: Log;
  readonly onRefused: (report: Report & { kind: "refused" }) => void;
}

/** How many attempts ended in which way. */
export type AttemptCounts = Readonly<
  Record<"evaluated" | "tested" | "measured" | "failed" | "refused" | "returned" | "stale" | "cancelled", number>
>;

/** An attempt that a worker has. */
interface HeldAttempt extends Attempt {
  readonly id: string;
  experiment: string | undefined;
  begun: boolean;
  /** Why nobody waits for its report any more. */
  gone: "returned" | "stale" | "cancelled" | undefined;
}

/** A job, and how it is to be run. */
interface Task extends Pick<Assignment, "experiment" | "alone"> {
  readonly job: Job;
}

export interface AttemptRunner {
  /** @param batch id of the BullMQ job. Resolves when all that it carries is done or gone. */
  work(batch: string, data: unknown): Promise<void>;
  /** Ids of the attempts that the worker has. */
  held(): string[];
  /** Of these, the ones that wait for others to end. */
  waiting(): string[];
  /** Asks of each attempt whether it is still waited for. */
  fenceChecks(): FenceCheck[];
  counts(): AttemptCounts;
  /** Hands every attempt back; whatever still comes of it is dropped. */
  returnAll(): void;
  close(): void;
}

export function createAttemptRunner({
  outbox,
  pools,
  slots,
  gpus = [],
  measureAlone,
  log,
  onRefused,
}: AttemptRunnerOptions): AttemptRunner {
  const attempts = new Map<string, HeldAttempt>();
  const counts = { evaluated: 0, tested: 0, measured: 0, failed: 0, refused: 0, returned: 0, stale: 0, cancelled: 0 };
  // One for all experiments, because they share the machine.
  const semaphore = createSemaphore(slots);
  const devices = createGpus(gpus);

  async function work(batch: string, data: unknown): Promise<void> {
    const carried = parseBatchId(batch);
    // The controller finds out that nobody has it.
    if (!carried) return log("bad-job", { delivery: batch });
    let assignment: Assignment | PayloadError;
    try {
      assignment = decodeAssignment(
        data,
        carried.map(({ key }) => key),
      );
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error;
      assignment = error;
    }
    const taskOf = (i: number) => (assignment instanceof PayloadError ? assignment : { ...assignment, job: assignment.jobs[i] as Job });
    await Promise.all(carried.map((attempt, i) => workOn(attempt, taskOf(i))));
  }

  async function workOn(attempt: Attempt, task: Task | PayloadError): Promise<void> {
    const id = attemptId(attempt);
    if (attempts.has(id)) return log("bad-job", { attempt: id });
    // Done already, and both the controller that asked for it and the Redis have forgotten.
    if (outbox.sendAgain(id)) return log("delivered-again", { attempt: id });
    const held: HeldAttempt = { ...attempt, id, experiment: undefined, begun: false, gone: undefined };
    attempts.set(id, held);
    const startedAt = performance.now();
    const report = await runTask(held, task);
    attempts.delete(id);
    const tookMs = performance.now() - startedAt;
    if (held.gone) {
      counts[held.gone]++;
      return log(held.gone, { attempt: id });
    }
    counts[report.kind === "outcome" ? report.outcome.kind : report.kind]++;
    outbox.deliver(held, report, tookMs);
    if (report.kind === "refused") {
      log("refused", { attempt: id, code: report.code, reason: report.message });
      onRefused(report);
    } else if (tookMs >= 1_000) log("done", { attempt: id, seconds: tookMs / 1000 });
  }

  async function runTask(held: HeldAttempt, task: Task | PayloadError): Promise<Report> {
    try {
      if (task instanceof PayloadError) throw task;
      const { experiment, job, alone } = task;
      held.experiment = experiment;
      const release = await semaphore.acquire(alone || (job.kind === "measure" && measureAlone));
      held.begun = true;
      try {
        if (held.gone) return { kind: "returned" };
        return { kind: "outcome", outcome: await devices.use(job, (own) => pools.use(experiment, (executor) => executor.run(own))) };
      } catch (error) {
        // The processes are of no use for any job of this experiment.
        if (!held.gone && !(error instanceof Refusal)) await pools.close(experiment);
        throw error;
      } finally {
        release();
      }
    } catch (error) {
      return held.gone ? { kind: "returned" } : refusalOf(error);
    }
  }

  /** An attempt that nobody waits for any more is given up, if that spares something. */
  function fenceCheckOf(held: HeldAttempt): FenceCheck {
    return {
      attempt: held,
      onReply(expected, vouched) {
        if (!vouched || expected === held.number || held.gone || attempts.get(held.id) !== held) return;
        held.gone = expected === undefined ? "cancelled" : "stale";
        const { experiment } = held;
        const same = [...attempts.values()].filter((other) => other.experiment === experiment);
        // Other jobs in the same processes are still wanted: then this one may as well run to its end.
        if (experiment === undefined || !same.every(({ gone }) => gone)) return;
        pools.close(experiment).catch((error: Error) => log("close-failed", { reason: error.message }));
      },
    };
  }

  return {
    work,
    held: () => [...attempts.keys()],
    waiting: () => [...attempts.values()].flatMap(({ id, begun }) => (begun ? [] : [id])),
    fenceChecks: () => [...attempts.values()].map(fenceCheckOf),
    counts: () => ({ ...counts }),
    returnAll() {
      for (const held of attempts.values()) {
        if (held.gone) continue;
        held.gone = "returned";
        outbox.deliver(held, { kind: "returned" }, 0);
      }
    },
    close: () => {
      semaphore.close(new Error("the worker is ending"));
      devices.close();
    },
  };
}

/** What a worker says of a job that it could not begin, or whose program is broken. */
function refusalOf(error: unknown): Report & { kind: "refused" } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof PayloadError) return { kind: "refused", code: error.code, message, input: false };
  if (error instanceof Refusal) return { kind: "refused", code: error.code, message, input: error.input };
  return { kind: "refused", code: "broken", message, input: error instanceof InputError };
}
