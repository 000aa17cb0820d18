/** What earlier runs of the store say to a search that is to learn from them. */
import {
  type EarlierRun,
  type Experiment,
  formatObjective,
  InputError,
  nearestSpelling,
  type Objective,
  type Run,
  type Store,
} from "@archwright/core";
import type { Problem } from "../problem.ts";

/**
 * The runs that the experiment's `warm_start` names, as a searcher sees them. Of an objective on a device the earlier run's own is taken
 * where it has the same, otherwise that of another device: how alike they are is for the searcher to find out.
 * @throws InputError where there is no such run, where one is not finished (what it says would change), or where one has nothing in
 * common with this experiment.
 */
export function earlierRuns({ experiment, space }: Problem, store: Store): readonly EarlierRun<unknown>[] {
  return (experiment.search.warmStart ?? []).map((id) => {
    const run = finishedRun(store, id);
    const columns = experiment.objectives.map((objective) => columnOf(objective, run.experiment));
    if (columns.every((column) => column < 0)) {
      const written = (of: Experiment) => of.objectives.map((objective) => formatObjective(objective, of.task)).join(", ");
      throw new InputError(`run ${id} was a search for ${written(run.experiment)}`, {
        expected: `a run with one of the objectives ${written(experiment)}`,
      });
    }
    const trials = [...store.trials(id)].flatMap(({ architecture, objectives }) => {
      const genotype = objectives && parsed(space, architecture);
      return genotype === undefined ? [] : [{ genotype, objectives: columns.map((column) => objectives?.[column]) }];
    });
    if (trials.length > 0) return { trials };
    throw new InputError(`run ${id} has no feasible trial whose architecture is one of this space`, {
      expected: "a run of the same space",
    });
  });
}

function finishedRun(store: Store, id: string): Run {
  const run = store.run(id);
  if (run?.status === "done") return run;
  if (run) {
    throw new InputError(`run ${id} is not finished, so what it says may still change`, {
      expected: "finished runs as 'warm_start'",
    });
  }
  const done = store.runs().flatMap((other) => (other.status === "done" ? [other.id] : []));
  throw new InputError(`there is no run '${id}' to learn from in this store`, {
    expected: done.length === 0 ? "no 'warm_start': the store holds no finished run" : `one of ${done.join(", ")}`,
    suggestion: nearestSpelling(id, done),
  });
}

/** The same objective, or one of the same metric on another device; -1 for none. */
function columnOf(objective: Objective, { objectives }: Experiment): number {
  const key = JSON.stringify(objective);
  const same = objectives.findIndex((other) => JSON.stringify(other) === key);
  if (same >= 0 || objective.metric === "own") return same;
  return objectives.findIndex(({ metric }) => metric === objective.metric);
}

/** Nothing for an architecture that is not of the space. */
function parsed(space: Problem["space"], architecture: string): unknown {
  try {
    return space.parse(architecture);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
