/** Runs one command line: which commands there are, and how yargs reads them. */
import { InputError } from "@archwright/core";
import yargs from "yargs";
import { benchCommand } from "../commands/bench/bench.ts";
import { dashboardCommand } from "../commands/dashboard.ts";
import { datasetCommand } from "../commands/dataset.ts";
import { deviceCommand } from "../commands/device/device.ts";
import { doctorCommand } from "../commands/doctor.ts";
import { estimateCommand } from "../commands/estimate.ts";
import { evaluateCommand } from "../commands/evaluate.ts";
import { explainCommand } from "../commands/explain.ts";
import { exportCommand } from "../commands/export.ts";
import { queueCommand } from "../commands/fleet/queue.ts";
import { workerCommand } from "../commands/fleet/worker.ts";
import { initCommand } from "../commands/init.ts";
import { paretoCommand } from "../commands/pareto.ts";
import { retrainCommand } from "../commands/retrain.ts";
import { insightsCommand } from "../commands/runs/insights.ts";
import { runsCommand } from "../commands/runs/runs.ts";
import { schemaCommand } from "../commands/schema.ts";
import { searchCommand } from "../commands/search.ts";
import { spaceCommand } from "../commands/space.ts";
import { separateResume } from "../input/resume.ts";
import { type Workspace, workspaceIn } from "../input/workspace.ts";
import { print, printJson } from "../output/render.ts";
import type { Parser } from "./command.ts";
import { UsageError } from "./commandErrors.ts";
import { completeNames } from "./completion.ts";
import { asTyped, programName } from "./invocation.ts";
import { EXIT, reportError } from "./reportError.ts";
import { beforeEnd, Complaint, usageError, wordsOf } from "./usage.ts";
import { programVersion } from "./version.ts";

const commands = [
  initCommand,
  searchCommand,
  workerCommand,
  queueCommand,
  runsCommand,
  dashboardCommand,
  paretoCommand,
  explainCommand,
  insightsCommand,
  exportCommand,
  retrainCommand,
  evaluateCommand,
  datasetCommand,
  deviceCommand,
  estimateCommand,
  spaceCommand,
  schemaCommand,
  benchCommand,
  doctorCommand,
] as const;

/**
 * Runs one command line and gives its exit status. Results go to stdout, everything else to stderr.
 * @param workspace where things are kept; paths in the command line are meant from the current folder all the same.
 */
export async function run(given: readonly string[], workspace = workspaceIn(process.cwd())): Promise<number> {
  const args = separateResume(given);
  const json = asksForJson(args);
  try {
    // After '--' nothing is a command.
    if (args.includes("--") && wordsOf(args).length === 0) throw new Complaint("no command");
    await parser(args, workspace, isForShell(args) ? "archwright" : programName()).parseAsync(
      [...args],
      {},
      isForShell(args) ? undefined : (_, given, output) => show(output, given, json),
    );
    return EXIT.done;
  } catch (error) {
    return reportError(error instanceof Complaint ? new UsageError(await explainComplaint(error.message, args, workspace)) : error, json);
  }
}

/** What yargs prints for --help and --version comes here instead, so that it can be JSON. */
function show(output: string, given: object, json: boolean): void {
  if (output === "") return;
  if (!json) print(asTyped(output));
  else printJson("version" in given && output === programVersion() ? { version: output } : { help: output.split("\n") });
}

/** A shell's completion is printed by yargs itself, which waits for it. */
function isForShell(args: readonly string[]): boolean {
  return args.includes("--get-yargs-completions") || wordsOf(args)[0] === "completion";
}

/** Whether `--json` stands anywhere, also where the rest cannot be understood. */
function asksForJson(args: readonly string[]): boolean {
  return beforeEnd(args).some((arg) => arg === "--json" || arg === "--json=true");
}

function explainComplaint(message: string, args: readonly string[], workspace: Workspace): Promise<InputError> {
  return usageError(message, {
    args,
    commands: [...commands.map(({ name }) => name), "completion"],
    help: (command) =>
      new Promise((resolve) => {
        // yargs answers for the completion script with the script, whatever else is asked.
        if (command[0] === "completion") return resolve("archwright completion");
        void parser([], workspace, "archwright").parseAsync([...command, "--help"], {}, (_, __, output) =>
          resolve(output.split("\n\nExamples:")[0] as string),
        );
      }),
  });
}

/** @param name what the program is called in its help. */
function parser(args: readonly string[], workspace: Workspace, name: string): Parser {
  const bare = yargs([...args])
    .scriptName(name)
    .usage("$0 <command>\n\nHardware-aware neural architecture search: a YAML in, a Pareto front of trained networks out.")
    .option("json", { type: "boolean", default: false, global: true, describe: "Print one JSON document on stdout and nothing else" });
  return (
    commands
      .reduce((yargs: Parser, command) => command.addTo(yargs, workspace), bare)
      .demandCommand(1)
      .strict()
      .check((given) => refuseUnusable(given), true)
      .completion(
        "completion",
        "Print a script that completes commands, devices, spaces and runs in bash, zsh or fish",
        (_current: string, _given: unknown, usual: Usual, done: (completions: string[]) => void) =>
          usual((_error, completions = []) => done([...completions, ...completeNames(wordsToComplete(args), workspace)])),
      )
      .help()
      .version()
      .wrap(Math.min(120, process.stdout.columns ?? 100))
      // Errors come back as exceptions so that they get their exit status; what yargs itself complains of is bad input.
      .fail((message, error) => {
        throw error === undefined || error.name === "YError" ? new Complaint(error?.message ?? message) : error;
      })
      .exitProcess(false)
  );
}

/** Gives what yargs itself would complete. */
type Usual = (done: (error: Error | null, completions: string[] | undefined) => void) => void;

/** A shell's script asks with the program's name and the words typed so far. */
function wordsToComplete(args: readonly string[]): readonly string[] {
  return args.slice(args.indexOf("--get-yargs-completions") + 2);
}

/** yargs makes a list of an option given twice, and NaN of a number that is none; no command wants either. */
function refuseUnusable(given: Readonly<Record<string, unknown>>): true {
  for (const [name, value] of Object.entries(given)) {
    if (Number.isNaN(value)) throw unusable(`'${name}' is not a number`, "a number");
    const takesSeveral =
      ["_", "where", "budget", "external", "trials"].includes(name) ||
      (["data", "evaluator", "plugin"].includes(name) && [given._].flat()[0] === "worker");
    if (Array.isArray(value) && !takesSeveral) {
      throw unusable(`--${name} is given ${value.length} times`, "one value");
    }
  }
  return true;
}

function unusable(problem: string, expected: string): UsageError {
  return new UsageError(new InputError(problem, { expected }));
}
