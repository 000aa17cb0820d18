/** A measurement: its type, and the schema with which one that comes from another machine is checked. */
import { z } from "zod";
import { type CostName, costNames } from "../devices/index.ts";

/** Longest name of a device that travels between machines, in characters. */
export const maxDeviceName = 200;

/** What can be measured: costs, and what only a simulator counts. */
export type MeasuredMetric = CostName | "instructions";

/** The unit of each metric, which costs have in their names, too. */
export const measuredUnits = {
  latencyMs: "ms",
  peakMemoryBytes: "B",
  flashBytes: "B",
  energyMj: "mJ",
  instructions: "instructions",
} as const satisfies Record<MeasuredMetric, string>;

export const measurementSchema = z.strictObject({
  device: z.string().max(maxDeviceName),
  /** What was measured; its unit is that of `measuredUnits`. */
  metric: z.enum([...costNames, "instructions"]),
  /** What the runtime reports: of latency a robust low quantile; see `runtime`. */
  value: z.number(),
  /** Median of all repetitions. */
  median: z.number(),
  /** Half the distance between the 10th and 90th percentile. */
  spread: z.number(),
  repetitions: z.number().int().min(0),
  /** How much slower than at its best the machine was meanwhile, as a reference network saw it: 0.03 is 3 %. Never used to correct `value`. */
  drift: z.number().exactOptional(),
  /** Engine, version and settings, for example `onnxruntime-node 1.30.0, 1 thread`. */
  runtime: z.string().max(1_000),
  /** ISO 8601, UTC. */
  takenAt: z.string().max(100),
});

/** A number that somebody really took. */
export type Measurement = Readonly<z.infer<typeof measurementSchema>>;
