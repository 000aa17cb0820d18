/**
 * The worker program: a child process that does the jobs its parent sends.
 * Arguments: the handler module's URL, the memory limit in bytes, the parent's process id.
 */
import type { HandlerModule } from "./protocol.ts";
import { startWatchdog } from "./watchdog.ts";
import { runWorkerLoop } from "./workerLoop.ts";

// Ctrl-C on a terminal reaches the whole process group; what becomes of running jobs is the parent's decision.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));

const [handlerModule = "", memoryLimitBytes = "0", parentPid = "0"] = process.argv.slice(2);
startWatchdog({ parentPid: Number(parentPid), memoryLimitBytes: Number(memoryLimitBytes), intervalMs: 100 });

runWorkerLoop(
  {
    send: (message) =>
      new Promise((resolve, reject) => {
        process.send?.(message, undefined, {}, (error: Error | null) => (error ? reject(error) : resolve()));
      }),
    onMessage: (listener) => process.on("message", listener),
  },
  async () => (await import(handlerModule)) as HandlerModule,
);
