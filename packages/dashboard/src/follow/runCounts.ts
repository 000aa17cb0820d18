/** What a run's trials come to, kept up to date from what is written of them without reading the others again. */

import { type Experiment, type Gate, gates, objectiveValue, type Trial } from "@archwright/core/experiment";
import { type RunState, runState } from "@archwright/core/query";
import { ParetoArchive } from "@archwright/core/search";
import { taskKindOf } from "@archwright/core/tasks";
import type { Header } from "./header.ts";

/** What a run has come to. */
export interface Counts extends Omit<RunState, "status" | "seconds" | "front"> {
  /** Numbers of the front's trials, by the experiment's own objectives. */
  readonly front: readonly number[];
}

export interface RunCounts {
  /** Counts a trial that was added, or was changed since it was counted. */
  take(trial: Trial): void;
  /**
   * What was taken so far.
   * @param all the experiment and every trial of the run; read only where later trainings decide which trials are compared with which.
   */
  read(all: () => WholeRun): Counts;
}

export interface WholeRun {
  readonly experiment: Experiment;
  readonly trials: Iterable<Trial>;
}

/** What was counted of a trial: so much is kept of each, and no more. */
const FLAGS = { seen: 1, scored: 2, stopped: 4 } as const;
const GATE_SHIFT = 3;

/** Reading all trials again may take this share of the time at most. */
const SHARE_OF_TIME = 0.05;

/** @param now milliseconds of a clock that does not go back. */
export function createRunCounts({ objectives, task }: Pick<Header, "objectives" | "task">, now: () => number): RunCounts {
  let flags = new Uint8Array(256);
  const codes = new Map<number, string>();
  const [stopped, failures] = [new Map<string, number>(), new Map<string, number>()];
  const archive = new ParetoArchive<number>(objectives);
  const objective = taskKindOf(task).objective;
  let trials = 0;
  let evaluations = 0;
  let least = Number.POSITIVE_INFINITY;
  /** Whether later trainings decide which trials are compared: then the front is that of all trials, read together. */
  let together: { counts: Pick<Counts, "front" | "bestScore" | "stages"> | undefined; outdated: boolean; notBefore: number } | undefined;

  const add = (counts: Map<string, number>, key: string, by: number) => counts.set(key, (counts.get(key) ?? 0) + by);

  function forget(number: number): void {
    const known = flags[number] ?? 0;
    if (known & FLAGS.scored) evaluations--;
    if (known & FLAGS.stopped) add(stopped, gates[known >> GATE_SHIFT] as Gate, -1);
    const code = codes.get(number);
    if (code !== undefined) add(failures, code, -1);
    codes.delete(number);
  }

  function take(trial: Trial): void {
    const { number, gate, score, status, failure } = trial;
    if (number >= flags.length) {
      const larger = new Uint8Array(2 * number + 1);
      larger.set(flags);
      flags = larger;
    }
    if (flags[number]) forget(number);
    else trials++;
    const isStopped = status !== "feasible";
    flags[number] =
      FLAGS.seen | (score === undefined ? 0 : FLAGS.scored) | (isStopped ? FLAGS.stopped : 0) | (gates.indexOf(gate) << GATE_SHIFT);
    if (score !== undefined) evaluations++;
    if (isStopped) add(stopped, gate, 1);
    if (failure) {
      codes.set(number, failure.code);
      add(failures, failure.code, 1);
    }
    if (status === "feasible") {
      // What is added to a trial later, such as a test score, leaves its objectives as they are.
      archive.add(trial.objectives, number);
      const error = objectiveValue(trial, { metric: "error" }, task);
      if (error !== undefined) least = Math.min(least, error);
    }
    if (trial.trainings || trial.retrainings) together ??= { counts: undefined, outdated: true, notBefore: 0 };
    if (together) together.outdated = true;
  }

  function readTogether(all: () => WholeRun): Pick<Counts, "front" | "bestScore" | "stages"> | undefined {
    if (!together?.outdated || now() < together.notBefore) return together?.counts;
    const startedAt = now();
    const { experiment, trials: every } = all();
    const run = { id: "", experiment, status: "done", seconds: 0, createdAt: "", updatedAt: "" } as const;
    const shown = runState({ trials: () => every }, run, { status: "", now: 0 });
    const counts = { front: shown.front.map(({ number }) => number), bestScore: shown.bestScore, stages: shown.stages };
    together = { counts, outdated: false, notBefore: now() + (now() - startedAt) / SHARE_OF_TIME };
    return counts;
  }

  return {
    take,
    read: (all) => ({
      trials,
      evaluations,
      stopped: positive(stopped),
      failures: positive(failures),
      front: archive.items(),
      bestScore: least === Number.POSITIVE_INFINITY ? undefined : objective.scoreOf(least),
      stages: [],
      ...readTogether(all),
    }),
  };
}

function positive(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].filter(([, count]) => count > 0));
}
