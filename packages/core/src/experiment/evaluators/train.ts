/** Candidates are trained on a dataset. The training itself is done on workers, by the runtimes. */
import type { z } from "zod";
import { InputError, item, type Json } from "../../base/index.ts";
import { smallestResolution } from "../../spaces/index.ts";
import { inputShapeOf } from "../../tasks/index.ts";
import { type DatasetSpec, datasetSchema } from "../data/dataset.ts";
import type { InputDescription } from "../data/inputDescription.ts";
import { fidelityOfStage, stageInWords, usualEvaluations } from "../training/stages.ts";
import {
  continuingTraining,
  resolveTraining,
  stagesOfTraining,
  type TrainingDocument,
  type TrainingSpec,
  trainingFor,
  trainingSchema,
} from "../training/training.ts";
import type { EvaluatorContext, EvaluatorKind } from "./types.ts";

export interface TrainSpec {
  readonly kind: "train";
  readonly dataset: DatasetSpec;
  readonly datasetHash: string;
  /** What a trained network needs of the dataset. Absent in runs that were stored before it was. */
  readonly input?: InputDescription;
  readonly training: TrainingSpec;
}

/** The keys of an experiment that it looks at. */
interface TrainDocument {
  readonly dataset: z.output<typeof datasetSchema>;
  readonly training: TrainingDocument;
  readonly search: { readonly evaluations?: number | undefined };
}

export const trainKind: EvaluatorKind<TrainSpec> = {
  kind: "train",
  keys: {
    dataset: datasetSchema.optional().describe("The images to train on: 'digits', or what kind of dataset and where it is."),
    training: trainingSchema.prefault({}).describe("How candidates are trained."),
  },
  chosenBy: "dataset",
  meaning: { text: "a dataset to train on", example: "dataset: digits" },
  runs: "worker",
  verb: "trained",
  tests: true,
  resolve: async (document, context) => {
    const { dataset, training: written, search } = document as unknown as TrainDocument;
    const { readDataset, trialMemoryBytes, locatedAsync } = context;
    const found = await locatedAsync(["dataset"], () => readDataset(dataset, trialMemoryBytes));
    const { spec, task, contentHash, input, trainingImages: images } = found;
    const training = resolveTraining(
      written,
      images === undefined ? undefined : { images, evaluations: search.evaluations ?? usualEvaluations },
    );
    const [, , height = 1, width = 1] = inputShapeOf(task);
    checkAugmentation(training, Math.min(height, width), `the images are ${height}x${width}`, context);
    return { evaluator: { kind: "train", dataset: spec, datasetHash: contentHash, ...(input ? { input } : {}), training }, task };
  },
  checkSpace: ({ training }, space, context) => {
    const side = smallestResolution(space);
    if (side !== undefined) checkAugmentation(training, side, `the space resizes images to a shorter side of ${side}`, context);
  },
  inWords: ({ dataset, training }) => `trained on ${dataset.kind} for ${stagesOfTraining(training).map(stageInWords).join(", then ")}`,
  stages: ({ training }) => stagesOfTraining(training),
  stagesKey: "training.stages",
  forEvaluations: (spec, evaluations) => ({ ...spec, training: trainingFor(spec.training, evaluations) }),
  continuing: (run, now) => ({ ...now, training: continuingTraining(run.training, now.training) }),
  inherits: ({ training }) => training.inherit === true,
  // The input follows from the dataset's content.
  decides: ({ kind, datasetHash, training: { stagesFor: _, ...training } }) =>
    ({ kind, dataset: datasetHash, training }) as unknown as Json,
  // Where a dataset lies, and how its reading is described, decides nothing as long as what is read is the same.
  describe: ({ dataset, datasetHash, training }, other) => {
    const same = other.kind === "train" && (other as TrainSpec).datasetHash === datasetHash;
    const { epochs: _epochs, steps: _steps, stages: _stages, stagesFor: _for, ...rest } = training;
    const first = fidelityOfStage(item(stagesOfTraining(training), 0));
    return { training: { ...first, ...rest }, ...(same ? {} : { dataset: { ...dataset, content: datasetHash.slice(0, 12) } }) };
  },
  dataset: ({ dataset, datasetHash, input, training: { stagesFor } }) => ({
    spec: dataset,
    contentHash: datasetHash,
    ...(input ? { input } : {}),
    ...(stagesFor === undefined ? {} : { trainingImages: stagesFor }),
  }),
  relocate: (spec, dataset) => ({ ...spec, dataset }),
};

/** An image moved or blanked by its whole side shows nothing. @throws InputError */
function checkAugmentation({ augmentation }: TrainingSpec, side: number, images: string, { located }: EvaluatorContext): void {
  for (const key of ["shift", "cutout"] as const) {
    const pixels = augmentation[key];
    if (pixels < side) continue;
    located(["training", "augmentation", key], () => {
      throw new InputError(`'${key}' is ${pixels} pixels, and ${images}`, {
        expected: `less than ${side} pixels`,
        suggestion: `${key}: ${Math.floor(side / 8)}`,
      });
    });
  }
}
