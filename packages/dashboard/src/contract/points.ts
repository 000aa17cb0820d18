/**
 * Trials as columns, for plots: what is needed to draw 100,000 trials and to filter them, without their networks.
 *
 * A client begins without `since`, draws what it gets, and asks again with the `cursor` of the last answer while `more` is true;
 * later when an event `trials` names the run. Each answer holds trials that were added or changed since, each once and as it is now:
 * a client keeps them by `number` and overwrites what it has. All arrays below have one entry for each trial of the answer, in the
 * order of `number`'s array.
 */
import { z } from "@hono/zod-openapi";
import { units } from "./runs.ts";

/** Gates from cheap to dear; `gate` of points counts in this list. */
export const gateNames = ["valid", "analytic", "predicted", "measured", "trained"] as const;

/** States of trials; `state` of points counts in this list. */
export const stateNames = ["feasible", "infeasible", "failed"] as const;

/** One number of each trial. */
export const columnSchema = z
  .object({
    /**
     * The metric with its unit as in the command line's JSON, then the device: `accuracy`, `macs`, `latency_ms@stm32f746`. A cost that
     * was both estimated and measured has two columns, `latency_ms@local` and `latency_ms@local:measured`; that of test examples is
     * `test_accuracy`; what stages of training or retraining gave is in `accuracy`, and `stage` says which.
     */
    name: z.string(),
    /** The name without device and without how it is known: `latency_ms`. Columns of one metric and unit can share an axis. */
    metric: z.string(),
    /** For people, without unit and device: `latency`, `validation accuracy`. */
    title: z.string(),
    unit: z.enum(units),
    /** `score` of the task, `cost` on a device, `count` of the network (MACs, parameters), `own` number of the evaluator, `order` of asking. */
    kind: z.enum(["score", "cost", "count", "own", "order"]),
    device: z.string().nullable(),
    /** Which way is better; null where neither is. */
    better: z.enum(["lower", "higher"]).nullable(),
    /**
     * How all values of the column are known: `evaluated` (trained, probed or looked up, as the experiment says), `measured` on the
     * device, `predicted` by a fitted device's model, `computed` from a profile, a `table`'s cell, `hint` of another device's profile,
     * `counted` exactly.
     */
    known: z.enum(["evaluated", "measured", "predicted", "computed", "table", "hint", "counted"]),
    /** Whether it is among the experiment's objectives. */
    objective: z.boolean(),
    /** The experiment's budget, in the column's unit: values above it (below it, where higher is better) are infeasible. Null where it has none. */
    budget: z.number().nullable(),
  })
  .openapi("Column");
export type ColumnAnswer = z.output<typeof columnSchema>;

const column = z.array(z.number().nullable());

export const pointsSchema = z
  .object({
    run: z.string(),
    /** For the next call's `since`. */
    cursor: z.string(),
    /** Whether there is more after this answer. */
    more: z.boolean(),
    /** All columns in which some trial of the run may have a value, whether one of this answer does or not. */
    columns: z.array(columnSchema),
    /** Numbers of the trials: their order of asking. Not ascending. */
    number: z.array(z.int()),
    /** Index in `states`. */
    state: z.array(z.int()),
    /** Index in `gates`: the last gate reached, which stopped those that are not feasible. */
    gate: z.array(z.int()),
    /** The stage of training whose score it has, from 1; 0 where it has none. Scores of different stages are not comparable. */
    stage: z.array(z.int()),
    states: z.array(z.enum(stateNames)),
    gates: z.array(z.enum(gateNames)),
    /** By name of column; a column is absent where no trial of this answer has a value. */
    values: z.record(z.string(), column),
    /** Ends of the interval that holds a measurement with 95 percent probability; only of columns where some are known. */
    low95: z.record(z.string(), column),
    high95: z.record(z.string(), column),
    /** Standard deviation over several seeds; only of columns where some are known. */
    sd: z.record(z.string(), column),
    /**
     * Numbers of all trials on the front by the experiment's own objectives, whether they are in this answer or not: a trial may leave
     * the front without being changed. Null where `more` is true.
     */
    front: z.array(z.int()).nullable(),
  })
  .openapi("Points");
export type PointsAnswer = z.output<typeof pointsSchema>;
