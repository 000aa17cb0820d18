/**
 * What `GET /api/events` sends, as server-sent events: the name of the event, and JSON in its data.
 * After every (re)connection a client reads again what it shows; nothing is sent twice for one that was away.
 */
import { z } from "@hono/zod-openapi";
import { anyJson } from "./common.ts";

/** By the event's name. */
export const eventSchemas = {
  /** At the beginning, and about every 15 seconds so that a dead connection is noticed. */
  hello: z.object({ version: z.string() }),
  /** Runs were added, or their status, counts or summary changed; or they were deleted. */
  runs: z.object({ changed: z.array(z.string()), deleted: z.array(z.string()) }),
  /** Trials of a run were added or changed: read its points since your own cursor. */
  trials: z.object({ run: z.string() }),
  /** Something happened in a run, or its search wrote a line. */
  log: z.object({ run: z.string(), at: z.string(), kind: z.string(), detail: anyJson }),
} as const;

export type DashboardEvents = { [Name in keyof typeof eventSchemas]: z.output<(typeof eventSchemas)[Name]> };
