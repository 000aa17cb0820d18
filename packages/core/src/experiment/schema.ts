import { z } from "zod";
import { type Dimension, parseQuantity, withParser } from "../base/index.ts";
import type { Budgets, CostName } from "../devices/index.ts";
import { numberFormats } from "../ir/index.ts";
import { spaceSpecSchema } from "../spaces/index.ts";
import { datasetSchema } from "./dataset.ts";
import { metricNames } from "./metrics.ts";
import { trainingSchema } from "./training.ts";

/** A quantity that must be more than nothing. */
function positiveQuantity(dimension: Dimension, example: string) {
  return withParser(z.union([z.string(), z.number()]), (text) => parseQuantity(text, dimension)).refine((value) => value > 0, {
    error: "a budget or limit must be more than 0",
    params: { expected: `for example ${example}` },
  });
}

const budgetsSchema = z
  .strictObject({
    latency: positiveQuantity("time", "5ms").optional(),
    peak_memory: positiveQuantity("memory", "256KiB").optional(),
    flash: positiveQuantity("memory", "1MiB").optional(),
    energy: positiveQuantity("energy", "3mJ").optional(),
  })
  .transform((written): Budgets => {
    const costs = (["latencyMs", "peakMemoryBytes", "flashBytes", "energyMj"] as const).map((cost): [CostName, number | undefined] => [
      cost,
      written[metricNames[cost].yaml],
    ]);
    return Object.fromEntries(costs.filter(([, value]) => value !== undefined));
  });

const tableColumnSchema = z.strictObject({ file: z.string(), column: z.string() });

const deviceSchema = z.strictObject({
  name: z.string(),
  /** Defaults to the device profile's own. */
  format: z.enum(numberFormats).optional(),
  budgets: budgetsSchema.prefault({}),
  /** Latency from a table instead of a cost model. */
  latency_table: tableColumnSchema.optional(),
});

/** An experiment as a user writes it. `docs/experiments.md` explains every key. */
export const experimentSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, { error: "letters, digits, '-' and '_'" }),
  seed: z.int().min(0).default(0),
  /** What to train on; without it `accuracy` says where accuracies come from. */
  dataset: datasetSchema.optional(),
  training: trainingSchema.prefault({}),
  accuracy: tableColumnSchema.optional(),
  /** The name of a space, the path of a YAML file that describes one, or its settings. */
  space: z.union([z.string(), spaceSpecSchema]),
  devices: z.array(z.union([z.string().transform((name) => ({ name, budgets: {} as Budgets })), deviceSchema])).default([]),
  objectives: z.array(z.string()).min(1).default(["error", "latency"]),
  search: z
    .strictObject({
      algorithm: z.string().default("default"),
      population: z.int().min(2).optional(),
      evaluations: z.int().positive().default(100),
      candidates: z.int().positive().optional(),
    })
    .prefault({}),
  limits: z
    .strictObject({
      trial_time: positiveQuantity("time", "10min").default(10 * 60_000),
      trial_memory: positiveQuantity("memory", "2GiB").default(2 * 2 ** 30),
    })
    .prefault({}),
});

export type ExperimentDocument = z.output<typeof experimentSchema>;
export type DeviceDocument = ExperimentDocument["devices"][number];
