import { benchmarkSearch, createSpace, errorLatencyTable, type SpaceSpec, tableColumn } from "@archwright/core";
import { readTable } from "@archwright/engine";
import type { CommandModule } from "yargs";
import { atLeast } from "../numbers.ts";
import { print, printJson, renderTable } from "../render.ts";

interface BenchArgs {
  readonly space: string;
  readonly accuracy: string;
  readonly accuracyColumn: string;
  readonly latency: string;
  readonly latencyColumn: string;
  readonly algorithm: string;
  readonly evaluations: number;
  readonly population?: number;
  readonly trials: number;
  readonly seed: number;
  readonly json: boolean;
}

export const benchSearchCommand: CommandModule<object, BenchArgs> = {
  command: "search",
  describe: "How fast a search algorithm finds the front of a table",
  builder: (yargs) =>
    yargs
      .option("space", { choices: ["nasbench201", "fbnet"], default: "nasbench201" })
      .option("accuracy", { type: "string", demandOption: true, describe: "CSV table of accuracies" })
      .option("accuracy-column", { type: "string", demandOption: true })
      .option("latency", { type: "string", demandOption: true, describe: "CSV table of latencies" })
      .option("latency-column", { type: "string", demandOption: true })
      .option("algorithm", { type: "string", default: "default" })
      .option("population", { type: "number", describe: "Default: the algorithm's own" })
      .option("evaluations", { type: "number", default: 100 })
      .option("trials", { type: "number", default: 10 })
      .option("seed", { type: "number", default: 0 }) as never,
  handler: (args) => {
    for (const name of ["evaluations", "trials"] as const) atLeast(name, args[name], 1);
    atLeast("seed", args.seed, 0);
    const accuracies = readTable(args.accuracy);
    const latencies = readTable(args.latency);
    const accuracy = tableColumn(accuracies, args.accuracyColumn);
    const latencyMs = tableColumn(latencies, args.latencyColumn);
    const latencyRows = new Map(latencies.architectures.map((architecture, row) => [architecture, row]));
    const rows = accuracies.architectures.map((architecture, row) => {
      const latencyRow = latencyRows.get(architecture);
      return {
        architecture,
        accuracy: accuracy[row] as number,
        latencyMs: latencyRow === undefined ? Number.NaN : (latencyMs[latencyRow] as number),
      };
    });
    const task = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 } as const;
    const startedAt = performance.now();
    const result = benchmarkSearch({
      space: createSpace({ name: args.space } as SpaceSpec, task),
      table: errorLatencyTable(rows),
      algorithm: args.algorithm,
      evaluations: args.evaluations,
      ...(args.population === undefined ? {} : { population: args.population }),
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
};
