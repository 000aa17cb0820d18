/** An executor that runs jobs in child processes of this machine. */
import { InputError } from "@archwright/core/base";
import type { Executor, Job, Outcome } from "@archwright/core/experiment";
import { describeExit } from "./processExit.ts";
import { createSemaphore } from "./semaphore.ts";
import { BrokenError, startWorkerProcess, type WorkerProcess, type WorkerProcessOptions } from "./workerProcess.ts";

export interface ProcessExecutorOptions extends Omit<WorkerProcessOptions, "startLimitMs"> {
  /** How many jobs run at once, each in a process of its own. */
  readonly workers: number;
  readonly startLimitMs?: number;
  /** Jobs after which a process is replaced, so that what libraries leak stays bounded. */
  readonly recycleAfterJobs?: number;
  /** Whether a measure job runs alone, as is the default. */
  readonly measureAlone?: boolean;
  readonly onEvent?: (event: ExecutorEvent) => void;
}

/** Something that happened to a worker process. */
export interface ExecutorEvent {
  readonly kind: "worker-started" | "worker-lost" | "worker-recycled";
  readonly pid: number | undefined;
  readonly reason?: string;
}

/** A process that still holds this share of its limit after a job is replaced. */
const recycleShare = 0.5;
/** Processes that may end one after another outside of any job before the executor gives up. */
const maxLost = 2;

interface Slot {
  worker: WorkerProcess | undefined;
  busy: boolean;
}

/**
 * Runs jobs in child processes, started when first needed and replaced when they crash, reach a limit, or
 * have done many jobs. A job that ends its process, or exceeds a limit, is a failed candidate. If processes
 * end before a job begins, twice in a row, every job rejects.
 */
export function createProcessExecutor(options: ProcessExecutorOptions): Executor {
  const { workers: slotCount, recycleAfterJobs = 500, startLimitMs = 120_000, measureAlone = true, onEvent = () => {} } = options;
  if (!Number.isInteger(slotCount) || slotCount < 1) throw new RangeError(`workers must be a whole number from 1, not ${slotCount}`);
  const semaphore = createSemaphore(slotCount);
  const slots: Slot[] = Array.from({ length: slotCount }, () => ({ worker: undefined, busy: false }));
  const alive = new Set<WorkerProcess>();
  let stopped: Error | undefined;
  let lostInARow = 0;

  function stop(reason: Error): Error {
    stopped ??= reason;
    semaphore.close(stopped);
    for (const worker of alive) worker.kill();
    return stopped;
  }

  function start(slot: Slot): WorkerProcess {
    const worker = startWorkerProcess({ ...options, startLimitMs });
    slot.worker = worker;
    alive.add(worker);
    onEvent({ kind: "worker-started", pid: worker.pid });
    void worker.ended.then((exit) => {
      alive.delete(worker);
      lost(worker, slot, describeExit(exit));
    });
    return worker;
  }

  /** A process has ended: says so once, whoever finds out first. */
  function lost(worker: WorkerProcess, slot: Slot, reason: string): void {
    if (slot.worker !== worker) return;
    slot.worker = undefined;
    if (!stopped) onEvent({ kind: "worker-lost", pid: worker.pid, reason });
  }

  /** @returns undefined if the process ended before the job had begun. */
  async function attempt(slot: Slot, job: Job): Promise<Outcome | undefined> {
    const worker = slot.worker ?? start(slot);
    try {
      await worker.ready;
    } catch (error) {
      if (stopped) throw stopped;
      const reason = error instanceof Error ? error : new Error(String(error));
      lost(worker, slot, reason.message);
      if (reason instanceof BrokenError || reason instanceof InputError || ++lostInARow >= maxLost) throw stop(reason);
      return undefined;
    }
    const answer = await worker.run(job);
    if (stopped) throw stopped;
    if (answer.kind === "lost") {
      lost(worker, slot, answer.reason);
      if (++lostInARow >= maxLost) throw stop(new Error(`worker processes end before they begin a job: ${answer.reason}`));
      return undefined;
    }
    lostInARow = 0;
    if (answer.kind === "died") {
      lost(worker, slot, answer.outcome.kind === "failed" ? answer.outcome.failure.message : "");
    } else if (worker.jobs >= recycleAfterJobs || answer.rssBytes > recycleShare * options.memoryLimitBytes) {
      onEvent({ kind: "worker-recycled", pid: worker.pid, reason: `${worker.jobs} jobs, ${Math.round(answer.rssBytes / 1024 ** 2)} MiB` });
      slot.worker = undefined;
      worker.end();
    }
    return answer.outcome;
  }

  return {
    slots: slotCount,
    async run(job) {
      const release = await semaphore.acquire(measureAlone && job.kind === "measure");
      // The semaphore lets through no more than there are slots. A slot with a process is preferred to starting one.
      const slot = slots.find(({ busy, worker }) => !busy && worker) ?? slots.find(({ busy }) => !busy);
      if (!slot) throw new Error("the semaphore let through more jobs than there are slots");
      slot.busy = true;
      try {
        for (;;) {
          if (stopped) throw stopped;
          const outcome = await attempt(slot, job);
          if (outcome) return outcome;
        }
      } finally {
        slot.busy = false;
        release();
      }
    },
    async close() {
      stop(new Error("the executor was closed"));
      await Promise.all([...alive].map((worker) => worker.ended));
    },
  };
}
