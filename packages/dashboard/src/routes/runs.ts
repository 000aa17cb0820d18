/** Runs: all of them, one, its trials as columns, its front. */

import { frontJson, queryFront } from "@archwright/core/query";
import { createRoute, z } from "@hono/zod-openapi";
import { pointsAnswer } from "../answers/points.ts";
import { runAnswer, runDetail } from "../answers/runs.ts";
import { type Api, type ApiContext, answers, notFound, requireIndexed, requireRun, runParams } from "../api.ts";
import { type FrontAnswer, frontSchema, pointsSchema, runDetailSchema, runsSchema } from "../contract/index.ts";

const runsRoute = createRoute({
  method: "get",
  path: "/api/runs",
  summary: "All runs, newest first, with their progress",
  responses: answers("All runs", runsSchema),
});

const runRoute = createRoute({
  method: "get",
  path: "/api/runs/{run}",
  summary: "A run: its experiment, its state and what happened",
  request: { params: runParams },
  responses: { ...answers("The run", runDetailSchema), ...notFound },
});

const pointsRoute = createRoute({
  method: "get",
  path: "/api/runs/{run}/points",
  summary: "Trials as columns, for plots: those that were added or changed since a cursor",
  request: {
    params: runParams,
    query: z.object({
      since: z.string().max(40).optional().openapi({ description: "The cursor of the answer before; all trials without it" }),
    }),
  },
  responses: { ...answers("Trials as columns", pointsSchema), ...notFound },
});

const frontRoute = createRoute({
  method: "get",
  path: "/api/runs/{run}/front",
  summary: "The front under conditions, as pareto --json gives it",
  request: {
    params: runParams,
    query: z.object({
      objectives: z
        .string()
        .max(2_000)
        .optional()
        .openapi({ description: "Other objectives than the experiment's own", example: "error,latency@stm32f746" }),
      device: z.string().max(200).optional().openapi({ description: "Costs and objectives of this device only" }),
      where: z
        .union([z.string().max(2_000), z.array(z.string().max(2_000)).max(50)])
        .optional()
        .openapi({ description: "A condition such as latency_ms<=5; may be given several times", example: "accuracy>=90%" }),
    }),
  },
  responses: { ...answers("The front", frontSchema), ...notFound },
});

export function addRunRoutes(api: Api, context: ApiContext): void {
  const { store, index, follower } = context;

  api.openapi(runsRoute, (c) => {
    follower.look();
    const now = Date.now();
    return c.json({ runs: index.list().map((run) => runAnswer(run, now)) }, 200);
  });

  api.openapi(runRoute, (c) => {
    const { run: id } = c.req.valid("param");
    const indexed = requireIndexed(context, id);
    const run = requireRun(store, id);
    const actions = context.services?.searches.actions(run) ?? [];
    return c.json(runDetail(indexed, run, { events: [...store.events(id)], actions, now: Date.now() }), 200);
  });

  api.openapi(pointsRoute, (c) => {
    const run = requireRun(store, c.req.valid("param").run);
    const front = () =>
      requireIndexed(context, run.id).counts?.front ?? queryFront(run.experiment, store.trials(run.id)).trials.map(({ number }) => number);
    return c.json(pointsAnswer(store, run, c.req.valid("query").since, front), 200);
  });

  api.openapi(frontRoute, (c) => {
    const { id, experiment } = requireRun(store, c.req.valid("param").run);
    const { where, ...query } = c.req.valid("query");
    const front = context.columns(id).front(experiment, { ...query, where: where === undefined ? [] : [where].flat() });
    const answer: FrontAnswer = frontJson(experiment, id, front, front.objectives);
    return c.json(answer, 200);
  });
}
