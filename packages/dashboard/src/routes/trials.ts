/** Single trials. */

import { describeVerdict, findTrial, trialExplanation } from "@archwright/core/query";
import { createRoute, z } from "@hono/zod-openapi";
import { type Api, type ApiContext, answers, notFound, otherErrors, requireRun, requireServices, trialParams } from "../api.ts";
import { type TrialDetailAnswer, trialDetailSchema } from "../contract/index.ts";
import { found } from "../errors.ts";
import { downloadSecurityPolicy } from "../security/headers.ts";

const trialRoute = createRoute({
  method: "get",
  path: "/api/runs/{run}/trials/{number}",
  summary: "A trial: what stopped it, how it was trained, and where its network spends its time",
  request: { params: trialParams },
  responses: { ...answers("The trial", trialDetailSchema), ...notFound },
});

const exportRoute = createRoute({
  method: "get",
  path: "/api/runs/{run}/trials/{number}/export",
  summary: "A trial's network as a file; several files come as a ZIP",
  request: {
    params: trialParams,
    query: z.object({ format: z.string().max(50).default("onnx").openapi({ description: "One of the server's exports" }) }),
  },
  responses: {
    ...otherErrors,
    ...notFound,
    200: { description: "The file", content: { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } } },
  },
});

export function addTrialRoutes(api: Api, context: ApiContext): void {
  const { store } = context;
  api.openapi(exportRoute, async (c) => {
    const { run: id, number } = c.req.valid("param");
    const run = requireRun(store, id);
    found(() => findTrial(store, run, number));
    const { name, content } = await requireServices(context).exportTrial(run, number, c.req.valid("query").format);
    return c.body(new Uint8Array(content), 200, {
      "Content-Type": "application/octet-stream",
      // Runs and formats give names of letters, digits and signs that a header holds.
      "Content-Disposition": `attachment; filename="${name.replace(/[^\w.-]/g, "_")}"`,
      "Content-Security-Policy": downloadSecurityPolicy,
    });
  });

  api.openapi(trialRoute, (c) => {
    const { run: id, number } = c.req.valid("param");
    const run = requireRun(store, id);
    const trial = found(() => findTrial(store, run, number));
    const { gates, excesses, devices, ...explained } = trialExplanation(run.experiment, trial);
    const answer: TrialDetailAnswer = {
      run: id,
      ...explained,
      gates: [...gates],
      excesses: [...excesses],
      devices: devices.map(({ kernels, ...device }) => ({ ...device, kernels: [...kernels] })),
      verdict: [...describeVerdict(run.experiment, trial)],
      weights_kept: store.weights(id, number) !== undefined,
    };
    return c.json(answer, 200);
  });
}
