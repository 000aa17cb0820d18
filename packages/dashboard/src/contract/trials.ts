/** Fronts, and single trials. */
import { z } from "@hono/zod-openapi";
import { anyJson, numbersByName } from "./common.ts";

/** A trial as the command line's JSON gives it: its score stands under the metric's name, `accuracy` and `test_accuracy`. */
export const trialSchema = z
  .looseObject({
    number: z.int(),
    /** Canonical text. */
    architecture: z.string(),
    status: z.enum(["feasible", "infeasible", "failed"]),
    gate: z.string(),
    macs: z.number().nullable(),
    parameters: z.number().nullable(),
    /**
     * By device: `latency_ms`, `peak_memory_bytes`, `flash_bytes`, `energy_mj`, null where unknown; `sources` says how each is known;
     * `predicted` and `measured` hold both kinds side by side, with the ends of 95 % intervals in `latency_ms_low95` and so on.
     */
    costs: z.record(z.string(), z.record(z.string(), anyJson)),
    /** By objective, all minimised; null where it has none. */
    objectives: numbersByName.nullable(),
    over_budget: z.array(anyJson),
    fidelity: anyJson,
    seconds: z.number(),
  })
  .openapi("Trial");
export type TrialAnswer = z.output<typeof trialSchema>;

/** A front as `pareto --json` gives it. */
export const frontSchema = z
  .looseObject({
    run: z.string(),
    experiment: z.string(),
    objectives: z.array(z.string()),
    /** Of each cost among the objectives: `measured` or `predicted`. */
    compared_as: z.record(z.string(), z.enum(["measured", "predicted"])),
    trials: z.array(trialSchema),
  })
  .openapi("Front");
export type FrontAnswer = z.output<typeof frontSchema>;

/** A trial as `explain --json` gives it, with its place in the search. */
export const trialDetailSchema = trialSchema
  .extend({
    run: z.string(),
    gates: z.array(z.object({ gate: z.string(), state: z.enum(["passed", "stopped", "not reached"]) })),
    excesses: z.array(anyJson),
    failure: z.object({ code: z.string(), message: z.string() }).nullable(),
    /** What became of it, in sentences. */
    verdict: z.array(z.string()),
    devices: z.array(
      z.object({
        device: z.string(),
        format: z.string(),
        kernels: z.array(
          z.object({ operators: z.string(), latency_ms: z.number(), energy_mj: z.number().nullable(), bound_by: z.string() }),
        ),
      }),
    ),
    /** Whether its trained weights are kept, without which it can be exported as JSON only. */
    weights_kept: z.boolean(),
  })
  .openapi("TrialDetail");
export type TrialDetailAnswer = z.output<typeof trialDetailSchema>;
