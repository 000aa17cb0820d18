/** What an evaluator that runs on a worker is opened with. */
import type { Experiment } from "@archwright/core/experiment";
import type { AnySearchSpace, Task } from "@archwright/core/spaces";

export interface EvaluatorProblem<Spec> {
  readonly space: AnySearchSpace;
  readonly task: Task;
  readonly spec: Spec;
  /** Of one evaluation. The time begins when the job does, and whoever runs the worker enforces both as well. */
  readonly limits: Experiment["limits"];
  /** Where evaluations keep what an interruption must not cost. Nothing is kept where absent. */
  readonly workFolder?: string | undefined;
}
