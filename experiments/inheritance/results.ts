/** What the study's files hold. Scores are accuracies in percent, seconds those of a processor. */
export interface Estimate {
  /** On validation images. */
  readonly score: number;
  /** Of training, with what is done to begin it. */
  readonly seconds: number;
  /** Of finding the score. */
  readonly scoring: number;
  /** The network whose weights were taken over, and the share of this one's that are its. */
  readonly donor?: number;
  readonly share?: number;
}

export interface RankedNetwork {
  readonly architecture: string;
  /** The full training: its score is on the test images. */
  full?: { readonly score: number; readonly seconds: number };
  /** By the name of the regime. */
  readonly estimates: Record<string, Estimate>;
}

export interface RankResults {
  readonly networks: RankedNetwork[];
}

/** A training with or without a teacher. Its score is on the validation images. */
export interface TaughtTraining {
  readonly architecture: string;
  readonly seed: number;
  readonly teacher: string;
  readonly steps: number;
  readonly seconds: number;
  readonly score: number;
}

export interface DistillationResults {
  readonly students: readonly string[];
  readonly teacher: string;
  /** By student: steps with that teacher that take as long as a full training without. */
  readonly stepsOfEqualTime: Record<string, number>;
  readonly trainings: TaughtTraining[];
}
