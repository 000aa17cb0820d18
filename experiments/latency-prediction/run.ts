/**
 * Benchmarks latency models over tasks, appends one row for each to `results.csv` and writes tables and plots from it. Rows that
 * are there already are not computed again, so a run may be stopped and continued, or split over processes by `--tasks`.
 *
 *   npx tsx --conditions archwright-source experiments/latency-prediction/run.ts --data FOLDER [--tasks nasbench201/validation,…]
 *     [--models default,…] [--samples 3,5,10,20,50] [--measure chosen,random] [--trials N] [--seed 0] [--output FOLDER] [--report-only]
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { benchmarkLatency, type LatencyPredictor } from "@archwright/core";
import { ceiling } from "./ceiling.ts";
import { defaultTrials, measures, models, type SharedSpace, shareSpace } from "./models.ts";
import { writeReport } from "./report.ts";
import { appendRow, keyOf, type Row, type RowKey, readRows } from "./results.ts";
import { type Case, loadSpace, type SpaceName, type StudyTask, taskId, tasks } from "./tasks.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const { values: flags } = parseArgs({
  options: {
    data: { type: "string" },
    tasks: { type: "string", default: "" },
    models: { type: "string", default: [...models.map(({ name }) => name), "ceiling"].join() },
    samples: { type: "string", default: "3,5,10,20,50" },
    measure: { type: "string", default: "chosen,random" },
    trials: { type: "string" },
    seed: { type: "string", default: "0" },
    output: { type: "string", default: here },
    "report-only": { type: "boolean", default: false },
  },
});
const list = (text: string) => text.split(",").filter((part) => part !== "");
for (const [flag, asked, known] of [
  ["models", flags.models, [...models.map(({ name }) => name), "ceiling"]],
  ["measure", flags.measure, measures],
] as const) {
  const odd = list(asked).find((one) => !(known as readonly string[]).includes(one));
  if (odd !== undefined) throw new Error(`--${flag} has '${odd}'; there are ${known.join(", ")}`);
}
const resultsFile = join(flags.output, "results.csv");
const seed = Number(flags.seed);
const ceilingSplits = 3;
/** Processor time: a busy neighbour disturbs it less than the clock on the wall. */
const processorMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const git = (...args: string[]) => execFileSync("git", args, { cwd: here, encoding: "utf8" }).trim();
const changed = git("status", "--porcelain", "--", "../../packages", ...["run", "tasks", "models", "ceiling"].map((name) => `${name}.ts`));
const commit = `${git("rev-parse", "--short", "HEAD")}${changed === "" ? "" : "+changes"}`;

function chosenTasks(): readonly StudyTask[] {
  const asked = list(flags.tasks);
  for (const one of asked)
    if (!tasks.some((task) => taskId(task) === one || task.space === one))
      throw new Error(`there is no task '${one}'; there are ${tasks.map(taskId).join(", ")}, and the spaces' names for all of theirs`);
  return tasks.filter((task) => asked.length === 0 || asked.includes(taskId(task)) || asked.includes(task.space));
}

/** Those targets of a case for which the row is missing. */
function missing(targets: readonly string[], rest: Omit<RowKey, "target">): readonly string[] {
  const recorded = new Set(readRows(resultsFile).map(keyOf));
  return targets.filter((target) => !recorded.has(keyOf({ ...rest, target })));
}

function record(row: Omit<Row, "commit" | "date" | "node">): void {
  appendRow(resultsFile, { ...row, commit, date: new Date().toISOString().slice(0, 10), node: process.version });
}

async function runModels(task: StudyTask, { sources, targets }: Case, space: SharedSpace): Promise<void> {
  for (const model of models.filter(({ name, tasks: of }) => list(flags.models).includes(name) && (of?.(task) ?? true))) {
    let learned: LatencyPredictor | Promise<LatencyPredictor> | undefined;
    for (const measure of model.measures.filter((one) => list(flags.measure).includes(one))) {
      for (const samples of list(flags.samples).map(Number)) {
        for (const protocol of model.protocols) {
          const key = { space: task.space, task: task.name, model: model.name, measure, samples, protocol, seed };
          const wanted = missing(targets, key);
          if (wanted.length === 0) continue;
          const trials = flags.trials === undefined ? defaultTrials(task, samples) : Number(flags.trials);
          const startedAt = processorMs();
          const { targets: results, meanSpearman } = await benchmarkLatency({
            ...space,
            sources,
            targets: wanted,
            model: model.name,
            learn: (known, describe) => {
              learned ??= model.learn(known, describe, space);
              return learned;
            },
            samples,
            trials,
            seed,
            measure,
            ...(protocol === "trimmed" ? { trim: 0.1 } : {}),
            now: processorMs,
          });
          const seconds = (processorMs() - startedAt) / 1000;
          for (const result of results) record({ ...key, target: result.device, trials, result, seconds: seconds / results.length });
          console.error(
            `${taskId(task)} ${model.name} ${samples} ${measure}: ${wanted.join(" ")} ${meanSpearman.toFixed(4)} (${seconds.toFixed(1)} s)`,
          );
        }
      }
    }
  }
}

/** A ceiling belongs to a device, whatever the sources: its rows have the task `ceiling`. */
function runCeilings(targets: readonly string[], space: SharedSpace, name: SpaceName): void {
  // Its number of measurements is known only afterwards; the key says 0.
  const key = { space: name, task: "ceiling", model: "ceiling", measure: "random", samples: 0, protocol: "all", seed };
  for (const target of missing(targets, key)) {
    const startedAt = processorMs();
    const { cells, result } = ceiling(space, target, ceilingSplits, seed, processorMs);
    record({ ...key, target, trials: ceilingSplits, result, seconds: (processorMs() - startedAt) / 1000 });
    console.error(`${name} ceiling ${target}: ${result.spearmanMean.toFixed(4)} from ${cells} cells`);
  }
}

if (!flags["report-only"]) {
  if (flags.data === undefined) throw new Error("say with --data where nasbench201/latency.csv and fbnet/latency.csv lie");
  let loaded: { readonly name: SpaceName; readonly space: SharedSpace } | undefined;
  for (const task of chosenTasks()) {
    if (loaded?.name !== task.space) loaded = { name: task.space, space: shareSpace(loadSpace(task.space, flags.data)) };
    for (const one of task.cases) {
      await runModels(task, one, loaded.space);
      if (list(flags.models).includes("ceiling")) runCeilings(one.targets, loaded.space, task.space);
    }
  }
}
await writeReport(readRows(resultsFile), flags.output);
console.error(`${(processorMs() / 1000).toFixed(0)} s of processor time`);
