/** The API's routes with what they share: the store, who follows it, and how answers are declared. */

import type { Run, Store } from "@archwright/core/experiment";
import { runOfId } from "@archwright/core/query";
import { OpenAPIHono, z } from "@hono/zod-openapi";
import { errorSchema } from "./contract/index.ts";
import { errorAnswer, found, HttpError } from "./errors.ts";
import type { RunColumns } from "./follow/columns.ts";
import type { Follower } from "./follow/follower.ts";
import type { IndexedRun, RunIndex } from "./follow/runIndex.ts";
import type { DashboardServices } from "./services.ts";

/** What routes are made with. */
export interface ApiContext {
  readonly store: Store;
  readonly index: RunIndex;
  readonly follower: Follower;
  readonly columns: RunColumns;
  readonly services: DashboardServices | undefined;
}

export type Api = OpenAPIHono;

/** An application that answers errors as JSON, wrong parameters included. */
export function createApi(): Api {
  const api: Api = new OpenAPIHono({
    defaultHook: (result) => {
      if (result.success) return;
      const [issue] = result.error.issues;
      const name = issue?.path.join(".") ?? "";
      throw new HttpError(400, "usage", `${result.target === "json" ? "the content" : "the parameter"} '${name}' cannot be used`, {
        expected: issue?.message ?? null,
      });
    },
  });
  api.onError((error, context) => {
    const { status, answer } = errorAnswer(error);
    return context.json(answer, status);
  });
  return api;
}

const errorContent = (description: string) => ({ description, content: { "application/json": { schema: errorSchema } } });

/** The errors that any route may answer with. */
const errors = {
  400: errorContent("Something in the request cannot be used; the error says what to write instead"),
  401: errorContent("The token is missing or wrong"),
  403: errorContent("The request comes from a page of another host, or calls the dashboard by a foreign name"),
  500: errorContent("A fault of the program"),
  503: errorContent("The store or another file cannot be used now"),
};

export const notFound = { 404: errorContent("There is no such thing; the error names the nearest") };

/** The answers of a route: one schema for what goes well, and the errors. */
export function answers<S extends z.ZodType>(description: string, schema: S) {
  return { 200: { description, content: { "application/json": { schema } } }, ...errors };
}

export const otherErrors = errors;

/** Longer names than these are of nothing. */
const name = (of: string) =>
  z
    .string()
    .min(1)
    .max(200)
    .openapi({ param: { description: of } });

export const runParams = z.object({ run: name("A run's id") });
export const trialParams = runParams.extend({
  number: z.coerce
    .number()
    .int()
    .min(0)
    .openapi({ param: { description: "The trial's number, from 0", required: true } }),
});
export const nameParam = name;

/** @throws HttpError 404 naming the nearest. */
export function requireRun(store: Store, id: string): Run {
  return store.run(id) ?? found(() => runOfId(store, id));
}

/** A run with what it has come to. @throws HttpError 404 naming the nearest. */
export function requireIndexed({ store, index, follower }: ApiContext, id: string): IndexedRun {
  follower.look();
  const indexed = index.find(id);
  if (indexed) return indexed;
  requireRun(store, id);
  throw new HttpError(404, "not-found", `run ${id} was deleted just now`);
}

/** @throws HttpError 503 where the server was started to show only. */
export function requireServices({ services }: ApiContext): DashboardServices {
  if (services) return services;
  throw new HttpError(503, "unavailable", "this server was started to show only", { advice: "start it with: archwright dashboard" });
}
