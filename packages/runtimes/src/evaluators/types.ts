/** What an evaluator that runs on a worker is opened with. */
import type { AnySearchSpace, Task } from "@archwright/core/spaces";

export interface EvaluatorProblem<Spec> {
  readonly space: AnySearchSpace;
  readonly task: Task;
  readonly spec: Spec;
}
