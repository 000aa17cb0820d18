/** `archwright search`: runs the experiment of a YAML file, or goes on with a run. */
import { existsSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import {
  type Experiment,
  evaluatorKindOf,
  formatPlace,
  InputError,
  type Json,
  measuredBy,
  needsPlan,
  ResourceError,
  type Run,
} from "@archwright/core";
import {
  createProblem,
  createTableReader,
  createWorkerPool,
  prepareForDevices,
  type ResumeOptions,
  type RunOptions,
  runExperiment,
  storedResult,
} from "@archwright/engine";
import type { DatasetReport } from "@archwright/runtimes";
import { redisOptions } from "../fleet/options.ts";
import { finishedRun } from "../input/finishedRun.ts";
import { loadExperiment } from "../input/loadExperiment.ts";
import { atLeast } from "../input/optionValues.ts";
import { describeMissing, resumeOf, resumeOptions } from "../input/resume.ts";
import { evaluationsFolder, storeAt, storeOption, storeToRead } from "../input/stores.ts";
import type { Workspace } from "../input/workspace.ts";
import { searchCommandLine } from "../output/commandLines.ts";
import { describeDataset } from "../output/datasetView.ts";
import { describePlan } from "../output/planView.ts";
import { createProgress, type ProgressReport } from "../output/progress.ts";
import { showResult } from "../output/searchResult.ts";
import { type ArgsOf, command, type Parser } from "../shell/command.ts";
import { Failed, Interrupted } from "../shell/commandErrors.ts";
import { describeEngine } from "../shell/installation.ts";
import { listenForInterruption } from "../shell/interruption.ts";
import { asTyped } from "../shell/invocation.ts";

const builder = (yargs: Parser, workspace: Workspace) =>
  yargs
    .positional("file", { type: "string", demandOption: true, describe: "An experiment in YAML" })
    .options(resumeOptions)
    .option("workers", { type: "number", describe: "How many trials run at once on this machine (default: one per core)" })
    .options({
      ...redisOptions,
      redis: { ...redisOptions.redis, describe: "Let the workers of a fleet train and measure, through this Redis" },
    })
    .option("redis-data-limit", { type: "string", describe: "Largest dataset that is sent through Redis (default: 64MiB)" })
    .option("seed", { type: "number", describe: "Seed to use instead of the experiment's own" })
    .options(storeOption(workspace));

type SearchArgs = ArgsOf<typeof builder>;

export const searchCommand = command({
  command: "search <file>",
  describe: "Run an experiment from its YAML file",
  builder,
  handler: async (args, workspace) => {
    refuseContradictions(args);
    const resume = resumeOf(args);
    const workers = atLeast("workers", args.workers ?? availableParallelism(), 1);
    if (args.seed !== undefined) atLeast("seed", args.seed, 0);
    let dataset: DatasetReport | undefined;
    const tables = createTableReader();
    const reading = loadExperiment(args.file, {
      workspace,
      seed: args.seed,
      tables,
      onDataset: (report) => {
        dataset = report;
      },
    });
    const experiment = await reading.catch(async (error: unknown) => {
      if (resume && error instanceof InputError && (await showWithoutData(error, args, resume, workspace))) return undefined;
      throw error;
    });
    if (experiment === undefined) return;
    // What is wrong with a table is to be said before there is a store.
    await prepareForDevices(experiment.devices);
    const problem = createProblem(experiment, tables);
    for (const warning of problem.warnings) process.stderr.write(`warning: ${warning}\n`);
    let progress: ProgressReport | undefined;
    const say = (text: string) => (progress ? progress.note(asTyped(text)) : void process.stderr.write(`${asTyped(text)}\n`));
    const createExecutor = await executorFor(experiment, args, workers, say);
    const engine = args.redis === undefined && needsEngine(experiment) ? await describeEngine() : undefined;
    const store = storeAt(args.store);
    const interruption = listenForInterruption();
    let current: Run | undefined;
    try {
      const result = await runExperiment({
        problem,
        store,
        createExecutor,
        ...(resume ? { resume } : {}),
        command: searchCommandLine(args, workspace),
        file: resolve(args.file),
        signal: interruption.signal,
        onRun: (run, resumed) => {
          current = run;
          if (resume && !resumed) say(`no run of '${run.name}' with seed ${run.seed} is stored yet: starting a new one`);
          process.stderr.write(`run ${run.id}${resumed ? `, ${run.status === "done" ? "already done" : "resumed"}` : ""}\n`);
          if (run.status === "done") return;
          if (engine !== undefined) say(`training and measuring with ${engine}`);
          if (dataset) process.stderr.write(`${describeDataset(dataset)}\n`);
          if (dataset && !resumed) store.addEvent(run.id, "dataset", dataset as unknown as Json);
          if (!needsPlan(run.experiment)) progress = createProgress(run.experiment);
          else say("measuring how fast evaluations are here, to plan by");
        },
        onPlan: (planned) => {
          say(describePlan(planned));
          progress = createProgress(planned);
        },
        onTrial: (trial) => progress?.trial(trial),
        onStage: (stage) => progress?.stage(stage),
        onReport: (done, of) => progress?.report(done, of),
      });
      progress?.stop();
      const { run, summary } = result;
      // What evaluations left that a limit ended.
      rmSync(evaluationsFolder(args.store, run), { recursive: true, force: true });
      process.stderr.write(asTyped(describeMissing(summary.missing ?? [], searchCommandLine(args, workspace, run.id))));
      showResult(result, store, args, workspace);
    } catch (error) {
      progress?.stop();
      if (error instanceof ResourceError && current) {
        throw new Failed(`${error.message}, then continue run ${current.id} with: ${searchCommandLine(args, workspace, current.id)}`);
      }
      if (!interruption.signal.aborted) throw error;
      throw new Interrupted(`interrupted; continue run ${current?.id} with: ${searchCommandLine(args, workspace, current?.id)}`);
    } finally {
      interruption.stop();
      store.close();
    }
  },
});

/** Shows the run that is to be resumed where it is done, so that nothing of its data is needed. @returns whether it is. */
async function showWithoutData(problem: InputError, args: SearchArgs, resume: ResumeOptions, workspace: Workspace): Promise<boolean> {
  if (!existsSync(args.store)) return false;
  const store = storeToRead(args.store);
  try {
    const run = await finishedRun(store, args.file, resume, { workspace, seed: args.seed });
    if (run === undefined) return false;
    const where = problem.place ? `${formatPlace(problem.place)}: ` : "";
    process.stderr.write(
      `run ${run.id}, already done: shown as it is stored, because its data cannot be read (${where}${problem.problem})\n`,
    );
    showResult(storedResult(run, store), store, args, workspace);
    return true;
  } finally {
    store.close();
  }
}

function refuseContradictions({ workers, resume, takeOver, redis, redisPasswordFile, redisCa, redisDataLimit }: SearchArgs): void {
  if (takeOver && resume === undefined) throw new InputError("--take-over needs --resume", { suggestion: "--resume --take-over" });
  if (redis !== undefined && workers !== undefined) {
    throw new InputError("--workers and --redis exclude each other: one trains on this machine, the other on the fleet's", {
      expected: "one of them; how much each machine of a fleet does is the --concurrency of its own 'archwright worker'",
    });
  }
  if (redis === undefined && (redisPasswordFile ?? redisCa ?? redisDataLimit) !== undefined) {
    throw new InputError("options that begin with --redis- are for a fleet, and no Redis is named", {
      suggestion: "--redis redis://localhost:6379",
    });
  }
}

/** Who does the work: this machine, or a fleet. */
async function executorFor(
  experiment: Experiment,
  { redis, ...args }: SearchArgs,
  workers: number,
  say: (text: string) => void,
): Promise<RunOptions["createExecutor"]> {
  if (redis !== undefined && needsJobs(experiment)) {
    return (await import("../fleet/search.ts")).joinFleet(experiment, { ...args, redis }, say);
  }
  if (redis !== undefined) say("this experiment only looks up tables, which needs no fleet: the Redis is not used");
  return (onEvent, run) => createWorkerPool(experiment, workers, onEvent, { workFolder: evaluationsFolder(args.store, run) });
}

/** Whether anything is trained or measured. */
function needsJobs({ evaluator, devices }: Experiment): boolean {
  return evaluatorKindOf(evaluator).runs === "worker" || devices.some((device) => measuredBy(device) !== undefined);
}

/** Whether anything is trained or measured here, and not by a program of the user's own. */
function needsEngine({ evaluator, devices }: Experiment): boolean {
  return evaluatorKindOf(evaluator).dataset !== undefined || devices.some((device) => measuredBy(device) !== undefined);
}
