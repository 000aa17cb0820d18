/** Finds runs and trials as people name them: a run by its id, by its experiment's name, or the latest. */
import { InputError, nearestSpelling } from "../base/index.ts";
import { atStage, type Run, type Store, type Trial, type TrialAtStage } from "../experiment/index.ts";

/**
 * The run of this id, else the newest of the experiment of this name; without either, the latest of all.
 * @throws InputError naming the nearest id.
 */
export function findRun(store: Pick<Store, "runs">, named: string | undefined): Run {
  const runs = store.runs();
  const found = named === undefined ? runs.at(-1) : (runs.find(({ id }) => id === named) ?? runs.findLast(({ name }) => name === named));
  return found ?? refuseUnknownRun(runs, named);
}

/** The run of exactly this id, for what cannot be undone. @throws InputError naming the nearest id. */
export function runOfId(store: Pick<Store, "runs">, id: string): Run {
  const runs = store.runs();
  return runs.find((run) => run.id === id) ?? refuseUnknownRun(runs, id);
}

function refuseUnknownRun(runs: readonly Run[], named: string | undefined): never {
  const ids = runs.map(({ id }) => id);
  throw new InputError(named === undefined ? "the store holds no run yet" : `there is no run '${named}'`, {
    expected: ids.length === 0 ? "a run; 'archwright search FILE' makes one" : `one of ${ids.join(", ")}`,
    suggestion: named === undefined ? undefined : nearestSpelling(named, ids),
  });
}

/**
 * The trial as it is after the last stage of training that gave it a score. To be shown, never stored.
 * @throws InputError where the run has no such trial.
 */
export function findTrial(store: Pick<Store, "trial">, run: Run, number: number): Trial | TrialAtStage {
  const trial = Number.isInteger(number) && number >= 0 ? store.trial(run.id, number) : undefined;
  if (trial) return atStage(run.experiment, trial);
  throw new InputError(`run ${run.id} has no trial ${number}`, {
    expected: `a trial's number, counted from 0; 'archwright pareto ${run.id}' lists the front's`,
  });
}
