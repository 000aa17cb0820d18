/** An executor that runs jobs in this process. */
import type { Executor } from "@archwright/core/experiment";
import type { Handler } from "./protocol.ts";
import { createSemaphore } from "./semaphore.ts";
import { settle } from "./settle.ts";

/**
 * One job at a time unless told otherwise: for looking up tables, and for tests.
 * There is no time or memory limit, and a crash ends this process.
 */
export function createInlineExecutor(handler: Handler, slots = 1): Executor {
  const semaphore = createSemaphore(slots);
  const running = new Set<(reason: Error) => void>();
  let closed: Error | undefined;
  return {
    slots,
    async run(job) {
      const release = await semaphore.acquire(job.kind === "measure");
      if (closed) throw closed;
      return new Promise((resolve, reject) => {
        running.add(reject);
        settle(handler, job).then((outcome) => {
          running.delete(reject);
          resolve(outcome);
          release();
        }, reject);
      });
    },
    async close() {
      closed ??= new Error("the executor was closed");
      semaphore.close(closed);
      for (const reject of running) reject(closed);
    },
  };
}
