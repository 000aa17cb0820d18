/** Sets GPUs aside: each for one evaluation at a time, whichever experiment it is of. */
import type { Job } from "@archwright/core/experiment";
import { createSemaphore } from "../../executor/semaphore.ts";

export interface Gpus {
  /** Calls `run` with the job and a GPU for it, where it needs one: when one is free. */
  use<T>(job: Job, run: (job: Job) => Promise<T>): Promise<T>;
  /** Whoever waits, and whoever comes later, is rejected. */
  close(): void;
}

/** @param names as CUDA_VISIBLE_DEVICES names them. Jobs get none where there are none. */
export function createGpus(names: readonly string[]): Gpus {
  const free = [...names];
  const semaphore = createSemaphore(Math.max(1, names.length));
  return {
    async use(job, run) {
      if (job.kind !== "evaluate") return run(job);
      // What came with the job is not this worker's.
      const { gpu: _, ...own } = job;
      if (names.length === 0 || own.evaluator === undefined) return run(own);
      const release = await semaphore.acquire(false);
      const gpu = free.shift() as string;
      try {
        return await run({ ...own, gpu });
      } finally {
        free.push(gpu);
        release();
      }
    },
    close: () => semaphore.close(new Error("the worker is ending")),
  };
}
