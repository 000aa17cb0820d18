/** `archwright export`: writes the network of a trial to a file, or to several. */
import { formatQuantity } from "@archwright/core";
import { describeWeights, findTrial, weightsJson } from "@archwright/core/query";
import { type ExportFormat, exportFormats } from "../export/formats.ts";
import { openRun } from "../input/openRun.ts";
import { storeOption, storeToRead } from "../input/stores.ts";
import { forceOption, writeOutput } from "../output/outputFile.ts";
import { print, printJson } from "../output/render.ts";
import { command } from "../shell/command.ts";

export const exportCommand = command({
  command: "export <run> <trial>",
  describe: "Write a trial's network to a file: ONNX or a PyTorch module with its trained weights, or JSON",
  builder: (yargs, workspace) =>
    yargs
      .positional("run", { type: "string", demandOption: true, describe: "A run's id, or its experiment's name" })
      .positional("trial", { type: "number", demandOption: true, describe: "The trial's number" })
      .option("format", {
        choices: Object.keys(exportFormats) as ExportFormat[],
        default: "onnx" as ExportFormat,
        describe: "How to write the network",
      })
      .option("output", { type: "string", demandOption: true, describe: "File to write" })
      .options(forceOption)
      .options(storeOption(workspace)),
  handler: async (args) => {
    const store = storeToRead(args.store);
    try {
      const run = await openRun(store, args.run);
      const trial = findTrial(store, run, args.trial);
      const { trained, write } = exportFormats[args.format];
      const files = await write({ store, run, trial, output: args.output });
      const sizes = files.map(({ file, content }) => {
        writeOutput(file, content, args);
        return { file, bytes: typeof content === "string" ? Buffer.byteLength(content) : content.byteLength };
      });
      const [{ bytes } = { bytes: 0 }, ...beside] = sizes;
      if (args.json) {
        const more = { ...(beside.length === 0 ? {} : { beside }), ...(trained ? { weights: weightsJson(run.experiment, trial) } : {}) };
        printJson({ run: run.id, trial: trial.number, format: args.format, output: args.output, bytes, ...more });
      } else {
        for (const { file, bytes } of sizes) print(`${file}: ${formatQuantity(bytes, "memory")}, trial ${trial.number} of ${run.id}`);
        const weights = trained ? describeWeights(run.experiment, trial) : undefined;
        if (weights !== undefined) print(weights);
      }
    } finally {
      store.close();
    }
  },
});
