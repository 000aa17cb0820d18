import type { Json } from "../base/index.ts";
import type { Measurement } from "./measurement.ts";
import type { Trial } from "./trial.ts";

/** The state of a run: `interrupted` ones, and `running` ones whose process is gone, can be resumed. */
export type RunStatus = "running" | "interrupted" | "done" | "failed";

/** A process that runs a run, named so that no later process of the same number is taken for it. */
export interface RunOwner {
  readonly pid: number;
  /** Name of its machine; absent in runs of versions that did not store it. */
  readonly host?: string;
  /** When it started, as its machine says it; absent where the machine does not say. */
  readonly start?: string;
}

/** What may change in a run; `owner: undefined` says that nobody runs it any more. */
export type RunChange = Partial<Pick<Run, "status" | "seconds" | "summary" | "experiment" | "experimentHash">> & {
  readonly owner?: RunOwner | undefined;
};

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
  /** Who runs it, to tell a live run from one that was killed. */
  readonly owner?: RunOwner;
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

/** How far somebody has read a run; numbers that only the store understands. */
export interface RunPosition {
  readonly trials: number;
  readonly events: number;
}

/** What is new in a run since a position. */
export interface RunChanges {
  /** Trials that were added or replaced since, each once and as it is now, in the order in which that happened. */
  readonly trials: readonly Trial[];
  readonly events: readonly RunEvent[];
  /** Where to read on from the next time. */
  readonly position: RunPosition;
}

/**
 * Keeps experiments, runs, trials, measurements and events as they happen. Synchronous: what a call has
 * returned from is on disk and survives SIGKILL of the process. Held by the conformance suite `testing/store`.
 */
export interface Store {
  createRun(run: Pick<Run, "name" | "experiment" | "experimentHash" | "seed" | "owner">): Run;
  /**
   * Changes a run, or lets a function decide on the change in the same transaction: of several processes that want a run, one gets it.
   * What the function throws leaves the run as it is.
   * @returns the run as it is then.
   */
  updateRun(id: string, change: RunChange | ((run: Run) => RunChange)): Run;
  run(id: string): Run | undefined;
  /** Newest last. */
  runs(): readonly Run[];
  /** With everything that belongs to it. */
  deleteRun(id: string): void;

  /** Adds trials, and lists the measurements that they carry, in one transaction. @throws where a number of the run is already taken. */
  addTrials(run: string, trials: readonly Trial[]): void;
  /** Replaces what is stored of a trial (the final report adds test accuracy and measurements), and lists these measurements, in one transaction. */
  updateTrial(run: string, trial: Trial, measurements?: readonly Measurement[]): void;
  trial(run: string, number: number): Trial | undefined;
  /** In order of number. */
  trials(run: string): Iterable<Trial>;
  /** What is new since an earlier answer's position; without one, everything. So a run can be followed while it goes on. */
  changesAfter(run: string, position?: RunPosition): RunChanges;

  putWeights(run: string, trial: number, weights: Float32Array): void;
  weights(run: string, trial: number): Float32Array | undefined;
  /** Forgets the weights of all trials of the run but these. */
  keepWeights(run: string, trials: readonly number[]): void;

  /** Lists a measurement that no trial carries. */
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
