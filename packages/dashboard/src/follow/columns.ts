/** The numbers of the runs that are asked for, kept as columns in memory: of the few that were asked for last. */
import type { Store } from "@archwright/core/experiment";
import { FollowedRun } from "@archwright/core/query";

/** A million trials take tens of megabytes. */
const RUNS_KEPT = 6;

/** Gives a run's columns, up to date. */
export type RunColumns = (run: string) => FollowedRun;

export function createRunColumns(store: Store): RunColumns {
  const kept = new Map<string, FollowedRun>();
  return (id) => {
    const run = kept.get(id) ?? new FollowedRun(store, id);
    kept.delete(id);
    kept.set(id, run);
    for (const oldest of kept.keys()) {
      if (kept.size <= RUNS_KEPT) break;
      kept.delete(oldest);
    }
    while (run.update());
    return run;
  };
}
