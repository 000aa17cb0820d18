/** What evaluators and measuring runtimes are. */
import type { Network } from "../ir/index.ts";
import type { Measurement } from "./measurement.ts";
import type { Fidelity } from "./training/stages.ts";

/**
 * Measures a network on a device: warm-up, repetitions until the reported quantile is stable, spread reported. Measurements
 * that are asked for at once do not disturb each other. `deviceRuntimeConformance` holds every implementation to this.
 */
export interface DeviceRuntime {
  /** The device's name. */
  readonly device: string;
  /**
   * @param weights laid out as `parameterLayout` says; random ones where absent, which does not change the latency.
   * @throws CandidateError `invalid-network` where they do not fit, `not-finite` where the network computes no finite numbers
   * with them, `invalid-network`, `runtime` or `out-of-memory` where it cannot run.
   */
  measure(network: Network, weights?: Float32Array): Promise<Measurement>;
}

/** Says how good an architecture is at its task. Runs inside a worker; `evaluatorConformance` holds every implementation. */
export interface Evaluator {
  evaluate(architecture: string, fidelity: Fidelity, seed: number, given?: GivenToEvaluation): Promise<EvaluationResult>;
  /** The task's score on the test examples. Absent of an evaluator that leaves testing to others. */
  test?(architecture: string, weights: Float32Array): Promise<number>;
}

/** What an evaluation has besides; which of it an evaluator uses depends on its kind. */
export interface GivenToEvaluation {
  /** The GPU that is set aside for it, as CUDA_VISIBLE_DEVICES names it. */
  readonly gpu?: string;
  /** Weights from which training begins, laid out as `parameterLayout` says; random ones where absent. */
  readonly weights?: Float32Array;
}

/** What an evaluator says of a candidate. */
export interface EvaluationResult {
  /** The task's score on the validation examples. */
  readonly score: number;
  /** The trained weights, where there are any. */
  readonly weights?: Float32Array;
  /** The score on the test examples, where that is known with it. */
  readonly testScore?: number;
  /** Further numbers by name, where the evaluator has any. */
  readonly metrics?: Readonly<Record<string, number>>;
}
