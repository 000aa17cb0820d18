/** A thread in each worker process that ends it when its parent is gone or it uses too much memory. */
import { Worker } from "node:worker_threads";

/** What the watchdog writes to standard error before it ends the process for its memory. */
export const memoryMark = "archwright: memory limit reached:";

export interface WatchdogOptions {
  readonly parentPid: number;
  readonly memoryLimitBytes: number;
  readonly intervalMs: number;
}

// Plain JavaScript in a text: a thread of its own file would need the loader that runs the sources.
const program = `
const { workerData } = require("node:worker_threads");
const { writeSync } = require("node:fs");
function end() { process.kill(process.pid, "SIGKILL"); }
function parentIsGone() {
  if (process.platform !== "win32") return process.ppid !== workerData.parentPid;
  try { process.kill(workerData.parentPid, 0); return false; } catch { return true; }
}
setInterval(() => {
  if (parentIsGone()) end();
  const rss = process.memoryUsage.rss();
  if (rss > workerData.memoryLimitBytes) {
    try { writeSync(2, "\\n${memoryMark} " + rss + " bytes\\n"); } catch {}
    end();
  }
}, workerData.intervalMs);
`;

/**
 * Ends this process when its parent is gone or its resident memory is over the limit. A thread of its own,
 * so it does so even while the main thread is stuck in a loop or in native code.
 */
export function startWatchdog(options: WatchdogOptions): void {
  const thread = new Worker(program, {
    eval: true,
    workerData: options,
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
  });
  thread.unref();
}
