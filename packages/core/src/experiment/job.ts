/**
 * Jobs and outcomes: what travels between whoever runs an experiment and the workers. Types and schemas are made from the
 * one definition here, so that a kind or a field that compiles is also understood on the other side.
 */
import { z } from "zod";
import { failureCodes } from "../base/index.ts";
import { maxDeviceName, measurementSchema } from "./measurement.ts";
import { fidelitySchema } from "./training/stages.ts";

/** Longest text of an architecture and of a failure's message that travels between machines, in characters. */
export const maxArchitectureText = 262_144;
export const maxFailureMessage = 8_192;
export const maxEvaluatorName = 100;
export const maxGpuName = 100;
/** Longest name of a metric of an evaluator's own. */
export const maxMetricName = 64;

/** How weights are read: as they are within a process, or from what a transport makes of them. */
export type WeightsSchema = z.ZodType<Float32Array>;

const count = z.number().int().min(0);
const seconds = z.number().min(0);
const architecture = z.string().max(maxArchitectureText);

/** The schema of a {@link Job}. */
export function jobSchema(weights: WeightsSchema) {
  return z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("evaluate"),
      trial: count,
      architecture,
      fidelity: fidelitySchema,
      seed: z.number().int(),
      /** Index of the stage of training; absent in the first, which is the search's own. */
      stage: z.number().int().positive().exactOptional(),
      /** What was trained is tested too: the outcome has a `testScore`. */
      test: z.literal(true).exactOptional(),
      /** What workers call the program that does it: only those that have it are given the job. */
      evaluator: z.string().max(maxEvaluatorName).exactOptional(),
      /** The GPU that the worker has set aside for it, as CUDA_VISIBLE_DEVICES names it. */
      gpu: z.string().max(maxGpuName).exactOptional(),
      /** From which training begins; random ones where absent. */
      weights: weights.exactOptional(),
    }),
    z.strictObject({ kind: z.literal("test"), trial: count, architecture, weights }),
    z.strictObject({
      kind: z.literal("measure"),
      trial: count,
      architecture,
      device: z.string().max(maxDeviceName),
      weights: weights.exactOptional(),
    }),
  ]);
}

/** The schema of an {@link Outcome}. */
export function outcomeSchema(weights: WeightsSchema) {
  return z.discriminatedUnion("kind", [
    /** `score` on the validation examples, `testScore` on the test examples; `metrics` are an evaluator's own. */
    z.strictObject({
      kind: z.literal("evaluated"),
      score: z.number(),
      weights: weights.exactOptional(),
      testScore: z.number().exactOptional(),
      metrics: z.record(z.string().max(maxMetricName), z.number()).exactOptional(),
      seconds,
    }),
    /** `score` on the test examples. */
    z.strictObject({ kind: z.literal("tested"), score: z.number() }),
    z.strictObject({ kind: z.literal("measured"), measurement: measurementSchema, seconds }),
    z.strictObject({
      kind: z.literal("failed"),
      failure: z.strictObject({ code: z.enum(failureCodes), message: z.string().max(maxFailureMessage) }),
      seconds,
    }),
  ]);
}

/**
 * A piece of work for a worker. Data only: a worker that knows the experiment needs nothing else.
 * `architecture` is canonical text; `weights` are laid out as `parameterLayout` says.
 */
export type Job = Readonly<z.infer<ReturnType<typeof jobSchema>>>;

/** What came of a job. A failed candidate is data. */
export type Outcome = Readonly<z.infer<ReturnType<typeof outcomeSchema>>>;
