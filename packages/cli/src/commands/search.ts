/** `archwright search`: runs the experiment of a YAML file, or goes on with a run. */

import { availableParallelism } from "node:os";
import { dependsOnTime, type Experiment, InputError, type Json, ResourceError, type Run, type Store } from "@archwright/core";
import { experimentOf, frontJson, listingOf, wordsFor } from "@archwright/core/query";
import {
  createProblem,
  createTableReader,
  createWorkerPool,
  type RunOptions,
  type RunResult,
  type RunSummary,
  runExperiment,
} from "@archwright/engine";
import type { DatasetReport } from "@archwright/runtimes";
import { redisOptions } from "../fleet/options.ts";
import { renderFront } from "../front/table.ts";
import { loadExperiment } from "../input/loadExperiment.ts";
import { atLeast } from "../input/optionValues.ts";
import { describeMissing, resumeOf, resumeOptions, searchCommandLine } from "../input/resume.ts";
import { storeAt, storeOption } from "../input/stores.ts";
import type { Workspace } from "../input/workspace.ts";
import { describeDataset } from "../output/datasetView.ts";
import { overBudget } from "../output/overBudget.ts";
import { createProgress, type ProgressReport } from "../output/progress.ts";
import { lineWidth, print, printJson } from "../output/render.ts";
import { type ArgsOf, command, type Parser } from "../shell/command.ts";
import { Failed, Flawed, Interrupted } from "../shell/commandErrors.ts";
import { describeEngine } from "../shell/installation.ts";
import { asTyped } from "../shell/invocation.ts";
import { paretoLine } from "./pareto.ts";

const builder = (yargs: Parser, workspace: Workspace) =>
  yargs
    .positional("file", { type: "string", demandOption: true })
    .options(resumeOptions)
    .option("workers", { type: "number", describe: "Trials at once on this machine (default: one per core)" })
    .options({
      ...redisOptions,
      redis: { ...redisOptions.redis, describe: "Let the workers of a fleet do the work, through this Redis" },
    })
    .option("redis-data-limit", { type: "string", describe: "Largest dataset that is sent through Redis (default: 64MiB)" })
    .option("seed", { type: "number", describe: "Instead of the experiment's own seed" })
    .options(storeOption(workspace));

type SearchArgs = ArgsOf<typeof builder>;

