/** A trial: one architecture evaluated, with its costs, its score or its failure. */
import type { Failure } from "../base/index.ts";
import type { CostEstimate, CostName } from "../devices/index.ts";
import type { Measurement } from "./measurement.ts";
import type { Fidelity } from "./training/stages.ts";

/** The checks a trial passes, from cheap to dear; it stops at the first that it fails. */
export const gates = ["valid", "analytic", "predicted", "measured", "trained"] as const;
export type Gate = (typeof gates)[number];

/** A budget that was exceeded: of a cost, or of a number of the evaluator's own. */
export type Excess = CostExcess | MetricExcess;

/** A cost over its budget. */
export interface CostExcess {
  readonly device: string;
  readonly cost: CostName;
  /** The cost as it was estimated or measured. */
  readonly value: number;
  /** The low end of the estimate's 95 % interval, which is over budget too; absent where nothing is known of the error. */
  readonly low95?: number;
  readonly budget: number;
}

/** A number of the evaluator's own that is above the most, or below the least, that the experiment allows. */
export interface MetricExcess {
  readonly metric: string;
  readonly value: number;
  readonly budget: number;
}

/** What is known of a network on one device. */
export interface DeviceCosts {
  readonly estimates: Readonly<Partial<Record<CostName, CostEstimate>>>;
  readonly measurements: readonly Measurement[];
}

/** One training of a trial after the search's own: from scratch, with its own seed. */
export interface Training {
  readonly fidelity: Fidelity;
  readonly seed: number;
  /** The task's score on the validation examples; absent where the training failed. */
  readonly score?: number;
  /** The same on the test examples; only where nothing is chosen after it: of the last stage and of retrainings. */
  readonly testScore?: number;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly failure?: Failure;
  /**
   * Its weights are the trial's in the store: those of the best score among the last stage's trainings, or among the last retrainings.
   * Of one training of a trial at most.
   */
  readonly weightsKept?: true;
  readonly seconds: number;
}

/** A training in a stage after the first. */
export interface StageTraining extends Training {
  /** Index of the stage, from 1; the trial itself holds what the first stage, 0, gave. */
  readonly stage: number;
}

/** One architecture evaluated at one fidelity: costs, score or a coded failure. */
export interface Trial {
  /** Position in the run's order of asking, from 0. */
  readonly number: number;
  /** Canonical text. */
  readonly architecture: string;
  readonly fidelity: Fidelity;
  /** Seed of the trial's own generator (initial weights, shuffling, augmentation). */
  readonly seed: number;
  readonly status: "feasible" | "infeasible" | "failed";
  /** The last gate reached: passed if feasible, the one that stopped it otherwise. */
  readonly gate: Gate;
  readonly excesses: readonly Excess[];
  readonly failure?: Failure;
  /** By device name. */
  readonly devices: Readonly<Record<string, DeviceCosts>>;
  /** Of the network as it stands: multiply-accumulates of one inference, and learned numbers. */
  readonly macs?: number;
  readonly parameters?: number;
  /** The task's score on the validation examples, in the unit of its metric. All that the search sees. */
  readonly score?: number;
  /** The same on the test examples. Only for the final report. */
  readonly testScore?: number;
  /** Numbers of the evaluator's own, by name; only where it has any. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** In the experiment's order, all minimised. Only of feasible trials. */
  readonly objectives?: readonly number[];
  /**
   * Numbers of the trials that its architecture was bred or mutated from, over however many steps. Absent where it was drawn at random,
   * or chosen by a searcher that does not breed; and in runs of versions that did not store it.
   */
  readonly parents?: readonly number[];
  /** The trial with whose weights its training began, and the share of its own parameters that those are, 0 to 1. */
  readonly inherits?: { readonly trial: number; readonly share: number };
  /** What later stages of training gave, in order of stage, then of seed number; absent where there were none. */
  readonly trainings?: readonly StageTraining[];
  /**
   * What it gave when it was trained again on request, apart from all stages: by fidelity, that which was asked for last at the end,
   * then by seed number. Absent where it never was.
   */
  readonly retrainings?: readonly Training[];
  /** Wall time of the evaluation. */
  readonly seconds: number;
  /**
   * Only in a steady search: its place in the order in which trials were told to the searcher, from 0, and how many had been asked
   * for by then. So the trials of a run say when each of them was asked, and repeat the search.
   */
  readonly told?: { readonly place: number; readonly asked: number };
}
