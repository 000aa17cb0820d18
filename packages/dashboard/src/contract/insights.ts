/** How a search went, and which choices of its space matter, as `insights --json` gives it. */
import { z } from "@hono/zod-openapi";

export const runProgressSchema = z
  .object({
    run: z.string(),
    /** Of the front after each trial that changed it; null where no feasible trial has all objectives. */
    hypervolume: z
      .object({
        /** The corner up to which it is measured. */
        reference: z.array(z.object({ objective: z.string(), value: z.number(), from: z.string() })),
        steps: z.array(z.object({ trial: z.int(), evaluations: z.int(), seconds: z.number(), hypervolume: z.number() })),
      })
      .nullable(),
    gates: z.array(z.object({ gate: z.string(), reached: z.int(), passed: z.int(), stopped: z.int(), failed: z.int() })),
    /** Those that turn most trials away first: how many exceed each, and how many it alone. */
    budgets: z.array(
      z.object({
        name: z.string(),
        device: z.string().nullable(),
        metric: z.string(),
        limit: z.number(),
        allowed: z.enum(["at most", "at least"]),
        exceeded: z.int(),
        alone: z.int(),
        /** How many more would pass if its limit were looser by a share of it. */
        relaxed: z.array(z.object({ by: z.number(), limit: z.number(), passing: z.int() })).readonly(),
      }),
    ),
  })
  .openapi("RunProgress");
export type RunProgressAnswer = z.output<typeof runProgressSchema>;

export const choicesSchema = z
  .object({
    run: z.string(),
    importance: z.array(
      z.object({
        objective: z.string(),
        trials: z.int(),
        /** Share of the variance of unseen trials that the model explains; null where there is none. */
        explained: z.number().nullable(),
        /** Why nothing can be said; null where something is. */
        missing: z.string().nullable(),
        choices: z.array(z.object({ choice: z.string(), share: z.number(), low95: z.number(), high95: z.number() })),
      }),
    ),
    best_options: z.object({
      front: z.int(),
      others: z.int(),
      options: z.array(
        z.looseObject({ choice: z.string(), option: z.string(), front: z.int(), others: z.int(), p: z.number(), p_holm: z.number() }),
      ),
    }),
  })
  .openapi("Choices");
export type ChoicesAnswer = z.output<typeof choicesSchema>;
