/** What of a run's experiment a list of runs shows: small, so that the experiments themselves need not be kept in memory. */
import type { Experiment, Run } from "@archwright/core/experiment";
import { type Task, taskKindOf } from "@archwright/core/tasks";
import type { RunAnswer } from "../contract/index.ts";

export interface Header {
  readonly task: Task;
  /** How many objectives trials are compared by. */
  readonly objectives: number;
  readonly score: RunAnswer["score"];
  /** Evaluations that are asked for; null where a time was given and nothing was planned yet. */
  readonly evaluations: number | null;
}

function headerOf({ task, search, objectives }: Experiment): Header {
  const { name, title, unit, direction } = taskKindOf(task).score;
  return {
    task,
    objectives: objectives.length,
    score: { name, title: title.replace(/ %$/, ""), unit, better: direction === "maximise" ? "higher" : "lower" },
    evaluations: search.evaluations === 0 ? null : search.evaluations,
  };
}

/** Reads headers; runs of one experiment share theirs. */
export function createHeaders(): (run: Run) => Header {
  const byHash = new Map<string, Header>();
  return (run) => {
    // A run that waits for its plan has another hash than after it.
    const known = byHash.get(run.experimentHash);
    if (known) return known;
    const header = headerOf(run.experiment);
    byHash.set(run.experimentHash, header);
    return header;
  };
}
