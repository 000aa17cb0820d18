/** What several answers share: errors, and how an API writes them. */
import { z } from "@hono/zod-openapi";

/** Of an error. The first six are those of the command line with `--json`; the others are of HTTP only. */
export const errorCodes = [
  /** The request itself: a parameter or a header. */
  "usage",
  /** What the request names or holds. */
  "bad-input",
  "failed",
  "interrupted",
  /** Refused by disk, permission or store. */
  "system",
  /** A fault of the program. */
  "internal",
  /** A token is needed. */
  "unauthorized",
  /** Refused for where the request comes from. */
  "forbidden",
  "not-found",
  "too-large",
  /** This server was started without what the request needs. */
  "unavailable",
] as const;

/** An error as the command line's `--json` gives it. */
export const errorSchema = z
  .object({
    error: z.object({
      code: z.enum(errorCodes),
      message: z.string(),
      /** The place in a text that was sent or a file that it names; line and column count from 1. */
      where: z.object({ file: z.string(), line: z.int().nullable(), column: z.int().nullable() }).nullable(),
      expected: z.string().nullable(),
      /** What to write instead: text that can be typed. */
      suggestion: z.string().nullable(),
      /** What else to do: a sentence. */
      advice: z.string().nullable(),
    }),
  })
  .openapi("Error");
export type ErrorAnswer = z.output<typeof errorSchema>;

/** Numbers by name, null where unknown. */
export const numbersByName = z.record(z.string(), z.number().nullable());

/** Something whose shape is that of the command line's JSON, which `docs/command-line.md` tells. */
export const anyJson = z.unknown().openapi({ description: "Any JSON" });
