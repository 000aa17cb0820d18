/** What happens to the trials of an experiment, in words. */
import { deviceKindOf, measuredBy } from "../devices/kinds/index.ts";
import { type Experiment, evaluatorKindOf, type Gate, type StageProgress, stagesOf, steers } from "../experiment/index.ts";

/** What happens to a trial, in words: nothing is trained where accuracies come from a table. */
export interface Words {
  /** What the last gate does: "8 of 20 evaluations trained". */
  readonly evaluated: "trained" | "looked up" | "probed";
  /** What the final report counts; empty where it has nothing to do. */
  readonly reported: string;
  /** The name of a gate, for people. */
  readonly gate: (gate: Gate) => string;
  /** Whether trials can be stopped by a gate: nothing is predicted without a fitted device, or measured where `local` does not steer. */
  readonly hasGate: (gate: Gate) => boolean;
}

export function wordsFor(experiment: Experiment): Words {
  const { evaluator, devices } = experiment;
  const { tests, verb: evaluated } = evaluatorKindOf(evaluator);
  const reported = [...(tests ? ["tests"] : []), ...(devices.some((device) => measuredBy(device) !== undefined) ? ["measurements"] : [])];
  return {
    evaluated,
    reported: reported.join(" and "),
    gate: (gate) => (gate === "trained" ? evaluated : gate),
    hasGate: (gate) =>
      !(gate === "predicted" || gate === "measured") ||
      devices.some((device) => deviceKindOf(device).gates.includes(gate) && steers(experiment, device)),
  };
}

/** `stage 2 of 3: 5 of 24 trained`; of the trainings, where each of its candidates has several seeds. */
export function stageInProgress(experiment: Experiment, { index, trained, trainings }: Omit<StageProgress, "stage" | "members">): string {
  return `stage ${index + 1} of ${stagesOf(experiment).length}: ${trained} of ${trainings} trained`;
}
