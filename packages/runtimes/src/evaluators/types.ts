/** What an evaluator that runs on a worker is opened with. */
export type { WorkerProblem as EvaluatorProblem } from "@archwright/core/experiment";
