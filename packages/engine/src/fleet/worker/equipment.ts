/** Gives experiments what this worker has of its own. */
import type { Json } from "@archwright/core/base";
import { type Experiment, evaluatorKindOf, evaluatorKindSchema, type WorkerPrograms } from "@archwright/core/experiment";

/** Of a worker that evaluates with no program of its own. */
export const noPrograms: WorkerPrograms = { commands: {}, folder: "", workFolder: "" };

/**
 * An experiment as this worker carries it out. What came with it is data from the Redis, where anybody may have written it: a program
 * that it names is looked up among the worker's own, and nothing else is started.
 * @throws InputError where the worker lacks what the evaluator needs.
 */
export function equipExperiment(json: Json, programs: WorkerPrograms): Json {
  const evaluator =
    typeof json === "object" && json !== null && "evaluator" in json ? (json as unknown as Experiment).evaluator : undefined;
  if (!evaluatorKindSchema.safeParse(evaluator?.kind).success || evaluator === undefined) return json;
  const equipped = evaluatorKindOf(evaluator).equipped?.(evaluator, programs);
  return equipped === undefined ? json : ({ ...(json as object), evaluator: equipped } as unknown as Json);
}
