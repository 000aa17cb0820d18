/** Runs: their list, and one of them. */
import { z } from "@hono/zod-openapi";
import { anyJson } from "./common.ts";

/** Of a run: `killed` where it says it is running and its process is gone. */
export const runStatuses = ["running", "interrupted", "done", "failed", "killed"] as const;

/** How far a run has come. */
export const progressSchema = z
  .object({
    /** Evaluations that are known; null while they are being counted. */
    done: z.int().nullable(),
    /** Evaluations that are asked for; null where the search has a time and nothing was planned yet. */
    total: z.int().nullable(),
    /** Estimated from the evaluations so far; null where it is not running, or too few are known. */
    seconds_left: z.number().nullable(),
    front_size: z.int().nullable(),
  })
  .openapi("Progress");

/**
 * A run as `runs list --json` gives it, with its progress. Counts are null while they are not known: a server that has just begun
 * counts what is stored in the background, and tells by the event `runs` when it knows more.
 */
export const runSchema = z
  .looseObject({
    id: z.string(),
    /** The experiment's name. */
    experiment: z.string(),
    status: z.enum(runStatuses),
    seed: z.int(),
    /** ISO 8601, UTC. */
    created_at: z.string(),
    updated_at: z.string(),
    seconds: z.number(),
    trials: z.int().nullable(),
    /** Trials whose score is known. */
    evaluations: z.int().nullable(),
    stages: z.array(z.object({ stage: z.int(), trained: z.int(), trainings: z.int() })).optional(),
    front: z.int().nullable(),
    /** What networks are judged by: `accuracy`, whose best stands in `best_accuracy`, null where it is not known. */
    score: z.object({ name: z.string(), title: z.string(), unit: z.enum(["percent", "count"]), better: z.enum(["higher", "lower"]) }),
    process: z.object({ host: z.string().nullable(), pid: z.int() }).nullable(),
    progress: progressSchema,
  })
  .openapi("Run");
export type RunAnswer = z.output<typeof runSchema>;

export const runsSchema = z
  .object({
    /** Newest first. */
    runs: z.array(runSchema),
  })
  .openapi("Runs");
export type RunsAnswer = z.output<typeof runsSchema>;

/** The unit of a cost or count: milliseconds, bytes, millijoules, percent, or none. */
export const units = ["ms", "bytes", "mJ", "percent", "count"] as const;

/** A hard limit on a cost of a device, or on a number of the evaluator's own. */
export const budgetSchema = z
  .object({
    /** `latency_ms@stm32f746`, as columns of points are named but for how a value is known. */
    name: z.string(),
    metric: z.string(),
    device: z.string().nullable(),
    unit: z.enum(units),
    /** Values that are allowed are at most, or at least, this. */
    limit: z.number(),
    allowed: z.enum(["at most", "at least"]),
  })
  .openapi("Budget");
export type BudgetAnswer = z.output<typeof budgetSchema>;

export const runDetailSchema = runSchema
  .extend({
    space: z.object({ name: z.string() }),
    algorithm: z.string(),
    objectives: z.array(z.object({ name: z.string(), metric: z.string(), device: z.string().nullable(), unit: z.enum(units) })),
    budgets: z.array(budgetSchema),
    devices: z.array(z.object({ name: z.string(), kind: z.string() })),
    /** How many trials that are not feasible each gate stopped; by gate. */
    stopped: z.record(z.string(), z.int()),
    /** How many trials failed, by code. */
    failures: z.record(z.string(), z.int()),
    /** What happened, oldest first; the last 200. */
    events: z.array(z.object({ at: z.string(), kind: z.string(), detail: anyJson })),
    /** What the run's end had to say; null before. */
    summary: anyJson,
    /** The resolved experiment, as `runs show --json` gives it. */
    settings: anyJson,
    /** What can be done with the run from here. */
    actions: z.array(z.enum(["pause", "resume", "extend", "stop"])),
  })
  .openapi("RunDetail");
export type RunDetailAnswer = z.output<typeof runDetailSchema>;
