/** `archwright bench latency`: how well a latency model predicts the devices of a table from few measurements. */
import { benchmarkLatency, createSpace, describeSpace, resolveSpaceSpec, usualTaskOf } from "@archwright/core";
import { latencyModelNames, learnModel } from "@archwright/engine";
import { columnNames, readLatencyTable } from "../../input/latencyTables.ts";
import { atLeast } from "../../input/optionValues.ts";
import { print, printJson, renderTable } from "../../output/render.ts";
import { command } from "../../shell/command.ts";

export const benchLatencyCommand = command({
  command: "latency",
  describe: "How well a latency model predicts a table's devices from few measurements",
  builder: (yargs) =>
    yargs
      .option("space", { choices: ["nasbench201", "fbnet"] as const, demandOption: true, describe: "Search space of the table" })
      .option("table", { type: "string", demandOption: true, describe: "CSV table of latencies in milliseconds" })
      .option("source", { type: "string", default: "", describe: "Columns to learn from, separated by commas" })
      .option("target", { type: "string", demandOption: true, describe: "Columns to predict, separated by commas" })
      .option("samples", { type: "number", default: 10, describe: "Cells of a target's column that may be read" })
      .option("measure", {
        choices: ["chosen", "random"] as const,
        default: "chosen" as const,
        describe: "Who chooses them: the model, or chance",
      })
      .option("trim", { type: "number", default: 0, describe: "Share of the fastest and of the slowest left out of the scores" })
      .option("trials", { type: "number", default: 10, describe: "How often to repeat the benchmark, with different seeds" })
      .option("seed", { type: "number", default: 0, describe: "Seed of the random numbers" })
      .option("model", { type: "string", default: "default", describe: `One of ${latencyModelNames.join(", ")}` }),
  handler: async (args, workspace) => {
    atLeast("seed", args.seed, 0);
    const task = usualTaskOf({ name: args.space });
    const spec = resolveSpaceSpec({ name: args.space }, task);
    const { table, warnings } = readLatencyTable(args.table, createSpace(spec, task));
    for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
    const result = await benchmarkLatency({
      table,
      describe: describeSpace(spec, task),
      sources: columnNames(args.source),
      targets: columnNames(args.target),
      model: args.model,
      samples: args.samples,
      trials: args.trials,
      seed: args.seed,
      measure: args.measure,
      trim: args.trim,
      learn: (sources, describe) =>
        learnModel(
          { name: args.model, space: args.space, folder: workspace.models, say: (line) => process.stderr.write(`${line}\n`) },
          sources,
          describe,
        ),
      now: () => performance.now(),
    });
    if (args.json) {
      printJson({
        model: result.model,
        samples: result.samples,
        targets: Object.fromEntries(
          result.targets.map((target) => [
            target.device,
            {
              spearman_mean: target.spearmanMean,
              spearman_sd: target.spearmanSd,
              kendall_mean: target.kendallMean,
              mape_mean: target.mapeMean,
              within10_mean: target.within10Mean,
              coverage95_mean: target.coverage95Mean,
              adapt_ms: target.adaptMs,
              predict_ms: target.predictMs,
            },
          ]),
        ),
        mean_spearman: result.meanSpearman,
        train_ms: result.trainMs,
      });
      return;
    }
    const lines = result.targets.map((target) => [
      target.device,
      target.spearmanMean.toFixed(4),
      target.spearmanSd.toFixed(4),
      target.kendallMean.toFixed(3),
      target.mapeMean.toFixed(1),
      (100 * target.within10Mean).toFixed(1),
      (100 * target.coverage95Mean).toFixed(1),
      (target.adaptMs + target.predictMs).toFixed(0),
    ]);
    print(renderTable(["device", "Spearman", "sd", "Kendall", "MAPE %", "within 10 %", "coverage %", "ms"], lines, (column) => column > 0));
    print(
      `${result.model}, ${result.samples} measurements${args.trim > 0 ? `, ${100 * args.trim} % at each end left out` : ""}: mean ${result.meanSpearman.toFixed(4)}, learned in ${(result.trainMs / 1000).toFixed(1)} s`,
    );
  },
});
