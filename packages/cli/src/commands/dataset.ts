/** `archwright dataset show`: what an experiment reads of its dataset, without running anything. */
import { InputError } from "@archwright/core";
import type { DatasetReport } from "@archwright/runtimes";
import { loadExperiment } from "../input/loadExperiment.ts";
import { renderDataset } from "../output/datasetView.ts";
import { print, printJson } from "../output/render.ts";
import { command } from "../shell/command.ts";

export const datasetCommand = command({
  command: "dataset <action> <file>",
  describe: "Show what an experiment reads of its dataset: images, classes, splits, memory, and what looks wrong",
  builder: (yargs) =>
    yargs
      .positional("action", { choices: ["show"] as const, demandOption: true })
      .positional("file", { type: "string", demandOption: true, describe: "An experiment in YAML" }),
  handler: async ({ file, json }, workspace) => {
    let report: DatasetReport | undefined;
    await loadExperiment(file, {
      workspace,
      onDataset: (found) => {
        report = found;
      },
    });
    if (report === undefined) {
      throw new InputError("the experiment has no dataset: nothing is trained on images that Archwright reads", {
        place: { file },
        expected: "an experiment with the key 'dataset'",
      });
    }
    if (json) printJson(report);
    else print(renderDataset(report));
  },
});
