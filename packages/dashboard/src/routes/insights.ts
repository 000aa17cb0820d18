/** How a search went, and which choices of its space matter. */

import {
  bestOptions,
  bestOptionsJson,
  bindingBudgets,
  bindingBudgetsJson,
  choiceImportance,
  courseJson,
  gateCounts,
  hypervolumeCourse,
  importanceJson,
} from "@archwright/core/query";
import { createRoute } from "@hono/zod-openapi";
import { type Api, type ApiContext, answers, notFound, requireRun, runParams } from "../api.ts";
import { type ChoicesAnswer, choicesSchema, type RunProgressAnswer, runProgressSchema } from "../contract/index.ts";

const progressRoute = createRoute({
  method: "get",
  path: "/api/runs/{run}/progress",
  summary: "Hypervolume over evaluations and seconds, what each gate turned away, and which budgets bind",
  request: { params: runParams },
  responses: { ...answers("How the search went", runProgressSchema), ...notFound },
});

const choicesRoute = createRoute({
  method: "get",
  path: "/api/runs/{run}/choices",
  summary: "Which choices of the space matter, and how the best differ from the rest",
  request: { params: runParams },
  responses: { ...answers("The choices", choicesSchema), ...notFound },
});

export function addInsightRoutes(api: Api, { store, columns }: ApiContext): void {
  /** Fitting the model takes a while: what was found stays until there are other trials. */
  const known = new Map<string, { readonly cursor: unknown; readonly answer: ChoicesAnswer }>();

  api.openapi(progressRoute, (c) => {
    const { id, experiment } = requireRun(store, c.req.valid("param").run);
    const run = columns(id);
    const course = courseJson(experiment, hypervolumeCourse(experiment, run));
    const answer: RunProgressAnswer = {
      run: id,
      hypervolume: course && { reference: course.reference, steps: [...course.steps] },
      gates: [...gateCounts(run.columns)],
      budgets: bindingBudgetsJson(bindingBudgets(experiment, run.columns)),
    };
    return c.json(answer, 200);
  });

  api.openapi(choicesRoute, (c) => {
    const { id, experiment } = requireRun(store, c.req.valid("param").run);
    const run = columns(id);
    const { cursor } = run.columns;
    const before = known.get(id);
    if (before?.cursor === cursor) return c.json(before.answer, 200);
    const answer: ChoicesAnswer = {
      run: id,
      importance: importanceJson(experiment, choiceImportance(experiment, run)).map(({ choices, ...one }) => ({
        ...one,
        choices: [...choices],
      })),
      best_options: bestOptionsJson(bestOptions(experiment, run)),
    };
    known.clear();
    known.set(id, { cursor, answer });
    return c.json(answer, 200);
  });
}
