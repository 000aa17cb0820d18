/** Searches that are begun, paused, resumed, extended and stopped from here. */
import { createRoute, z } from "@hono/zod-openapi";
import { type Api, type ApiContext, answers, notFound, otherErrors, requireRun, requireServices, runParams } from "../api.ts";
import { optionalJson, yamlBody } from "../bodies.ts";
import { logSchema, problemsSchema, startedSchema } from "../contract/index.ts";
import { HttpError } from "../errors.ts";

const schemaRoute = createRoute({
  method: "get",
  path: "/api/schema/experiment.json",
  summary: "The JSON Schema by which editors complete and check an experiment's YAML",
  responses: answers("The schema", z.looseObject({ $schema: z.string().optional() })),
});

const options = {
  seed: z.int().min(0).optional().openapi({ description: "In place of the experiment's own" }),
  workers: z.int().positive().optional().openapi({ description: "Evaluations at once on this machine" }),
  fleet: z.boolean().optional().openapi({ description: "Let the workers of the fleet evaluate" }),
};

const checkRoute = createRoute({
  method: "post",
  path: "/api/experiments/check",
  summary: "What is wrong with an experiment in YAML, by line and column",
  request: yamlBody({}),
  responses: answers("What is wrong; nothing where the experiment could be begun", problemsSchema),
});

const startRoute = createRoute({
  method: "post",
  path: "/api/runs",
  summary: "Begins a search: keeps the YAML as a file of the project and starts the command line's own search on it",
  request: yamlBody(options),
  responses: { 201: { description: "The new run", content: { "application/json": { schema: startedSchema } } }, ...otherErrors },
});

const again = z.object({ yaml: z.string().optional().openapi({ description: "The experiment, where its file is not known" }) });
const further = again.extend({ evaluations: z.int().positive().openapi({ description: "How many there shall be in all" }) });

function actionRoute<Action extends string, Body extends z.ZodObject>(action: Action, summary: string, body: Body) {
  return createRoute({
    method: "post",
    path: `/api/runs/{run}/${action}` as const,
    summary,
    request: { params: runParams, body: { content: { "application/json": { schema: body } } } },
    responses: { ...answers("The run", startedSchema), ...notFound },
  });
}

const pauseRoute = actionRoute("pause", "Pauses a search as Ctrl-C does: it can be resumed", z.object({}));
const stopRoute = actionRoute("stop", "Ends a search, at once where it does not end by itself; what is stored stays", z.object({}));
const resumeRoute = actionRoute("resume", "Goes on with a run", again);
const extendRoute = actionRoute("extend", "Goes on with a run to more evaluations", further);

const logRoute = createRoute({
  method: "get",
  path: "/api/runs/{run}/log",
  summary: "What the search of a run has written, of runs that were begun or resumed from here",
  request: { params: runParams },
  responses: { ...answers("The last lines", logSchema), ...notFound },
});

export function addSearchRoutes(api: Api, context: ApiContext): void {
  const { store } = context;
  const searches = () => requireServices(context).searches;

  api.openapi(schemaRoute, (c) => c.json({ ...requireServices(context).experimentSchema() }, 200));

  api.openapi(checkRoute, async (c) => {
    return c.json({ problems: [...(await requireServices(context).check(c.req.valid("json").yaml))] }, 200);
  });

  api.openapi(startRoute, async (c) => {
    const { yaml, ...given } = c.req.valid("json");
    return c.json(await searches().start(yaml, given), 201);
  });

  api.openapi(pauseRoute, (c) => {
    const run = requireRun(store, c.req.valid("param").run);
    searches().pause(run);
    return c.json({ run: run.id, file: null }, 200);
  });

  api.openapi(stopRoute, (c) => {
    const run = requireRun(store, c.req.valid("param").run);
    searches().stop(run);
    return c.json({ run: run.id, file: null }, 200);
  });

  api.openapi(resumeRoute, async (c) => {
    const run = requireRun(store, c.req.valid("param").run);
    const { yaml } = await optionalJson(c, again);
    return c.json(await searches().resume(run, yaml), 200);
  });

  api.openapi(extendRoute, async (c) => {
    const run = requireRun(store, c.req.valid("param").run);
    const { yaml, evaluations } = await optionalJson(c, further);
    return c.json(await searches().extend(run, evaluations, yaml), 200);
  });

  api.openapi(logRoute, (c) => {
    const { id } = requireRun(store, c.req.valid("param").run);
    const log = context.services?.searches.log(id);
    if (log === undefined) throw new HttpError(404, "not-found", `the search of run ${id} was not begun from here, so its log is not seen`);
    return c.json(log, 200);
  });
}
