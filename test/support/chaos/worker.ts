/** A worker program of the chaos tests. Argument: its options as JSON. Prints what happens as JSON lines. SIGTERM drains it. */
import type { Experiment } from "@archwright/core";
import { createProcessExecutor, type FleetWorkerOptions } from "@archwright/engine";
import { startFleetWorker } from "@archwright/engine/fleet";

const options = JSON.parse(process.argv[2] ?? "{}") as FleetWorkerOptions;
const worker = startFleetWorker({
  ...options,
  log: (event, fields) => console.log(JSON.stringify({ event, ...fields })),
  createPool: (experiment, workers) => {
    const { trialTimeMs, trialMemoryBytes } = (experiment as unknown as Experiment).limits;
    const executor = createProcessExecutor({
      experiment,
      workers,
      workerModule: new URL("handler.mjs", import.meta.url),
      timeLimitMs: trialTimeMs,
      memoryLimitBytes: trialMemoryBytes,
    });
    // So that whoever disturbs it knows when there is something to disturb.
    const say = (event: string) => console.log(JSON.stringify({ event }));
    return {
      ...executor,
      run: (job) => {
        say("begins");
        return executor.run(job).finally(() => say("finishes"));
      },
    };
  },
});
console.log(JSON.stringify({ event: "clock", date: new Date().toISOString(), id: worker.status().id }));
// Nobody is left to end it when the test was killed.
process.on("disconnect", () => process.exit());
process.on("SIGTERM", () => void worker.drain());
const { reason, message } = await worker.ended;
console.log(JSON.stringify({ event: "over", reason, message, counts: worker.status().counts }));
process.exitCode = reason === "version" ? 2 : 0;
process.disconnect?.();
