/** A worker program whose jobs are done at once. Argument: its options as JSON. */
import { createInlineExecutor, type FleetWorkerOptions } from "@archwright/engine";
import { startFleetWorker } from "@archwright/engine/fleet";
import { usedMib } from "./usedMib.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as FleetWorkerOptions;
const weights = new Float32Array(500).fill(0.5);
const worker = startFleetWorker({
  ...options,
  createPool: (_, slots) =>
    createInlineExecutor({ run: async ({ trial }) => ({ kind: "evaluated", score: trial % 101, weights, seconds: 0 }) }, slots),
});
process.on("message", () => process.send?.(usedMib()));
process.on("disconnect", () => process.exit(0));
await worker.ended;
