/** Devices, estimates on them, and the fleet. */
import { createRoute, z } from "@hono/zod-openapi";
import { type Api, type ApiContext, answers, nameParam, notFound, otherErrors, requireServices } from "../api.ts";
import { yamlBody } from "../bodies.ts";
import {
  addedSchema,
  type DeviceAnswer,
  deviceSchema,
  devicesSchema,
  estimateSchema,
  type FleetAnswer,
  fleetSchema,
} from "../contract/index.ts";
import { found, HttpError } from "../errors.ts";

const devicesRoute = createRoute({
  method: "get",
  path: "/api/devices",
  summary: "All devices: this machine, the shipped profiles and the user's own",
  responses: answers("All devices", devicesSchema),
});

const deviceRoute = createRoute({
  method: "get",
  path: "/api/devices/{device}",
  summary: "What is known of a device, as device show --json gives it",
  request: { params: z.object({ device: nameParam("A device's name") }) },
  responses: { ...answers("The device", deviceSchema), ...notFound },
});

const addRoute = createRoute({
  method: "post",
  path: "/api/devices",
  summary: "Checks a profile in YAML and keeps it among the user's own devices",
  request: yamlBody({ replace: z.boolean().optional().openapi({ description: "Replace the user's own device of this name" }) }),
  responses: { 201: { description: "It is kept", content: { "application/json": { schema: addedSchema } } }, ...otherErrors },
});

const estimateRoute = createRoute({
  method: "post",
  path: "/api/estimate",
  summary: "What a model costs on every device, as estimate FILE --json gives it",
  request: {
    headers: z.object({
      "x-file-name": z
        .string()
        .min(1)
        .max(500)
        .openapi({ description: "The file's name, percent-encoded; its ending says what it is", example: "model.onnx" }),
    }),
    query: z.object({
      input: z.string().max(500).optional().openapi({ description: "Sizes that the model leaves open: 1x3x224x224" }),
      format: z.string().max(50).optional().openapi({ description: "Number format to run in" }),
    }),
    body: { required: true, content: { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } } },
  },
  responses: answers("Its costs", estimateSchema),
});

const fleetRoute = createRoute({
  method: "get",
  path: "/api/fleet",
  summary: "Workers, runs and queues of the fleet, as queue status --json gives them, and what died",
  responses: answers("The fleet", fleetSchema),
});

export function addDeviceRoutes(api: Api, context: ApiContext): void {
  api.openapi(devicesRoute, (c) => c.json({ devices: requireServices(context).devices() }, 200));

  api.openapi(deviceRoute, (c) => {
    const answer: DeviceAnswer = { ...found(() => requireServices(context).device(c.req.valid("param").device)) };
    return c.json(answer, 200);
  });

  api.openapi(addRoute, (c) => {
    const { yaml, replace = false } = c.req.valid("json");
    return c.json({ added: requireServices(context).addDevice(yaml, replace) }, 201);
  });

  api.openapi(estimateRoute, async (c) => {
    const services = requireServices(context);
    const name = decoded(c.req.valid("header")["x-file-name"]);
    const bytes = new Uint8Array(await c.req.arrayBuffer());
    return c.json(await services.estimate({ name, bytes, ...c.req.valid("query") }), 200);
  });

  api.openapi(fleetRoute, async (c) => {
    const status = (await context.services?.fleet?.()) ?? { redis: null, workers: [], runs: [], queues: [] };
    const answer: FleetAnswer = { ...status, deaths: deathsOf(context) };
    return c.json(answer, 200);
  });
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new HttpError(400, "usage", "the header X-File-Name is not percent-encoded", { suggestion: "X-File-Name: model.onnx" });
  }
}

/** What an end of a worker, or of an evaluation on one, is called among events. */
const deaths = new Set(["worker-lost", "worker-died", "job-lost", "quarantined"]);
/** Of so many runs, the newest. */
const RUNS_LOOKED_AT = 20;
const MOST_DEATHS = 100;

function deathsOf({ store, index, follower }: ApiContext): FleetAnswer["deaths"] {
  follower.look();
  const found = index
    .list()
    .slice(0, RUNS_LOOKED_AT)
    .flatMap(({ run: { id } }) =>
      store
        .events(id)
        .filter(({ kind }) => deaths.has(kind))
        .map(({ at, kind, detail }) => ({ run: id, at, kind, detail })),
    );
  return found.sort((a, b) => b.at.localeCompare(a.at)).slice(0, MOST_DEATHS);
}
