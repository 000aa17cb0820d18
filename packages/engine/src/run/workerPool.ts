/** The local child processes that do the jobs of an experiment. */
import type { Executor, Experiment, Json } from "@archwright/core";
import { createProcessExecutor, type ExecutorEvent, type ProcessExecutorOptions } from "../executor/index.ts";

const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";

export function createWorkerPool(
  experiment: Experiment,
  workers: number,
  onEvent: (event: ExecutorEvent) => void,
  options: Pick<ProcessExecutorOptions, "measureAlone" | "workFolder"> = {},
): Executor {
  return createProcessExecutor({
    experiment: experiment as unknown as Json,
    workers,
    onEvent,
    ...options,
    workerModule: new URL(`../worker/handler.${extension}`, import.meta.url),
    timeLimitMs: experiment.limits.trialTimeMs,
    memoryLimitBytes: experiment.limits.trialMemoryBytes,
  });
}
