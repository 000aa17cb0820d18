/** A worker program for tests that kill it. Argument: its options as JSON, and `trace`, the file for its handler. Prints "ready", and "stale" or "cancelled" for an attempt that it gives up. */
import { createInlineExecutor } from "../../executor/index.ts";
import { type FleetWorkerOptions, startFleetWorker } from "../index.ts";
import { createToyHandler } from "./toy.fixture.ts";

const { trace, ...options } = JSON.parse(process.argv[2] ?? "{}") as FleetWorkerOptions & { trace: string };
const log = (event: string) => {
  if (event === "stale" || event === "cancelled") console.log(event);
};
const worker = startFleetWorker({ ...options, log, createPool: (_, slots) => createInlineExecutor(createToyHandler(trace), slots) });
process.on("SIGTERM", () => void worker.drain());
// Nobody is left to end it when the test was killed.
process.on("disconnect", () => process.exit(0));
await worker.ready;
console.log("ready");
await worker.ended;
process.disconnect?.();
