/** Where jobs are run: the interface behind which child processes and a fleet of workers stand. */
import type { Job, Outcome } from "./job.ts";

/**
 * Runs jobs somewhere. Held by the conformance suite `testing/executor`.
 *
 * `run` resolves with the outcome, a failure included; it rejects only when the executor was closed or the
 * worker program itself is broken (cannot be started, cannot understand the experiment). A `measure` job
 * runs alone: no other job of this executor runs beside it on its machine, because neighbours disturb it.
 * Kind, trial and device name a job, in a later stage of training the stage and the seed as well: no two of the same name are
 * asked for at once.
 */
export interface Executor {
  /** How many jobs it runs at once. May change while it runs, as where workers come and go: a steady search reads it again and again. */
  readonly slots: number;
  run(job: Job): Promise<Outcome>;
  /** Ends the workers; jobs still running reject. */
  close(): Promise<void>;
}
