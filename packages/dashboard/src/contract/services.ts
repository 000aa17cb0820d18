/** What needs more than the store: devices, estimates, experiments to be checked or begun, the fleet. */
import { z } from "@hono/zod-openapi";
import { anyJson } from "./common.ts";

/** What is wrong with a YAML text; line and column count from 1. */
export const problemsSchema = z
  .object({
    problems: z.array(
      z.object({
        line: z.int().nullable(),
        column: z.int().nullable(),
        /** The file that is wrong, where it is another that the text names; null for the text itself. */
        file: z.string().nullable(),
        message: z.string(),
        expected: z.string().nullable(),
        /** What to write instead. */
        instead: z.string().nullable(),
        advice: z.string().nullable(),
      }),
    ),
  })
  .openapi("Problems");
export type ProblemsAnswer = z.output<typeof problemsSchema>;

export const devicesSchema = z
  .object({
    devices: z.array(
      z.object({
        name: z.string(),
        origin: z.enum(["built in", "shipped", "yours"]),
        kind: z.string(),
        format: z.string().nullable(),
        description: z.string(),
      }),
    ),
  })
  .openapi("Devices");
export type DevicesAnswer = z.output<typeof devicesSchema>;

/** A device as `device show --json` gives it. */
export const deviceSchema = z.looseObject({ name: z.string() }).openapi("Device");
export type DeviceAnswer = z.output<typeof deviceSchema>;

export const addedSchema = z.object({ added: z.string() }).openapi("Added");

const estimate = z
  .object({ value: z.number(), low95: z.number().nullable(), high95: z.number().nullable(), source: z.string() })
  .nullable();

/** What `estimate FILE --json` gives without `--device`: the costs on every device, each null where unknown. */
export const estimateSchema = z
  .looseObject({
    target: z.string(),
    devices: z.record(z.string(), z.object({ estimates: z.record(z.string(), estimate), warnings: z.array(z.string()) })),
    macs: z.number().nullable(),
    parameters: z.number().nullable(),
    warnings: z.array(z.string()),
  })
  .openapi("Estimate");
export type EstimateAnswer = z.output<typeof estimateSchema>;

/** A run that was begun, gone on with, or told to stop. */
export const startedSchema = z
  .object({
    run: z.string(),
    /** The file that holds the experiment; null where none was written. */
    file: z.string().nullable(),
  })
  .openapi("Started");
export type StartedAnswer = z.output<typeof startedSchema>;

/** What the search of a run that this server began has written. */
export const logSchema = z
  .object({
    /** The last lines, oldest first. */
    lines: z.array(z.string()),
    /** Null while it runs. `code` null where a signal ended it. */
    ended: z.object({ code: z.int().nullable(), signal: z.string().nullable() }).nullable(),
  })
  .openapi("Log");
export type LogAnswer = z.output<typeof logSchema>;

/** Workers, runs and queues of a fleet as `queue status --json` gives them; `redis` null where the server was told of none. */
export const fleetSchema = z
  .looseObject({
    redis: z.string().nullable(),
    workers: z.array(z.looseObject({ name: z.string() })),
    runs: z.array(anyJson),
    queues: z.array(anyJson),
    /** Workers that were lost and what died on them, newest first, from the events of stored runs. */
    deaths: z.array(z.object({ run: z.string(), at: z.string(), kind: z.string(), detail: anyJson })),
  })
  .openapi("Fleet");
export type FleetAnswer = z.output<typeof fleetSchema>;

/** What this server offers, so that a page shows nothing that cannot be done. */
export const serverSchema = z
  .object({
    version: z.string(),
    /** The file of the store. */
    store: z.string(),
    /** Formats in which a trial can be exported. */
    exports: z.array(z.object({ format: z.string(), trained: z.boolean() })),
    /** Whether searches, devices and estimates can be asked for. */
    services: z.boolean(),
    fleet: z.boolean(),
  })
  .openapi("Server");
export type ServerAnswer = z.output<typeof serverSchema>;

export const loginSchema = z.object({ token: z.string() }).openapi("Login");
