/** Which run of the store is worked on: a new one, or a stored one that this experiment may go on with. */
import {
  type Change,
  continuing,
  decidingChanges,
  type Experiment,
  experimentHash,
  InputError,
  nearestSpelling,
  type Run,
  type Store,
} from "@archwright/core";
import { thisProcess } from "./owner.ts";
import { refuseOwned } from "./refuseOwned.ts";

/** Which run to go on with. */
export interface ResumeOptions {
  /** Its id; by default the newest of this experiment and seed, an unfinished one before one that is done. */
  readonly run?: string;
  /** Also a run that another machine may be running, which cannot be seen from here. */
  readonly takeOver?: boolean;
}

export interface OpenRunOptions {
  readonly experiment: Experiment;
  readonly store: Store;
  readonly resume?: ResumeOptions;
  /** How the user begins this experiment anew, for messages. */
  readonly command: string;
}

const shownChanges = 12;

/**
 * The run to go on with; undefined where none is asked for, or there is none of this name and seed yet.
 * @throws InputError where the named run does not exist, or what decides its trials has changed.
 */
export function findRun({ experiment, store, resume, command }: OpenRunOptions): Run | undefined {
  if (!resume) return undefined;
  const changes = (run: Run) => decidingChanges(run.experiment, continuing(run.experiment, experiment), metLimits(store, run, experiment));
  if (resume.run !== undefined) {
    const run = namedRun(store, resume.run);
    refuseChanges(run, changes(run), command);
    return run;
  }
  const ofName = store.runs().filter(({ name, seed }) => name === experiment.name && seed === experiment.seed);
  const newest = (runs: readonly Run[]) => runs.findLast(({ status }) => status !== "done") ?? runs.at(-1);
  const hash = experimentHash(experiment);
  const found =
    newest(ofName.filter(({ experimentHash }) => experimentHash === hash)) ?? newest(ofName.filter((run) => changes(run).length === 0));
  const last = ofName.at(-1);
  if (!found && last) refuseChanges(last, changes(last), command);
  return found;
}

/**
 * Makes this process the one that runs a run, under this experiment.
 * @throws InputError where another process runs it, or may.
 */
export function claimRun({ id }: Run, { experiment, store, resume, command }: OpenRunOptions): Run {
  return store.updateRun(id, (run) => {
    refuseOwned(run, {
      takeOver: resume?.takeOver === true,
      otherwise: ", or leave out --resume to start a new run",
      command: `${command} --resume ${id}`,
    });
    return {
      status: "running",
      owner: thisProcess(),
      experiment,
      experimentHash: experimentHash(experiment),
    };
  });
}

export function createRun({ experiment, store }: OpenRunOptions): Run {
  const { name, seed } = experiment;
  return store.createRun({
    name,
    seed,
    experiment,
    experimentHash: experimentHash(experiment),
    owner: thisProcess(),
  });
}

/** A run to go on with needs more than a name that reads alike. */
function namedRun(store: Store, id: string): Run {
  const run = store.run(id);
  if (run) return run;
  const ids = store.runs().map((other) => other.id);
  throw new InputError(`there is no run '${id}' to go on with`, {
    expected: ids.length === 0 ? "no --resume: the store holds no run yet" : `one of ${ids.join(", ")}`,
    suggestion: nearestSpelling(id, ids),
  });
}

function metLimits(store: Store, run: Run, { limits }: Experiment) {
  const before = run.experiment.limits;
  const met = { time: false, memory: false };
  // Reading all trials takes a while, and only higher limits ask for it.
  if (before.trialTimeMs === limits.trialTimeMs && before.trialMemoryBytes === limits.trialMemoryBytes) return met;
  for (const trial of store.trials(run.id)) {
    for (const { failure } of [trial, ...(trial.trainings ?? [])]) {
      if (failure?.code === "timeout") met.time = true;
      if (failure?.code === "out-of-memory") met.memory = true;
    }
  }
  return met;
}

function refuseChanges(run: Run, changes: readonly Change[], command: string): void {
  if (changes.length === 0) return;
  const shown = changes.slice(0, shownChanges).map(({ key, before = "absent", after = "absent" }) => `\n    ${key}: ${before} → ${after}`);
  const more = changes.length > shownChanges ? `\n    and ${changes.length - shownChanges} more` : "";
  throw new InputError(`run ${run.id} cannot go on: its trials were made with other settings${shown.join("")}${more}`, {
    expected:
      "the run's settings (more evaluations or candidates, further stages of training, more candidates or seeds in them, higher limits that no trial has met, and devices without budget or objective may be added), or a new run",
    suggestion: command,
  });
}
