/** `archwright dataset show`: what is read of a dataset, without running anything. */
import { findDuplicates, openPictureWriter } from "@archwright/runtimes";
import { openNamedDataset } from "../input/datasetInput.ts";
import { atLeast } from "../input/optionValues.ts";
import { imageShape } from "../input/spaceArgs.ts";
import { contactSheet, sheetEndings } from "../output/contactSheet.ts";
import { renderDataset } from "../output/datasetView.ts";
import { forceOption, requireEnding, writeOutput } from "../output/outputFile.ts";
import { print, printJson } from "../output/render.ts";
import { command } from "../shell/command.ts";

export const datasetCommand = command({
  command: "dataset <action> <data>",
  describe: "Show what is read of a dataset: images, classes, splits, memory, and what looks wrong",
  builder: (yargs) =>
    yargs
      .positional("action", { choices: ["show"] as const, demandOption: true })
      .positional("data", {
        type: "string",
        demandOption: true,
        describe: "An experiment in YAML, digits, a folder, a .csv or an IDX file, or { kind: … } as in an experiment",
      })
      .option("input", { type: "string", describe: "Of a folder or a .csv: channels x height x width (default: 3x32x32; square)" })
      .option("output", { type: "string", describe: "Write a contact sheet of training images: a file .png or .html" })
      .option("images", { type: "number", default: 8, describe: "How many images of each class the contact sheet has" })
      .options(forceOption),
  handler: async ({ data, input, output, images, force, json }, workspace) => {
    atLeast("images", images, 1, 1000);
    const shape = input === undefined ? undefined : imageShape(input);
    if (output !== undefined) requireEnding(output, sheetEndings);
    const writer = output === undefined ? undefined : await openPictureWriter();
    const opened = await openNamedDataset(data, { workspace, shape });
    const { mean, std } = opened.raw;
    const shown = { ...opened.report, mean, std, duplicates: findDuplicates(opened.raw) };
    if (json) printJson(shown);
    else print(renderDataset(shown));
    if (output === undefined || writer === undefined) return;
    const { content, leftOut } = await contactSheet(opened, { writer, output, images });
    writeOutput(output, content, { force });
    if (leftOut > 0) process.stderr.write(`note: the contact sheet leaves out the last ${leftOut} classes\n`);
  },
});
