/** `archwright bench score`: how well a score model predicts the architectures of a table from few of them. */
import {
  accuracyColumn,
  benchmarkScores,
  candidateFeatures,
  createSpace,
  InputError,
  resolveSpaceSpec,
  type ScoreModel,
  type ScoreModelResult,
  scoreModelNamed,
  scoreModelNames,
  scoreModels,
  tableOfSpace,
} from "@archwright/core";
import { readTable } from "@archwright/engine";
import { atLeast } from "../../input/optionValues.ts";
import { namedSpace, taskFor, taskOptions } from "../../input/spaceArgs.ts";
import { print, printJson, renderTable } from "../../output/render.ts";
import { command } from "../../shell/command.ts";

export const benchScoreCommand = command({
  command: "score",
  describe: "How well a score model predicts a table's architectures from few trials",
  builder: (yargs) =>
    yargs
      .option("space", { type: "string", default: "nasbench201", describe: "A space's name, or a YAML file that describes one" })
      .options(taskOptions)
      .option("accuracy", { type: "string", demandOption: true, describe: "CSV table of accuracies" })
      .option("accuracy-column", { type: "string", demandOption: true, describe: "Its column to read" })
      .option("accuracy-unit", { choices: ["percent", "fraction"] as const, describe: "How accuracies are written (default: percent)" })
      .option("model", { type: "string", default: "all", describe: `One of ${scoreModelNames.join(", ")}, or all` })
      .option("trials-known", { type: "string", default: "25,50,100,200", describe: "Numbers of trials to learn from" })
      .option("features", {
        choices: ["graph", "encoding"] as const,
        default: "graph" as const,
        describe: "What a model sees: the network's graph too, or the encoding alone",
      })
      .option("trials", { type: "number", default: 10, describe: "How often to repeat the benchmark, with different trials known" })
      .option("seed", { type: "number", default: 0, describe: "Seed of the random numbers" }),
  handler: async (args, workspace) => {
    atLeast("trials", args.trials, 1);
    atLeast("seed", args.seed, 0);
    const trialsKnown = counts(args.trialsKnown);
    const models = modelsNamed(args.model, args.features);
    const named = namedSpace(args.space, workspace);
    const task = taskFor(named, args);
    const spec = resolveSpaceSpec(named, task);
    const space = createSpace(spec, task);
    const { table, warnings } = tableOfSpace(readTable(args.accuracy), space);
    const { values, warnings: more } = accuracyColumn(table, args.accuracyColumn, args.accuracyUnit, "--accuracy-unit fraction");
    for (const warning of new Set([...warnings, ...more])) process.stderr.write(`warning: ${warning}\n`);
    const look = args.features === "graph" ? candidateFeatures(spec, task) : undefined;
    const { known, results } = benchmarkScores({
      architectures: table.architectures,
      scores: values,
      describe: (architecture) => {
        const genotype = space.parse(architecture);
        return { architecture, encoding: space.encode(genotype), ...(look && { features: look(genotype) }) };
      },
      models,
      trialsKnown,
      traits: { best: 100 },
      trials: args.trials,
      seed: args.seed,
      now: () => performance.now(),
      onTrial: (trial) => process.stderr.write(`${trial + 1} of ${args.trials}\n`),
    });
    if (args.json) {
      const models = [...new Set(results.map(({ model }) => model))];
      printJson({
        features: args.features,
        known,
        models: Object.fromEntries(
          models.map((model) => [
            model,
            Object.fromEntries(results.filter((result) => result.model === model).map((result) => [result.trialsKnown, toJson(result)])),
          ]),
        ),
      });
      return;
    }
    const header = [
      "model",
      "trials",
      "Spearman",
      "sd",
      "Kendall",
      "of the best",
      "coverage %",
      "CRPS",
      "log density",
      "fit ms",
      "predict ms",
    ];
    print(renderTable(header, results.map(toLine), (column) => column > 0));
    print(
      `${known} known accuracies, ${args.features === "graph" ? "features of the graph" : "encodings alone"}, ${args.trials} repetitions`,
    );
  },
});

function toJson(result: ScoreModelResult) {
  return {
    spearman_mean: result.spearmanMean,
    spearman_sd: result.spearmanSd,
    kendall_mean: result.kendallMean,
    spearman_best_quarter_mean: result.spearmanBestMean,
    kendall_best_quarter_mean: result.kendallBestMean,
    rmse_mean: result.rmseMean,
    coverage95_mean: result.coverage95Mean,
    crps_mean: result.crpsMean,
    log_density_mean: result.logDensityMean,
    fit_ms: result.fitMs,
    predict_ms: result.predictMs,
  };
}

function toLine(result: ScoreModelResult): string[] {
  return [
    result.model,
    String(result.trialsKnown),
    result.spearmanMean.toFixed(4),
    result.spearmanSd.toFixed(4),
    result.kendallMean.toFixed(3),
    result.spearmanBestMean.toFixed(3),
    (100 * result.coverage95Mean).toFixed(1),
    result.crpsMean.toFixed(3),
    result.logDensityMean.toFixed(3),
    result.fitMs.toFixed(0),
    result.predictMs.toFixed(0),
  ];
}

/** @throws InputError where it is not a list of counts. */
function counts(written: string): readonly number[] {
  const parts = written.split(",").map((part) => part.trim());
  const wrong = parts.find((part) => !/^[1-9]\d*$/.test(part));
  if (wrong !== undefined || new Set(parts).size < parts.length) {
    throw new InputError(`--trials-known is '${written}'`, {
      expected: "whole numbers of at least 1, all different, separated by commas",
      suggestion: "--trials-known 25,50,100",
    });
  }
  return parts.map(Number);
}

/** All models that can be had, or one. @throws InputError */
function modelsNamed(name: string, features: "graph" | "encoding"): readonly ScoreModel[] {
  const isUsable = ({ needsFeatures }: ScoreModel) => features === "graph" || !needsFeatures;
  if (name === "all") return scoreModels.filter(isUsable);
  const model = scoreModelNamed(name);
  if (isUsable(model)) return [model];
  throw new InputError(`the score model '${name}' looks at graphs alone`, {
    expected: "features of the graph",
    suggestion: "--features graph",
  });
}
