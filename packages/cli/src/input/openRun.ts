/** A run of a store, with the plugins that it was made with loaded. */
import { formatPlace, InputError, type Run, type Store } from "@archwright/core";
import { findRun } from "@archwright/core/query";
import { loadPluginsOf } from "@archwright/engine";

/** @throws InputError where there is no such run, or a plugin that it was made with is gone or changed. */
export async function openRun(store: Store, name: string | undefined): Promise<Run> {
  const run = findRun(store, name);
  await loadPluginsOf(run.experiment);
  return run;
}

/** All runs of a store that can be understood; of the others, whose plugins are gone or changed, it is said why not. */
export async function openRuns(store: Store): Promise<readonly Run[]> {
  const runs: Run[] = [];
  for (const run of store.runs()) {
    try {
      await loadPluginsOf(run.experiment);
      runs.push(run);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const where = error.place ? `${formatPlace(error.place)}: ` : "";
      process.stderr.write(`warning: run ${run.id} is left out: ${where}${error.problem}\n`);
    }
  }
  return runs;
}
