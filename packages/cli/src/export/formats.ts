/** The table of formats that `archwright export` writes. */
import { basename, extname } from "node:path";
import { createSpace, type Experiment, InputError, networkToJson, type Run, type Store, type Trial } from "@archwright/core";
import { describeWeights, trialJson } from "@archwright/core/query";
import { exportOnnx, exportTorch, modelMetadata } from "@archwright/runtimes";
import { programVersion } from "../shell/version.ts";
import { inputOf, trainedWeights } from "./trained.ts";

/** What is exported, and where to. */
export interface Exported {
  readonly store: Store;
  readonly run: Run;
  readonly trial: Trial;
  readonly output: string;
}

export interface ExportedFile {
  readonly file: string;
  readonly content: string | Uint8Array;
}

/** One row of the table. */
interface Format {
  /** Whether the files hold the trained weights. */
  readonly trained: boolean;
  /** The files of a format, the one that the user named first. @throws InputError where the trial cannot be written so. */
  readonly write: (exported: Exported) => Promise<readonly ExportedFile[]> | readonly ExportedFile[];
}

export const exportFormats = {
  onnx: { trained: true, write: writeOnnx },
  pytorch: { trained: true, write: writePytorch },
  json: { trained: false, write: writeJson },
} as const satisfies Record<string, Format>;

/** A trained network as an ONNX model that says itself what it takes and gives. @throws InputError where its weights are not kept. */
export async function trainedOnnx({ store, run, trial }: Omit<Exported, "output">): Promise<Uint8Array> {
  const { experiment } = run;
  const weights = trainedWeights(store, run, trial);
  const network = networkOf(experiment, trial);
  const input = await inputOf(run, network);
  return exportOnnx(network, weights, {
    ...(input ? { preprocessing: { mean: input.mean, std: input.std } } : {}),
    batch: "dynamic",
    metadata: modelMetadata({ run, experiment, trial, ...(input ? { input } : {}), version: programVersion() }),
  });
}

export type ExportFormat = keyof typeof exportFormats;

async function writeOnnx({ output, ...trained }: Exported): Promise<readonly ExportedFile[]> {
  return [{ file: output, content: await trainedOnnx(trained) }];
}

async function writePytorch({ store, run, trial, output }: Exported): Promise<readonly ExportedFile[]> {
  const { experiment } = run;
  const weights = trainedWeights(store, run, trial);
  if (extname(output) !== ".py") {
    throw new InputError("a PyTorch module is a file of Python", {
      place: { file: output },
      expected: "a name that ends in .py",
      suggestion: `--output ${output.slice(0, output.length - extname(output).length)}.py`,
    });
  }
  const weightsFile = output.replace(/\.py$/, ".npz");
  const network = networkOf(experiment, trial);
  const input = await inputOf(run, network);
  const trained = describeWeights(experiment, trial);
  const { code, weights: state } = exportTorch(network, weights, {
    ...(input ? { preprocessing: { mean: input.mean, std: input.std } } : {}),
    origin: [
      `Trial ${trial.number} of run ${run.id}: ${trial.architecture}`,
      ...(trained === undefined ? [] : [`With ${trained}`]),
      ...(input?.resizedFrom
        ? [
            `Images of ${input.resizedFrom.height}x${input.resizedFrom.width} are resized to ${input.height}x${input.width} (bilinear, antialiased) beforehand`,
          ]
        : []),
      ...(input ? [`Classes, in the order of its outputs: ${input.classes.join(", ")}`] : []),
    ],
    weightsFile: basename(weightsFile),
  });
  return [
    { file: output, content: code },
    { file: weightsFile, content: state },
  ];
}

function writeJson({ run: { experiment }, trial, output }: Exported): readonly ExportedFile[] {
  const described = { trial: trialJson(experiment, trial), network: networkToJson(networkOf(experiment, trial)) };
  return [{ file: output, content: `${JSON.stringify(described, null, 2)}\n` }];
}

function networkOf(experiment: Experiment, trial: Trial) {
  const space = createSpace(experiment.space, experiment.task);
  return space.network(space.parse(trial.architecture), experiment.task);
}
