/** The evaluators that run on workers: one table, each loaded when it is opened. */
import { type Evaluator, type EvaluatorSpec, openerOf } from "@archwright/core/experiment";
import { createCommandEvaluator } from "./command.ts";
import { createProbeEvaluator } from "./probe.ts";
import { createTrainingEvaluator } from "./train.ts";
import type { EvaluatorProblem } from "./types.ts";

export type { EvaluatorProblem } from "./types.ts";

/** Opens an evaluator; undefined for a kind that runs in the controller. */
type Open<Spec> = ((problem: EvaluatorProblem<Spec>) => Promise<Evaluator>) | undefined;

/** A row for each kind of evaluator in `core/src/experiment/evaluators`. */
export const evaluators: Readonly<{ [Kind in EvaluatorSpec["kind"]]: Open<Extract<EvaluatorSpec, { readonly kind: Kind }>> }> = {
  train: createTrainingEvaluator,
  table: undefined,
  command: createCommandEvaluator,
  probe: createProbeEvaluator,
};

/**
 * The evaluator of an experiment; undefined where nothing of it runs on a worker.
 * @throws InputError where what it needs cannot be read.
 */
export async function openEvaluator(problem: EvaluatorProblem<EvaluatorSpec>): Promise<Evaluator | undefined> {
  const open = (evaluators[problem.spec.kind] ?? openerOf(problem.spec.kind)) as Open<EvaluatorSpec>;
  return open?.(problem);
}
