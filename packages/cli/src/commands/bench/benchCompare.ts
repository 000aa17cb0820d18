/** `archwright bench compare`: search algorithms beside each other on tables whose true front is known. */
import { availableParallelism } from "node:os";
import { InputError, type SearcherSettings } from "@archwright/core";
import { readText } from "@archwright/engine";
import { compare } from "../../compare/compare.ts";
import { createCounter } from "../../compare/counter.ts";
import { describeMachine } from "../../compare/provenance.ts";
import { renderReport } from "../../compare/report/page.ts";
import { compareJson, compareText } from "../../compare/results.ts";
import { readSetup } from "../../compare/setup.ts";
import { isObject } from "../../compare/tables/publishedTable.ts";
import { columnNames } from "../../input/latencyTables.ts";
import { atLeast } from "../../input/optionValues.ts";
import { forceOption, writeOutput } from "../../output/outputFile.ts";
import { print, printJson } from "../../output/render.ts";
import { type ArgsOf, command, type Parser } from "../../shell/command.ts";
import { asTyped, quoted } from "../../shell/invocation.ts";

const builder = (yargs: Parser) =>
  yargs
    .option("space", {
      type: "string",
      default: "nasbench201",
      describe: "A space's name, a YAML file that describes one, or a published table's name",
    })
    .option("accuracy", { type: "string", describe: "Table of accuracies" })
    .option("accuracy-column", { type: "string", describe: "Its columns to search by, separated by commas" })
    .option("accuracy-unit", { choices: ["percent", "fraction"] as const, describe: "How accuracies are written (default: percent)" })
    .option("test-column", { type: "string", describe: "With accuracy alone: column by which the best found is judged" })
    .option("latency", { type: "string", describe: "Table of latencies" })
    .option("latency-columns", { type: "string", describe: "Its columns, separated by commas; each is a task, and so is a+b for both" })
    .option("training-cost", { type: "string", describe: "Column of seconds that an evaluation would take, with a factor: COLUMN:200" })
    .option("algorithms", {
      type: "string",
      default: "default",
      describe: "Algorithms, separated by commas; a name given twice checks the comparison",
    })
    .option("external", {
      type: "string",
      array: true,
      nargs: 1,
      describe: "Command line of an algorithm of your own; may be given several times",
    })
    .option("evaluations", { type: "number", default: 100, describe: "How many architectures a search may evaluate" })
    .option("seeds", { type: "number", default: 30, describe: "Searches of each algorithm on each task" })
    .option("seed", { type: "number", default: 0, describe: "Seed of the first" })
    .option("initial", { type: "number", default: 0, describe: "Random candidates that all algorithms are told at their start" })
    .option("settings", {
      type: "string",
      default: "20",
      describe: "Settings drawn for each algorithm, or a JSON file that lists them by algorithm",
    })
    .option("setting-seeds", { type: "number", default: 5, describe: "Searches of each setting on each task" })
    .option("margin", {
      type: "number",
      describe: "What is called equal differs by less (default: .005 of the ratio, .1 of one objective)",
    })
    .option("threads", { type: "number", describe: "Threads that search (default: as many as processors)" })
    .option("output", { type: "string", describe: "HTML file for the report" })
    .options(forceOption);

export const benchCompareCommand = command({
  command: "compare",
  describe: "Compare search algorithms on tables, with statistics and a report",
  builder,
  handler: async (args, workspace) => {
    for (const name of ["evaluations", "seeds", "setting-seeds", "threads"] as const) {
      const value = name === "setting-seeds" ? args.settingSeeds : args[name];
      if (value !== undefined) atLeast(name, value, 1);
    }
    for (const name of ["seed", "initial"] as const) atLeast(name, args[name], 0);
    if (args.initial >= args.evaluations)
      throw new InputError("--initial leaves no evaluation", { expected: `less than the ${args.evaluations} of --evaluations` });
    if (args.margin !== undefined && !(args.margin > 0))
      throw new InputError(`--margin is ${args.margin}`, { expected: "a number above 0" });
    const settings = settingsOption(args);
    const setup = readSetup(args, workspace);
    for (const warning of setup.warnings) process.stderr.write(`warning: ${warning}\n`);
    const counter = createCounter();
    const began = performance.now();
    const result = await compare({
      setup,
      algorithms: columnNames(args.algorithms),
      external: args.external ?? [],
      evaluations: args.evaluations,
      seeds: args.seeds,
      seed: args.seed,
      initial: args.initial,
      settings,
      settingSeeds: args.settingSeeds,
      margin: args.margin,
      threads: args.threads ?? availableParallelism(),
      onProgress: counter,
    });
    const seconds = (performance.now() - began) / 1000;
    const report = {
      result,
      setup,
      machine: describeMachine(),
      command: asTyped(["archwright", ...process.argv.slice(2).map(quoted)].join(" ")),
      seconds,
      options: { ...args, settings },
    };
    if (args.output !== undefined) writeOutput(args.output, renderReport(report), args);
    if (args.json) return printJson(compareJson(report));
    print(compareText(report));
    if (args.output !== undefined) print(`report: ${args.output}`);
  },
});

/** @throws InputError for a file that is not such a list. */
function settingsOption({ settings }: ArgsOf<typeof builder>): number | Readonly<Record<string, readonly SearcherSettings[]>> {
  if (/^\d+$/.test(settings)) return atLeast("settings", Number(settings), 0, 10_000);
  const complaint = (problem: string) =>
    new InputError(problem, {
      place: { file: settings },
      expected: 'lists of settings by algorithm, such as { "nsga2": [{ "population": 8 }] }',
    });
  let document: unknown;
  try {
    document = JSON.parse(readText(settings, "settings by algorithm, in JSON"));
  } catch (error) {
    if (error instanceof SyntaxError) throw complaint("this is not JSON");
    throw error;
  }
  if (!isObject(document)) throw complaint("this is no object");
  for (const [algorithm, list] of Object.entries(document)) {
    if (!Array.isArray(list) || !list.every(isObject)) throw complaint(`'${algorithm}' has no list of settings`);
  }
  return document as Readonly<Record<string, readonly SearcherSettings[]>>;
}
