/** `archwright bench search`: how good a front an algorithm finds in a table of known architectures. */
import {
  accuracyColumn,
  benchmarkSearch,
  type CategoricalSpace,
  candidatesSeen,
  createSpace,
  errorLatencyTable,
  type Genotype,
  InputError,
  latencyColumn,
  median,
  resolveSpaceSpec,
  type SearchTable,
  type Table,
  tableOfSpace,
  usualTaskOf,
  withoutConstants,
} from "@archwright/core";
import { readTable } from "@archwright/engine";
import { atLeast } from "../../input/optionValues.ts";
import { namedSpace } from "../../input/spaceArgs.ts";
import { print, printJson, renderTable } from "../../output/render.ts";
import { type ArgsOf, command, type Parser } from "../../shell/command.ts";
import { exactLatencies, predictedLatencies } from "./searchKnowledge.ts";

const builder = (yargs: Parser) =>
  yargs
    .option("space", { type: "string", default: "nasbench201", describe: "A space's name, or a YAML file that describes one" })
    .option("accuracy", { type: "string", demandOption: true, describe: "CSV table of accuracies" })
    .option("accuracy-column", { type: "string", demandOption: true, describe: "Its column to read" })
    .option("accuracy-unit", { choices: ["percent", "fraction"] as const, describe: "How accuracies are written (default: percent)" })
    .option("latency", { type: "string", describe: "CSV table of latencies; not needed where error is the one objective" })
    .option("latency-column", { type: "string", describe: "Its column to read" })
    .option("objectives", { choices: ["error,latency", "error"] as const, default: "error,latency", describe: "What is minimised" })
    .option("known", {
      choices: ["latency", "predicted"] as const,
      describe: "Latency is known of all from the start: exactly, or by our few-shot model",
    })
    .option("source", { type: "string", default: "", describe: "With --known predicted: columns to learn from, separated by commas" })
    .option("samples", { type: "number", default: 10, describe: "With --known predicted: cells of the column that may be read" })
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
  handler: async (args, workspace) => {
    for (const name of ["evaluations", "trials", "samples"] as const) atLeast(name, args[name], 1);
    atLeast("seed", args.seed, 0);
    const spec = namedSpace(args.space, workspace);
    const task = usualTaskOf(spec);
    const resolved = resolveSpaceSpec(spec, task);
    const space = createSpace(resolved, task);
    const { table, latencies } = readObjectives(args, space);
    const format = (genotype: Genotype) => space.format(genotype);
    const known = args.known === "latency" ? exactLatencies(table.rows, format) : undefined;
    const predicted =
      args.known === "predicted" && latencies
        ? await predictedLatencies({
            ...{ spec: resolved, task, table: latencies, column: args.latencyColumn as string, format },
            ...{ source: args.source, samples: args.samples, seed: args.seed, folder: workspace.models },
          })
        : undefined;
    const told = known ?? predicted;
    const startedAt = performance.now();
    const result = benchmarkSearch({
      space,
      table,
      algorithm: args.algorithm,
      evaluations: args.evaluations,
      settings: args.population === undefined ? {} : { population: args.population },
      trials: args.trials,
      seed: args.seed,
      ...candidatesSeen(resolved, task, format, args.objectives.split(",")),
      ...(told && { known: told.known }),
    });
    const toBest = result.evaluationsToBest && medianOrNull(result.evaluationsToBest);
    const toWithinTenth = result.evaluationsToWithinTenth && medianOrNull(result.evaluationsToWithinTenth);
    const seconds = (performance.now() - startedAt) / 1000 / args.trials;
    if (args.json) {
      printJson({
        algorithm: result.algorithm,
        checkpoints: result.checkpoints,
        hypervolume_ratio_mean: result.hypervolumeRatioMean,
        hypervolume_ratio_sd: result.hypervolumeRatioSd,
        ...(toBest !== undefined && { evaluations_to_best_median: toBest }),
        ...(toWithinTenth !== undefined && { "evaluations_to_within_0.1_median": toWithinTenth }),
        ...(predicted && { measurements: predicted.measurements }),
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
    if (toBest !== undefined) {
      const after = (count: number | null | undefined) => (count === null ? "not in half of the searches" : `after ${count}`);
      print(`median evaluations: best found ${after(toBest)}, within .1 ${after(toWithinTenth)}`);
    }
    print(`${result.algorithm}, ${args.trials} searches, ${seconds.toFixed(3)} s each`);
  },
});

/** Null where it is infinite. */
function medianOrNull(values: readonly number[]): number | null {
  const middle = median(values) ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(middle) ? middle : null;
}

/** What is searched, and the table of latencies where there is one. @throws InputError where an option is missing or too many. */
function readObjectives(args: BenchArgs, space: CategoricalSpace): { readonly table: SearchTable; readonly latencies?: Table } {
  const { latency: file, latencyColumn: column, known } = args;
  if (args.objectives === "error") {
    if (known !== undefined)
      throw new InputError("--known is about latency, which is no objective", { expected: "--objectives error,latency" });
    const { table, values } = readAccuracies(args, space);
    const rows = table.architectures.map((architecture, row): [string, readonly number[]] => [
      architecture,
      [100 - (values[row] as number)],
    ]);
    return { table: { rows: new Map(rows), reference: [90] } };
  }
  if (file === undefined || column === undefined) {
    throw new InputError("error and latency are minimised, and no latencies are given", {
      expected: "--latency FILE --latency-column NAME, or --objectives error",
    });
  }
  const rows = readRows(args, { file, column }, space);
  return { table: errorLatencyTable(rows), latencies: tableOfSpace(readTable(file), space).table };
}

function readAccuracies(args: BenchArgs, space: CategoricalSpace) {
  const { table, warnings } = tableOfSpace(readTable(args.accuracy), space);
  const { values, warnings: more } = accuracyColumn(table, args.accuracyColumn, args.accuracyUnit, "--accuracy-unit fraction");
  return { table, values, warnings: [...warnings, ...more] };
}

/** The architectures of both tables. What the user should know of them goes to stderr. @throws InputError */
function readRows(args: BenchArgs, { file, column }: { readonly file: string; readonly column: string }, space: CategoricalSpace) {
  const accuracies = readAccuracies(args, space);
  const latencies = tableOfSpace(readTable(file), space);
  const latency = withoutConstants(latencies.table, column, latencyColumn(latencies.table, column), space);
  const said = new Set([...accuracies.warnings, ...latencies.warnings, ...latency.warnings]);
  for (const warning of said) process.stderr.write(`warning: ${warning}\n`);
  const latencyRows = new Map(latencies.table.architectures.map((architecture, row) => [architecture, row]));
  const rows = accuracies.table.architectures.map((architecture, row) => ({
    architecture,
    accuracy: accuracies.values[row] as number,
    latencyMs: latency.values[latencyRows.get(architecture) ?? -1] ?? Number.NaN,
  }));
  const known = rows.filter(({ accuracy, latencyMs }) => !Number.isNaN(accuracy) && !Number.isNaN(latencyMs));
  if (known.length === 0) {
    throw new InputError(`${args.accuracy} and ${file} have no architecture in common`, {
      expected: "at least one architecture with a value in both columns",
    });
  }
  if (BigInt(known.length) !== space.size) {
    process.stderr.write(`the tables know ${known.length} architectures in common: candidates are drawn from these\n`);
  }
  return known;
}
