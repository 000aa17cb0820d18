/** Single trials. */

import { describeVerdict, findTrial, trialExplanation } from "@archwright/core/query";
import { createRoute } from "@hono/zod-openapi";
import { type Api, type ApiContext, answers, notFound, requireRun, trialParams } from "../api.ts";
import { type TrialDetailAnswer, trialDetailSchema } from "../contract/index.ts";
import { found } from "../errors.ts";

const trialRoute = createRoute({
  method: "get",
  path: "/api/runs/{run}/trials/{number}",
  summary: "A trial: what stopped it, how it was trained, and where its network spends its time",
  request: { params: trialParams },
  responses: { ...answers("The trial", trialDetailSchema), ...notFound },
});

export function addTrialRoutes(api: Api, { store }: ApiContext): void {
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
