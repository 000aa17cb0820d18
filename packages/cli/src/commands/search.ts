import { availableParallelism } from "node:os";
import { InputError, metricNames, type Run } from "@archwright/core";
import { createWorkerPool, type RunResult, runExperiment } from "@archwright/engine";
import type { CommandModule } from "yargs";
import { storeAt, storeOption } from "../files.ts";
import { Interrupted } from "../interrupted.ts";
import { loadExperiment } from "../loadExperiment.ts";
import { createProgress } from "../progress.ts";
import { frontJson, print, printJson, renderFront } from "../render.ts";
import { experimentOf } from "../runRef.ts";

interface SearchArgs {
  readonly file: string;
  readonly resume: boolean;
  readonly workers?: number;
  readonly seed?: number;
  readonly store: string;
  readonly json: boolean;
}

export const searchCommand: CommandModule<object, SearchArgs> = {
  command: "search <file>",
  describe: "Run the experiment of a YAML file",
  builder: (yargs) =>
    yargs
      .positional("file", { type: "string", demandOption: true })
      .option("resume", { type: "boolean", default: false, describe: "Continue the newest unfinished run of this experiment" })
      .option("workers", { type: "number", describe: "Trials at once (default: one per core)" })
      .option("seed", { type: "number", describe: "Instead of the experiment's own seed" })
      .options(storeOption) as never,
  handler: async (args) => {
    const workers = atLeast("workers", args.workers ?? availableParallelism(), 1);
    if (args.seed !== undefined) atLeast("seed", args.seed, 0);
    const experiment = await loadExperiment(args.file, { seed: args.seed });
    const store = storeAt(args.store);
    const progress = createProgress(experiment);
    const interruption = listenForInterruption();
    let current: Run | undefined;
    try {
      const result = await runExperiment({
        experiment,
        store,
        createExecutor: () => createWorkerPool(experiment, workers),
        resume: args.resume,
        signal: interruption.signal,
        onRun: (run, resumed) => {
          current = run;
          process.stderr.write(`run ${run.id}${resumed ? `, ${run.status === "done" ? "already done" : "resumed"}` : ""}\n`);
        },
        onTrial: progress.trial,
        onReport: progress.report,
      });
      progress.stop();
      show(result, args.json);
    } catch (error) {
      progress.stop();
      if (!interruption.signal.aborted) throw error;
      throw new Interrupted(`interrupted; continue run ${current?.id} with: archwright search ${args.file} --resume`);
    } finally {
      interruption.stop();
      store.close();
    }
  },
};

function atLeast(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new InputError(`--${name} is ${value}`, { expected: `a whole number of at least ${least}` });
}

/** The first Ctrl-C (or SIGTERM) stops the run in good order; a second one ends the process as usual. */
function listenForInterruption(): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort(new Error("interrupted"));
  process.once("SIGINT", abort);
  process.once("SIGTERM", abort);
  return {
    signal: controller.signal,
    stop: () => {
      process.off("SIGINT", abort);
      process.off("SIGTERM", abort);
    },
  };
}

function show({ run, summary, front }: RunResult, json: boolean): void {
  const experiment = experimentOf(run);
  if (json) {
    printJson({ ...frontJson(experiment, run.id, front), status: run.status, summary, seconds: run.seconds });
    return;
  }
  if (front.length === 0) {
    print(describeInfeasible(summary));
    return;
  }
  print(renderFront(experiment, front));
  print(
    [
      "",
      `run ${run.id}: ${summary.evaluations} trained of ${summary.candidates} candidates, ${front.length} on the front, ${run.seconds.toFixed(0)} s`,
      summary.reproducible === "exact"
        ? "reproducible: nothing that was measured steered the search; the same seed gives the same trials"
        : "reproducible by replay: measured latency steered the search",
      `next: archwright explain ${run.id} ${front[0]?.number}   archwright export ${run.id} ${front[0]?.number} --format onnx --output model.onnx`,
    ].join("\n"),
  );
}

/** What to tell somebody whose budgets nothing met. */
function describeInfeasible({ candidates, evaluations, nearest, failures }: RunResult["summary"]): string {
  const lines = [`nothing feasible among ${candidates} candidates (${evaluations} trained)`];
  if (nearest) {
    lines.push(`nearest to the budgets: trial ${nearest.trial}, ${nearest.architecture}`);
    for (const { device, cost, value, budget } of nearest.excesses) {
      lines.push(`  ${metricNames[cost].column}@${device} is ${Number(value.toPrecision(4))}, budget ${Number(budget.toPrecision(4))}`);
    }
    lines.push("raise these budgets, or let the search space hold smaller networks");
  }
  for (const [code, count] of Object.entries(failures)) lines.push(`${count} failed: ${code}`);
  return lines.join("\n");
}
