import { type Experiment, InputError, nearestSpelling, type Run, type Store, type Trial } from "@archwright/core";

/** The run of this id, or the latest. @throws InputError naming the nearest id. */
export function findRun(store: Store, id: string | undefined): Run {
  const runs = store.runs();
  const found = id === undefined ? runs.at(-1) : runs.find((run) => run.id === id);
  if (found) return found;
  const ids = runs.map((run) => run.id);
  throw new InputError(id === undefined ? "the store holds no run yet" : `there is no run '${id}'`, {
    expected: ids.length === 0 ? "a run; 'archwright search FILE' makes one" : `one of ${ids.join(", ")}`,
    suggestion: id === undefined ? undefined : nearestSpelling(id, ids),
  });
}

/** @throws InputError where the run has no such trial. */
export function findTrial(store: Store, run: Run, number: number): Trial {
  const trial = Number.isInteger(number) && number >= 0 ? store.trial(run.id, number) : undefined;
  if (trial) return trial;
  throw new InputError(`run ${run.id} has no trial ${number}`, {
    expected: `a trial's number, counted from 0; 'archwright pareto ${run.id}' lists the front's`,
  });
}

/** The experiment that a run was made from. */
export function experimentOf(run: Run): Experiment {
  return run.experiment;
}
