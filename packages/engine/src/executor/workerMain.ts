/**
 * The worker program: a child process that does the jobs its parent sends.
 * Arguments: the handler module's URL, the memory limit in bytes, the parent's process id.
 */
import type { HandlerModule } from "./protocol.ts";
import { startWatchdog } from "./watchdog.ts";
import { runWorkerLoop } from "./workerLoop.ts";

// These may reach the whole process group: Ctrl-C, a service being stopped, a terminal being closed. What becomes of running jobs is the
// parent's decision; were they ended here, their candidates would count as failed.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
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
