/** What is evaluated: a trained network of the store as `export` writes it, or a model from a file; and on which images. */
import { evaluatorKindOf, InputError, type Run, type Trial } from "@archwright/core";
import { findTrial } from "@archwright/core/query";
import { readBytes } from "@archwright/engine";
import { assertSameData, type Classifier, inspectDataset } from "@archwright/runtimes";
import { trainedOnnx } from "../export/formats.ts";
import { type OpenedDataset, openNamedDataset } from "../input/datasetInput.ts";
import { isModelFile } from "../input/modelInput.ts";
import { openRun } from "../input/openRun.ts";
import { storeToRead } from "../input/stores.ts";
import type { Workspace } from "../input/workspace.ts";
import { type Evaluated, type EvaluationSplit, nameOfOrigin } from "./evaluated.ts";

/** A network as an ONNX model. */
export interface Subject {
  readonly origin: Evaluated["origin"];
  readonly bytes: Uint8Array;
  /** Whose dataset it is evaluated on where no other is named. */
  readonly run?: Run;
  /** How many trainings of a trial its weights are the best of, by the validation images; 1 where there was no choice. */
  readonly bestOf: number;
}

/** @throws InputError where there is no such network, or its weights are not kept. */
export async function findSubject(target: string, number: number | undefined, storeFile: string): Promise<Subject> {
  if (number === undefined) return modelFile(target);
  const store = storeToRead(storeFile);
  try {
    const run = await openRun(store, target);
    const trial = findTrial(store, run, number);
    return { origin: { run: run.id, trial: trial.number }, bytes: await trainedOnnx({ store, run, trial }), run, bestOf: choicesOf(trial) };
  } finally {
    store.close();
  }
}

/** Of how many trainings with other seeds the kept weights are those of the best. */
function choicesOf({ trainings = [] }: Trial): number {
  const kept = trainings.find(({ weightsKept }) => weightsKept);
  return kept === undefined ? 1 : trainings.filter(({ stage, score }) => stage === kept.stage && score !== undefined).length;
}

function modelFile(file: string): Subject {
  if (!isModelFile(file)) {
    throw new InputError(`'${file}' is no model's file, and no trial of a run is named`, {
      expected: "a run and the number of a trial, or the path of an ONNX model",
      advice: "'archwright pareto RUN' lists the trials whose weights are kept",
    });
  }
  if (/\.tflite$/i.test(file)) {
    throw new InputError("only ONNX models can be run", { place: { file }, expected: "a model's file in ONNX" });
  }
  return { origin: { model: file }, bytes: readBytes(file, "an ONNX model"), bestOf: 1 };
}

/**
 * The dataset that is named, else the one that the run was searched with.
 * @throws InputError where it cannot be read, or the run's is no longer what it was.
 */
export async function openDatasetFor(
  { origin, run }: Subject,
  { description, imageShape }: Pick<Classifier, "description" | "imageShape">,
  { data, workspace }: { readonly data: string | undefined; readonly workspace: Workspace },
): Promise<OpenedDataset> {
  if (data !== undefined) return openNamedDataset(data, { workspace, model: description, shape: imageShape });
  const { evaluator } = run?.experiment ?? {};
  const found = evaluator && evaluatorKindOf(evaluator).dataset?.(evaluator);
  if (found === undefined) {
    throw new InputError(`nothing says which images ${nameOfOrigin(origin)} is to be evaluated on`, {
      expected: "--data with a dataset, named as in an experiment, by its path, or by an experiment's YAML",
    });
  }
  const opened = await inspectDataset(found.spec);
  assertSameData(opened.raw.contentHash, { dataset: found.spec, datasetHash: found.contentHash });
  return opened;
}

/** What decides which notes a reader needs. */
interface Circumstances extends Pick<Classifier, "description">, Pick<Subject, "bestOf"> {
  readonly split: EvaluationSplit;
  /** Whether the user said how the model's input is normalised. */
  readonly normalised: boolean;
}

/** What a reader must know to judge the numbers. */
export function notesOn({ report, raw }: OpenedDataset, { description, bestOf, split, normalised }: Circumstances): readonly string[] {
  const own = description.datasetHash === raw.contentHash;
  const notes: readonly (readonly [applies: boolean, note: string])[] = [
    [own && split === "test", "these are the test images: whoever chooses a network by them needs other images to know how good it is"],
    [own && (split === "train" || split === "all"), "the network was trained on these images, so it looks better than it is"],
    [
      own && split === "validation" && bestOf > 1,
      `the weights are those of the best of ${bestOf} trainings on these images, so they look better here than they are`,
    ],
    [
      !own && split !== "all",
      `this is not known to be the dataset that the network was trained with; if it has seen none of its ${report.images} images, --split all uses them all`,
    ],
    [
      !description.normalisedInside && !normalised,
      "the model does not say how its input is normalised, and gets pixels in [0, 1]; --mean and --std give it others",
    ],
  ];
  return notes.flatMap(([applies, note]) => (applies ? [note] : []));
}
