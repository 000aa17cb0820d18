import type { Failure } from "../base/index.ts";
import type { Fidelity, Measurement } from "./trial.ts";

/**
 * A piece of work for a worker. Data only: a worker that knows the experiment needs nothing else.
 * `architecture` is canonical text; `weights` are laid out as `parameterLayout` says.
 */
export type Job =
  | { readonly kind: "evaluate"; readonly trial: number; readonly architecture: string; readonly fidelity: Fidelity; readonly seed: number }
  | { readonly kind: "test"; readonly trial: number; readonly architecture: string; readonly weights: Float32Array }
  | {
      readonly kind: "measure";
      readonly trial: number;
      readonly architecture: string;
      readonly device: string;
      readonly weights?: Float32Array;
    };

/** What came of a job. A failed candidate is data. */
export type Outcome =
  /** `accuracy` in percent of the validation images. */
  | { readonly kind: "evaluated"; readonly accuracy: number; readonly weights?: Float32Array; readonly seconds: number }
  /** `accuracy` in percent of the test images. */
  | { readonly kind: "tested"; readonly accuracy: number }
  | { readonly kind: "measured"; readonly measurement: Measurement; readonly seconds: number }
  | { readonly kind: "failed"; readonly failure: Failure; readonly seconds: number };

/**
 * Runs jobs somewhere. Held by the conformance suite `testing/executor`.
 *
 * `run` resolves with the outcome, a failure included; it rejects only when the executor was closed or the
 * worker program itself is broken (cannot be started, cannot understand the experiment). A `measure` job
 * runs alone: no other job of this executor runs beside it on its machine, because neighbours disturb it.
 * Kind, trial and device name a job: no two of the same name are asked for at once.
 */
export interface Executor {
  /** How many jobs it runs at once. May change while it runs, as where workers come and go: a steady search reads it again and again. */
  readonly slots: number;
  run(job: Job): Promise<Outcome>;
  /** Ends the workers; jobs still running reject. */
  close(): Promise<void>;
}
