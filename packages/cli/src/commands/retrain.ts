/** `archwright retrain`: trains networks of a run again, longer and with several seeds. */
import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import {
  type Experiment,
  evaluatorKindOf,
  type Fidelity,
  InputError,
  maxSeeds,
  ResourceError,
  type Run,
  type Store,
  type Trial,
} from "@archwright/core";
import { findTrial, searchFront } from "@archwright/core/query";
import { createWorkerPool, retrain } from "@archwright/engine";
import { unchangedData } from "../export/trained.ts";
import { openRun } from "../input/openRun.ts";
import { atLeast, quantityOf } from "../input/optionValues.ts";
import { evaluationsFolder, existingStore, storeOption } from "../input/stores.ts";
import type { Workspace } from "../input/workspace.ts";
import { retrainLine } from "../output/commandLines.ts";
import { printJson } from "../output/render.ts";
import { describeRetraining, retrainedJson, showRetrained } from "../output/retrainedView.ts";
import { type ArgsOf, command, type Parser } from "../shell/command.ts";
import { Failed, Flawed, Interrupted } from "../shell/commandErrors.ts";
import { describeEngine } from "../shell/installation.ts";
import { listenForInterruption } from "../shell/interruption.ts";
import { asTyped } from "../shell/invocation.ts";

const builder = (yargs: Parser, workspace: Workspace) =>
  yargs
    .positional("run", { type: "string", demandOption: true, describe: "A run's id, or its experiment's name" })
    .positional("trials", { type: "number", array: true, describe: "Numbers of trials (default: the front of the search)" })
    .option("epochs", { type: "number", describe: "How often each training sees the training images; may be a fraction" })
    .option("steps", { type: "number", describe: "How many steps of the optimiser each training takes, instead of --epochs" })
    .option("seeds", { type: "number", default: 3, describe: "Trainings of each trial, from other initial weights" })
    .option("workers", { type: "number", describe: "How many trainings run at once on this machine (default: one per core)" })
    .option("trial-time", { type: "string", describe: "Longest time of one training, such as 2h (default: the experiment's limit)" })
    .option("take-over", { type: "boolean", default: false, describe: "Also where another machine may still be working on the run" })
    .options(storeOption(workspace));

type RetrainArgs = ArgsOf<typeof builder>;

export const retrainCommand = command({
  command: "retrain <run> [trials..]",
  describe: "Train networks of a run again, longer and with several seeds",
  builder,
  handler: async (args, workspace) => {
    const fidelity = fidelityOf(args);
    const seeds = atLeast("seeds", args.seeds, 1, maxSeeds);
    const workers = atLeast("workers", args.workers ?? availableParallelism(), 1);
    const trialTimeMs = args.trialTime === undefined ? undefined : quantityOf("trial-time", args.trialTime, "time");
    const store = existingStore(args.store);
    const interruption = listenForInterruption();
    try {
      const run = await openRun(store, args.run);
      refuseUntrained(run);
      const trials = trialsOf(store, run, args.trials ?? []);
      const again = retrainLine({ ...args, run: run.id }, workspace);
      process.stderr.write(`run ${run.id}: ${await prepare(run.experiment)}\n`);
      const experiment = withTrialTime(run.experiment, trialTimeMs);
      const retraining = retrain({
        ...{ store, run, trials, fidelity, seeds, takeOver: args.takeOver, command: again, signal: interruption.signal },
        createExecutor: (onEvent) => createWorkerPool(experiment, workers, onEvent, { workFolder: evaluationsFolder(args.store, run) }),
        onTraining: (progress) => void process.stderr.write(`${describeRetraining(run.experiment, progress)}\n`),
      });
      const retrained = await retraining.catch((error: unknown) => {
        if (error instanceof ResourceError) throw new Failed(`${error.message}, then go on with: ${again}`);
        throw interruption.signal.aborted ? new Interrupted(`interrupted; go on with: ${again}`) : error;
      });
      // Of a search that is not done they are what it continues from.
      if (run.status === "done") rmSync(evaluationsFolder(args.store, run), { recursive: true, force: true });
      show({ run, store, fidelity, seeds, trials: retrained }, args);
    } finally {
      interruption.stop();
      store.close();
    }
  },
});

/** @throws InputError where not exactly one of both is given, or it is no amount of training. */
function fidelityOf({ epochs, steps }: RetrainArgs): Fidelity {
  if ((epochs === undefined) === (steps === undefined)) {
    throw new InputError(epochs === undefined ? "nothing says how long to train" : "--epochs and --steps exclude each other", {
      expected: "--epochs or --steps",
      suggestion: "--epochs 30",
    });
  }
  if (steps !== undefined) return { steps: atLeast("steps", steps, 1) };
  if (epochs === undefined || !(epochs > 0) || !Number.isFinite(epochs)) {
    throw new InputError(`--epochs is ${epochs}`, { expected: "a number above 0" });
  }
  return { epochs };
}

/** @throws InputError where nothing of the run is trained. */
function refuseUntrained({ id, experiment }: Run): void {
  const { verb } = evaluatorKindOf(experiment.evaluator);
  if (verb === "trained") return;
  throw new InputError(`the networks of ${id} were ${verb}, not trained: there is nothing to train again`, {
    expected: "a run whose experiment trains networks",
  });
}

/** Those named, or all of the search's front. @throws InputError for one that does not exist or is not feasible. */
function trialsOf(store: Store, run: Run, numbers: readonly number[]): readonly Trial[] {
  const trials =
    numbers.length === 0 ? searchFront(run.experiment, store.trials(run.id)) : numbers.map((number) => findTrial(store, run, number));
  if (trials.length === 0) throw new InputError(`run ${run.id} has no feasible trial`, { expected: "a run with a network to train again" });
  const refused = trials.find(({ status }) => status !== "feasible");
  if (refused) {
    const why = refused.failure ? `failed: ${refused.failure.code}` : "is over a budget";
    throw new InputError(`trial ${refused.number} of ${run.id} ${why}`, {
      expected: `feasible trials; 'archwright explain ${run.id} ${refused.number}' says more of this one`,
      suggestion: `archwright pareto ${run.id}`,
    });
  }
  return [...new Map(trials.map((trial) => [trial.number, trial])).values()];
}

/** @returns what trains, in words. @throws InputError where the run's images are not there as they were. */
async function prepare({ evaluator }: Experiment): Promise<string> {
  const row = evaluatorKindOf(evaluator);
  const dataset = row.dataset?.(evaluator);
  if (dataset === undefined) return row.inWords(evaluator);
  await unchangedData(dataset);
  return `training with ${asTyped(await describeEngine())}`;
}

function withTrialTime(experiment: Experiment, trialTimeMs: number | undefined): Experiment {
  return trialTimeMs === undefined ? experiment : { ...experiment, limits: { ...experiment.limits, trialTimeMs } };
}

/** @throws Failed where no training succeeded. */
function show(retrained: Parameters<typeof showRetrained>[0], { json }: RetrainArgs): void {
  const result = retrainedJson(retrained);
  const { experiment, id } = retrained.run;
  if (result.trials.every(({ retrained }) => retrained === null)) {
    const [first] = retrained.trials.flatMap(({ number, retrainings = [] }) =>
      retrainings.flatMap(({ failure }) => (failure ? [`trial ${number}: ${failure.code}: ${failure.message}`] : [])),
    );
    throw new Flawed(result, new Failed(`every training of ${id} (${experiment.name}) failed${first === undefined ? "" : `; ${first}`}`));
  }
  if (json) printJson(result);
  else showRetrained(retrained);
}
