/** `archwright bench search`: how good a front an algorithm finds in a table of known architectures. */
import {
  algorithmNamed,
  benchmarkSearch,
  candidatesSeen,
  checkLearnsFromEarlier,
  createSpace,
  type EvaluatedRow,
  type Genotype,
  InputError,
  median,
  resolveSpaceSpec,
} from "@archwright/core";
import { atLeast } from "../../input/optionValues.ts";
import { namedSpace, taskFor, taskOptions } from "../../input/spaceArgs.ts";
import { print, printJson, renderTable } from "../../output/render.ts";
import { type ArgsOf, command, type Parser } from "../../shell/command.ts";
import { budgetJson, budgetText, type Named, searchByPrediction } from "./searchBudget.ts";
import { lowFidelityOf, traitsAtFidelities, withLowFidelity } from "./searchFidelity.ts";
import { exactLatencies, learnFewShot, predictedLatencies } from "./searchKnowledge.ts";
import { readSearchTables } from "./searchTables.ts";
import { createRunFile, earlierRuns } from "./searchWarmStart.ts";

const builder = (yargs: Parser) =>
  yargs
    .option("space", { type: "string", default: "nasbench201", describe: "A space's name, or a YAML file that describes one" })
    .options(taskOptions)
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
    .option("latency-budget", {
      type: "string",
      describe: "Latency in ms that nothing may exceed, or a quantile of the column such as 30%",
    })
    .option("measurements", {
      type: "number",
      default: 20,
      describe: "With --latency-budget and --known predicted: cells of the column that may be read in all, --samples among them",
    })
    .option("test-column", { type: "string", describe: "With --latency-budget: column of accuracies by which what was found is judged" })
    .option("low-fidelity", {
      type: "string",
      describe: "COLUMN:COST, a column of accuracies that may be read at that share of an evaluation, and latency with it",
    })
    .option("warm-start", { type: "string", describe: "File of earlier searches of the same space that each search begins with" })
    .option("save-run", { type: "string", describe: "File for what the searches evaluated, for --warm-start" })
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
    checkBudgetOptions(args);
    const spec = namedSpace(args.space, workspace);
    const task = taskFor(spec, args);
    const resolved = resolveSpaceSpec(spec, task);
    const space = createSpace(resolved, task);
    const tables = readSearchTables(args, space);
    const { latency } = tables;
    const lowFidelity = args.lowFidelity === undefined ? undefined : lowFidelityOf(args.lowFidelity);
    const table = lowFidelity ? withLowFidelity(tables.table, lowFidelity, args.accuracy, args.accuracyUnit, space) : tables.table;
    const format = (genotype: Genotype) => space.format(genotype);
    const fewShot =
      args.known === "predicted" && latency
        ? await learnFewShot({
            ...{ spec: resolved, task, table: latency.table, column: args.latencyColumn as string },
            ...{ source: args.source, samples: args.samples, folder: workspace.models },
          })
        : undefined;
    const isObjective = args.objectives !== "error";
    const told =
      !isObjective || !latency
        ? undefined
        : args.known === "latency"
          ? exactLatencies(latency.of, format)
          : fewShot && predictedLatencies(fewShot, args.seed, format);
    const { violations } = table;
    const objectives = args.objectives.split(",");
    const { features, traits } = candidatesSeen(resolved, task, format, objectives);
    if (args.warmStart !== undefined) {
      checkLearnsFromEarlier(algorithmNamed(args.algorithm, args.evaluations), (name) => `--algorithm ${name} with --warm-start`);
    }
    const earlier = args.warmStart === undefined ? undefined : earlierRuns(args.warmStart, resolved.name, space, objectives);
    const saved = args.saveRun === undefined ? undefined : createRunFile(args.saveRun, resolved.name, args.algorithm, objectives);
    const startedAt = performance.now();
    const search = {
      algorithm: args.algorithm,
      settings: args.population === undefined ? {} : { population: args.population },
      evaluations: args.evaluations,
      ...{ features, traits: traitsAtFidelities(traits) },
    };
    const named: Named[] = [];
    const byPrediction = fewShot && !isObjective ? searchByPrediction(tables, fewShot, args.measurements, search) : undefined;
    const result = benchmarkSearch<Genotype>({
      ...search,
      ...{ space, table, trials: args.trials, seed: args.seed },
      ...(told && { known: told.known }),
      ...(earlier && { earlier }),
      ...(saved && { onTrial: (_: number, __: readonly number[], evaluated: readonly EvaluatedRow[]) => saved.add(evaluated) }),
      ...(args.known === "latency" &&
        violations && { violation: (genotype: Genotype) => Math.max(0, violations.get(format(genotype)) ?? 0) }),
      ...(byPrediction && {
        search: (searched, rng, trial) => {
          const { found, evaluated, measured } = byPrediction(searched, rng, `${args.seed}/search samples ${trial}`);
          named.push({ architecture: found?.architecture, evaluations: evaluated.size, measurements: measured.size });
          return evaluated.keys();
        },
      }),
    });
    saved?.write();
    if (violations && !isObjective && !byPrediction) {
      for (const architecture of result.best ?? []) named.push({ architecture, evaluations: args.evaluations, measurements: undefined });
    }
    const budget = violations && budgetJson(tables, isObjective ? undefined : named);
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
        ...(told && args.known === "predicted" && { measurements: told.measurements }),
        ...budget,
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
    if (budget) print(budgetText(budget));
    print(`${result.algorithm}, ${args.trials} searches, ${seconds.toFixed(3)} s each`);
  },
});

/** @throws InputError for options that do not go together. */
function checkBudgetOptions(args: BenchArgs): void {
  const { latencyBudget, known, objectives, testColumn, measurements, samples } = args;
  if (testColumn !== undefined && (latencyBudget === undefined || objectives !== "error")) {
    throw new InputError("--test-column judges what was found within a budget", { expected: "--objectives error and --latency-budget" });
  }
  if (latencyBudget === undefined || known !== "predicted") return;
  if (objectives !== "error") {
    throw new InputError("a predicted latency is an objective or has a budget", { expected: "--objectives error, or no --latency-budget" });
  }
  if (args.lowFidelity !== undefined || args.warmStart !== undefined) {
    throw new InputError("a search within a predicted latency has no use for --low-fidelity and --warm-start", {
      expected: "--known latency, or neither of them",
    });
  }
  atLeast("measurements", measurements, samples + 1);
}

/** Null where it is infinite. */
function medianOrNull(values: readonly number[]): number | null {
  const middle = median(values) ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(middle) ? middle : null;
}
