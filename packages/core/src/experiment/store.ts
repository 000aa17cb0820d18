/** The store: what is kept of runs, trials, weights, measurements and events, and the interface behind which files and memory stand. */
import type { Json } from "../base/index.ts";
import type { TrialBlock } from "./blocks/index.ts";
import type { Experiment } from "./experiment.ts";
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
  /**
   * The resolved experiment in today's shape, whatever version stored it. A store may read it when it is first asked for.
   * @throws Error where a newer version stored it.
   */
  readonly experiment: Experiment;
  /** Of the experiment's content: what a resumed run must agree with. */
  readonly experimentHash: string;
  readonly seed: number;
  readonly status: RunStatus;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Who runs it, to tell a live run from one that was killed. */
  readonly owner?: RunOwner;
  /** Controller time spent so far, over all sessions. */
  readonly seconds: number;
  /** What the run's end had to say: final report, or why it stopped. */
  readonly summary?: Json;
}

/** How far a reader has read a run; see {@link Store.changes}. */
export interface RunCursor {
  readonly trials: number;
  readonly events: number;
}

/** What was written of a run since a cursor. */
export interface RunChanges {
  /** Added or changed, each once and as it is now, in the order of the last write. */
  readonly trials: readonly Trial[];
  readonly events: readonly RunEvent[];
  /** For the next call. */
  readonly cursor: RunCursor;
  /** Whether the limit left something out. */
  readonly more: boolean;
}

/** The numbers of what was written of a run since a cursor. */
export interface RunBlocks {
  /** In the order of writing: where a trial is in several, what comes later counts. */
  readonly blocks: readonly TrialBlock[];
  /** For the next call; the same as `RunCursor.trials`. */
  readonly cursor: number;
  /** Whether there may be more. */
  readonly more: boolean;
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
  /** Replaces what is stored of a trial (the final report adds test score and measurements), and lists these measurements, in one transaction. */
  updateTrial(run: string, trial: Trial, measurements?: readonly Measurement[]): void;
  trial(run: string, number: number): Trial | undefined;
  /** In order of number. */
  trials(run: string): Iterable<Trial>;
  /**
   * What was added or changed since the cursor, for a reader that follows a run; all of it where no cursor is given.
   * It costs as much as there is new, however much is stored.
   * @param limit of trials, and of events, in one answer; 1000 where none is given.
   */
  changes(run: string, since?: RunCursor, limit?: number): RunChanges;

  /**
   * The numbers of all trials that were added or changed since the cursor, and perhaps again those of some that were not; of all trials
   * where no cursor is given. Many times faster than `changes`, which gives the trials themselves.
   * @param limit of blocks in one answer; 64 where none is given.
   */
  blocks(run: string, since?: number, limit?: number): RunBlocks;

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
  /**
   * Changes with every write, by this process or another; to be compared with what it was, for a reader that follows a store. Asking
   * costs next to nothing, however much is stored.
   */
  version(): string;
  close(): void;
}
