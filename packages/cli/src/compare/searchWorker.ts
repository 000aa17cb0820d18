/** A thread that does searches of `bench compare`. */
import { parentPort, workerData } from "node:worker_threads";
import { createRunner, type SearchPlan, type WorkerAnswer, type WorkerRequest } from "./searches.ts";

const run = createRunner(workerData as SearchPlan);
parentPort?.on("message", ({ id, jobs }: WorkerRequest) => {
  parentPort?.postMessage({ id, traces: jobs.map(run) } satisfies WorkerAnswer);
});
