/** What the search tells whoever watches it. */
import { ParetoArchive, type Trial } from "@archwright/core";
import { isEvaluation } from "../evaluate.ts";

/** Each trial as it finishes, which may be out of order. */
export interface SearchProgress {
  /** Trials that have finished so far, and those of them that came as far as the last gate. */
  readonly candidates: number;
  readonly evaluations: number;
  readonly trial: Trial;
  /** Whether the trial was read from the store instead of being run. */
  readonly replayed: boolean;
  /** The feasible, non-dominated trials so far, in order of the first objective. */
  readonly front: () => readonly Trial[];
}

/** Counts trials as they finish. The search itself learns of them by the generation, in the order of asking. */
export function createProgress(objectives: number, onTrial: (progress: SearchProgress) => void): (trial: Trial, replayed: boolean) => void {
  const archive = new ParetoArchive<Trial>(objectives);
  const front = () => archive.items();
  let candidates = 0;
  let evaluations = 0;
  return (trial, replayed) => {
    candidates++;
    if (isEvaluation(trial)) evaluations++;
    archive.add(trial.objectives, trial);
    onTrial({ candidates, evaluations, trial, replayed, front });
  };
}
