/** `archwright export`: writes the network of a trial to a file. */
import {
  createSpace,
  type Experiment,
  evaluatorKindOf,
  type FoundDataset,
  formatQuantity,
  type InputDescription,
  InputError,
  networkToJson,
  type Run,
  type Store,
  type Trial,
} from "@archwright/core";
import { findRun, findTrial, trialJson } from "@archwright/core/query";
import { assertSameData, datasetShape, exportOnnx, modelMetadata } from "@archwright/runtimes";
import { storeOption, storeToRead } from "../input/stores.ts";
import { forceOption, writeOutput } from "../output/outputFile.ts";
import { print, printJson } from "../output/render.ts";
import { command } from "../shell/command.ts";
import { programVersion } from "../shell/version.ts";

export const exportCommand = command({
  command: "export <run> <trial>",
  describe: "Write a trial's network to a file: ONNX with its trained weights, or JSON",
  builder: (yargs, workspace) =>
    yargs
      .positional("run", { type: "string", demandOption: true, describe: "A run's id, or its experiment's name" })
      .positional("trial", { type: "number", demandOption: true, describe: "The trial's number" })
      .option("format", { choices: ["onnx", "json"] as const, default: "onnx" as const, describe: "How to write the network" })
      .option("output", { type: "string", demandOption: true, describe: "File to write" })
      .options(forceOption)
      .options(storeOption(workspace)),
  handler: async (args) => {
    const store = storeToRead(args.store);
    try {
      const run = findRun(store, args.run);
      const trial = findTrial(store, run, args.trial);
      const bytes = args.format === "onnx" ? await toOnnx(store, run, trial) : toJson(run.experiment, trial);
      writeOutput(args.output, bytes, args);
      const size = typeof bytes === "string" ? Buffer.byteLength(bytes) : bytes.byteLength;
      if (args.json) printJson({ run: run.id, trial: trial.number, format: args.format, output: args.output, bytes: size });
      else print(`${args.output}: ${formatQuantity(size, "memory")}, trial ${trial.number} of ${run.id}`);
    } finally {
      store.close();
    }
  },
});

function networkOf(experiment: Experiment, trial: Trial) {
  const space = createSpace(experiment.space, experiment.task);
  return space.network(space.parse(trial.architecture), experiment.task);
}

/** The model takes pixels in [0, 1]; the training set's normalisation is inside it. */
async function toOnnx(store: Store, run: Run, trial: Trial): Promise<Uint8Array> {
  const experiment = run.experiment;
  const weights = store.weights(run.id, trial.number);
  const dataset = evaluatorKindOf(experiment.evaluator).dataset?.(experiment.evaluator);
  if (!weights || !dataset) {
    throw new InputError(`trial ${trial.number} of ${run.id} has no trained weights`, {
      expected: "a trial of the front of a run that trains; weights of others are not kept",
      suggestion: `archwright pareto ${run.id}`,
    });
  }
  const input = dataset.input ?? (await inputFromDataset(run, dataset));
  return exportOnnx(networkOf(experiment, trial), weights, {
    preprocessing: { mean: input.mean, std: input.std },
    batch: "dynamic",
    metadata: modelMetadata({ run, experiment, trial, input, version: programVersion() }),
  });
}

/** Of a run that an earlier version stored without it. @throws InputError where the dataset is not there as it was. */
async function inputFromDataset(run: Run, dataset: Pick<FoundDataset, "spec" | "contentHash">): Promise<InputDescription> {
  try {
    const { contentHash, input } = await datasetShape(dataset.spec);
    assertSameData(contentHash, { dataset: dataset.spec, datasetHash: dataset.contentHash });
    return input;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(
      `run ${run.id} was stored by an earlier version, without the normalisation of its images, so its dataset is needed: ${error.problem}`,
      error,
    );
  }
}

function toJson(experiment: Experiment, trial: Trial): string {
  return `${JSON.stringify({ trial: trialJson(experiment, trial), network: networkToJson(networkOf(experiment, trial)) }, null, 2)}\n`;
}
