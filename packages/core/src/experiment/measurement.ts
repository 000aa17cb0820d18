/** A measurement: its type, and the schema with which one that comes from another machine is checked. */
import { z } from "zod";

/** Longest name of a device that travels between machines, in characters. */
export const maxDeviceName = 200;

export const measurementSchema = z.strictObject({
  device: z.string().max(maxDeviceName),
  metric: z.literal("latencyMs"),
  /** The robust low quantile that the runtime reports; see `runtime`. */
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