export const searchCommand = command({
  command: "search <file>",
  describe: "Run the experiment of a YAML file",
  builder,
  handler: async (args, workspace) => {
    refuseContradictions(args);
    const resume = resumeOf(args);
    const workers = atLeast("workers", args.workers ?? availableParallelism(), 1);
    if (args.seed !== undefined) atLeast("seed", args.seed, 0);
    let dataset: DatasetReport | undefined;
    const tables = createTableReader();
    const experiment = await loadExperiment(args.file, {
      workspace,
      seed: args.seed,
      tables,
      onDataset: (report) => {
        dataset = report;
      },
    });
    // What is wrong with a table is to be said before there is a store.
    const problem = createProblem(experiment, tables);
    for (const warning of problem.warnings) process.stderr.write(`warning: ${warning}\n`);
    let progress: ProgressReport | undefined;
    const say = (text: string) => (progress ? progress.note(asTyped(text)) : void process.stderr.write(`${asTyped(text)}\n`));
    const createExecutor = await executorFor(experiment, args, workers, say);
    const engine = args.redis === undefined && needsJobs(experiment) ? await describeEngine() : undefined;
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
        signal: interruption.signal,
        onRun: (run, resumed) => {
          current = run;
          if (resume && !resumed) say(`no run of '${run.name}' with seed ${run.seed} is stored yet: a new one is begun`);
          process.stderr.write(`run ${run.id}${resumed ? `, ${run.status === "done" ? "already done" : "resumed"}` : ""}\n`);
          if (run.status === "done") return;
          if (engine !== undefined) say(`training and measuring with ${engine}`);
          if (dataset) process.stderr.write(`${describeDataset(dataset)}\n`);
          if (dataset && !resumed) store.addEvent(run.id, "dataset", dataset as unknown as Json);
          progress = createProgress(experiment);
        },
        onTrial: (trial) => progress?.trial(trial),
        onReport: (done, of) => progress?.report(done, of),
      });
      progress?.stop();
      const { run, summary } = result;
      process.stderr.write(asTyped(describeMissing(summary.missing ?? [], searchCommandLine(args, workspace, run.id))));
      show(result, store, args, workspace);
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

function refuseContradictions({ workers, resume, takeOver, redis, redisPasswordFile, redisCa, redisDataLimit }: SearchArgs): void {
  if (takeOver && resume === undefined) throw new InputError("--take-over goes with --resume", { suggestion: "--resume --take-over" });
  if (redis !== undefined && workers !== undefined) {
    throw new InputError("--workers and --redis contradict each other: one trains on this machine, the other on the fleet's", {
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
  if (redis !== undefined) say("this experiment only looks tables up, which takes no fleet: the Redis is not used");
  return (onEvent) => createWorkerPool(experiment, workers, onEvent);
}

/** Whether anything is trained or measured. */
function needsJobs({ evaluator, devices }: Experiment): boolean {
  return evaluator.kind === "train" || devices.some(({ kind }) => kind === "local");
}

/**
 * The first Ctrl-C (or SIGTERM) stops the run in good order; a second one ends the process as usual. A terminal that is closed stops
 * nothing: Node.js undoes what 'nohup' does, and a long search should not be lost to a dropped connection.
 */
function listenForInterruption(): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort(new Error("interrupted"));
  process.once("SIGINT", abort);
  process.once("SIGTERM", abort);
  const goOn = () => {};
  process.on("SIGHUP", goOn);
  return {
    signal: controller.signal,
    stop: () => {
      process.off("SIGINT", abort);
      process.off("SIGTERM", abort);
      process.off("SIGHUP", goOn);
    },
  };
}

/**
 * Prints the front. Where there is none, says why instead.
 * @throws InputError where no network met the budgets: they are what must be changed.
 * @throws Failed where networks met them, and none could be evaluated.
 */
function show({ run, summary, front }: RunResult, store: Store, { file, json, store: storeFile }: SearchArgs, workspace: Workspace): void {
  const experiment = experimentOf(run);
  const { objectives } = experiment;
  const listing = listingOf(front);
  const result = { ...frontJson(experiment, run.id, listing, objectives), status: run.status, summary, seconds: run.seconds };
  if (front.length === 0) {
    const isOverBudget = summary.nearest && Object.keys(summary.failures).length === 0;
    throw new Flawed(result, isOverBudget ? overBudget(experiment, [...store.trials(run.id)], file) : noneEvaluated(run, summary, store));
  }
  if (json) {
    printJson(result);
    return;
  }
  const options = { width: lineWidth(), command: paretoLine(run.id, { store: storeFile }, workspace) };
  print(renderFront({ ...listing, experiment, objectives }, options));
  print(
    [
      "",
      `run ${run.id}: ${summary.evaluations} ${wordsFor(experiment).evaluated} of ${summary.candidates} candidates, ${front.length} on the front, ${run.seconds.toFixed(0)} s`,
      summary.reproducible === "exact"
        ? "reproducible: nothing that was measured steered the search; the same seed gives the same trials"
        : `reproducible by replay: ${dependsOnTime(experiment).join(" and ")} steered the search`,
      asTyped(`next: archwright explain ${run.id} ${front[0]?.number}`),
      // What was looked up has no weights to export.
      ...(experiment.evaluator.kind === "train"
        ? [asTyped(`      archwright export ${run.id} ${front[0]?.number} --format onnx --output model.onnx`)]
        : []),
    ].join("\n"),
  );
}

function noneEvaluated(run: Run, { candidates, stopped, failures }: RunSummary, store: Store): Failed {
  const first = [...store.trials(run.id)].find(({ failure }) => failure !== undefined);
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  const over = Object.values(stopped).reduce((sum, count) => sum + count, 0) - failed;
  return new Failed(
    [
      `none of ${candidates} candidates ended as a result`,
      ...Object.entries(failures).map(([code, count]) => `${count} failed: ${code}`),
      ...(over > 0 ? [`${over} over a budget`] : []),
      ...(first ? [`archwright explain ${run.id} ${first.number} says more of the first that failed`] : []),
    ].join("\n  "),
  );
}
