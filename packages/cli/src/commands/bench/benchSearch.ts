/** `archwright bench search`: how good a front an algorithm finds in a table of known architectures. */
import {
  accuracyColumn,
  benchmarkSearch,
  type CategoricalSpace,
  createSpace,
  errorLatencyTable,
  InputError,
  latencyColumn,
  resolveSpaceSpec,
  tableOfSpace,
  usualTaskOf,
  withoutConstants,
} from "@archwright/core";
import { readTable } from "@archwright/engine";
import { atLeast } from "../../input/optionValues.ts";
import { namedSpace } from "../../input/spaceArgs.ts";
import { print, printJson, renderTable } from "../../output/render.ts";
import { type ArgsOf, command, type Parser } from "../../shell/command.ts";

const builder = (yargs: Parser) =>
  yargs
    .option("space", { type: "string", default: "nasbench201", describe: "A space's name, or a YAML file that describes one" })
    .option("accuracy", { type: "string", demandOption: true, describe: "CSV table of accuracies" })
    .option("accuracy-column", { type: "string", demandOption: true, describe: "Its column to read" })
    .option("accuracy-unit", { choices: ["percent", "fraction"] as const, describe: "How accuracies are written (default: percent)" })
    .option("latency", { type: "string", demandOption: true, describe: "CSV table of latencies" })
    .option("latency-column", { type: "string", demandOption: true, describe: "Its column to read" })
    .option("algorithm", { type: "string", default: "default" })
    .option("population", { type: "number", describe: "Population size (default: the algorithm's own)" })
    .option("evaluations", { type: "number", default: 100, describe: "How many architectures the algorithm may evaluate" })
    .option("trials", { type: "number", default: 10, describe: "How often to repeat the benchmark, with different seeds" })
    .option("seed", { type: "number", default: 0, describe: "Seed of the random numbers" });

type BenchArgs = ArgsOf<typeof builder>;

export const benchSearchCommand = command({
  command: "search",
  describe: "How fast a search algorithm finds the front of a table",
  builder,
  handler: (args, workspace) => {
    for (const name of ["evaluations", "trials"] as const) atLeast(name, args[name], 1);
    atLeast("seed", args.seed, 0);
    const spec = namedSpace(args.space, workspace);
    const task = usualTaskOf(spec);
    const space = createSpace(resolveSpaceSpec(spec, task), task);
    const table = errorLatencyTable(readRows(args, space));
    const startedAt = performance.now();
    const result = benchmarkSearch({
      space,
      table,
      algorithm: args.algorithm,
      evaluations: args.evaluations,
      settings: args.population === undefined ? {} : { population: args.population },
      trials: args.trials,
      seed: args.seed,
    });
    const seconds = (performance.now() - startedAt) / 1000 / args.trials;
    if (args.json) {
      printJson({
        algorithm: result.algorithm,
        checkpoints: result.checkpoints,
        hypervolume_ratio_mean: result.hypervolumeRatioMean,
        hypervolume_ratio_sd: result.hypervolumeRatioSd,
        seconds_mean: seconds,
      });
      return;
    }
    const lines = result.checkpoints.map((checkpoint, i) => [
      String(checkpoint),
      (result.hypervolumeRatioMean[i] as number).toFixed(4),
      (result.hypervolumeRatioSd[i] as number).toFixed(4),
    ]);
    print(renderTable(["evaluations", "hypervolume ratio", "sd"], lines, () => true));
    print(`${result.algorithm}, ${args.trials} searches, ${seconds.toFixed(3)} s each`);
  },
});

/** The architectures of both tables. What the user should know of them goes to stderr. @throws InputError */
function readRows(args: BenchArgs, space: CategoricalSpace) {
  const accuracies = tableOfSpace(readTable(args.accuracy), space);
  const latencies = args.latency === args.accuracy ? accuracies : tableOfSpace(readTable(args.latency), space);
  const accuracy = accuracyColumn(accuracies.table, args.accuracyColumn, args.accuracyUnit, "--accuracy-unit fraction");
  const latency = withoutConstants(latencies.table, args.latencyColumn, latencyColumn(latencies.table, args.latencyColumn), space);
  const said = new Set([...accuracies.warnings, ...latencies.warnings, ...accuracy.warnings, ...latency.warnings]);
  for (const warning of said) process.stderr.write(`warning: ${warning}\n`);
  const latencyRows = new Map(latencies.table.architectures.map((architecture, row) => [architecture, row]));
  const rows = accuracies.table.architectures.map((architecture, row) => ({
    architecture,
    accuracy: accuracy.values[row] as number,
    latencyMs: latency.values[latencyRows.get(architecture) ?? -1] ?? Number.NaN,
  }));
  const known = rows.filter(({ accuracy, latencyMs }) => !Number.isNaN(accuracy) && !Number.isNaN(latencyMs));
  if (known.length === 0) {
    throw new InputError(`${args.accuracy} and ${args.latency} have no architecture in common`, {
      expected: "at least one architecture with a value in both columns",
    });
  }
  if (BigInt(known.length) !== space.size) {
    process.stderr.write(`the tables know ${known.length} architectures in common: candidates are drawn from these\n`);
  }
  return known;
}
