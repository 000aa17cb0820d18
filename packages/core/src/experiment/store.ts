import type { Json } from "../base/index.ts";
import type { Measurement, Trial } from "./trial.ts";

/** The state of a run: `interrupted` ones, and `running` ones whose process is gone, can be resumed. */
export type RunStatus = "running" | "interrupted" | "done" | "failed";

/** One execution of an experiment. */
export interface Run {
  /** Short, unique in the store, for example `quickstart-3`. */
  readonly id: string;
  /** The experiment's name. */
  readonly name: string;
  /** The resolved experiment, and its content hash: what a resumed run must agree with. */
  readonly experiment: Json;
  readonly experimentHash: string;
  readonly seed: number;
  readonly status: RunStatus;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Process that runs it, to tell a live run from one that was killed. */
  readonly pid?: number;
  /** Controller time spent so far, over all sittings. */
  readonly seconds: number;
  /** What the run's end had to say: final report, or why it stopped. */
  readonly summary?: Json;
}

/** Something that happened in a run: started, resumed, interrupted, worker lost, … */
export interface RunEvent {
  readonly at: string;
  readonly kind: string;
  readonly detail: Json;
}

/**
 * Keeps experiments, runs, trials, measurements and events as they happen. Synchronous: what a call has
 * returned from is on disk and survives SIGKILL of the process. Held by the conformance suite `testing/store`.
 */
export interface Store {
  createRun(run: Pick<Run, "name" | "experiment" | "experimentHash" | "seed">): Run;
  updateRun(id: string, change: Partial<Pick<Run, "status" | "seconds" | "summary">> & { readonly pid?: number | undefined }): void;
  run(id: string): Run | undefined;
  /** Newest last. */
  runs(): readonly Run[];
  /** With everything that belongs to it. */
  deleteRun(id: string): void;

  /** Adds trials in one transaction. @throws where a number of the run is already taken. */
  addTrials(run: string, trials: readonly Trial[]): void;
  /** Replaces what is stored of a trial (the final report adds test accuracy and measurements). */
  updateTrial(run: string, trial: Trial): void;
  trial(run: string, number: number): Trial | undefined;
  /** In order of number. */
  trials(run: string): Iterable<Trial>;

  putWeights(run: string, trial: number, weights: Float32Array): void;
  weights(run: string, trial: number): Float32Array | undefined;
  /** Forgets the weights of all trials of the run but these. */
  keepWeights(run: string, trials: readonly number[]): void;

  addMeasurement(run: string | undefined, architecture: string, measurement: Measurement): void;
  measurements(filter?: { readonly run?: string; readonly device?: string; readonly architecture?: string }): readonly {
    readonly run?: string;
    readonly architecture: string;
    readonly measurement: Measurement;
  }[];

  addEvent(run: string, kind: string, detail: Json): void;
  events(run: string): readonly RunEvent[];
  close(): void;
}
