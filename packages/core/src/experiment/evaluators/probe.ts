/** Candidates are the first layers of a given network; a linear classifier is fitted to what they give. Carried out on workers, by the runtimes. */
import { z } from "zod";
import { InputError, type Json } from "../../base/index.ts";
import { inputShapeOf, type Task } from "../../tasks/index.ts";
import { type DatasetSpec, datasetSchema } from "../data/dataset.ts";
import type { InputDescription } from "../data/inputDescription.ts";
import type { EvaluatorContext, EvaluatorKind } from "./types.ts";

export interface ProbeSpec {
  readonly kind: "probe";
  readonly dataset: DatasetSpec;
  readonly datasetHash: string;
  /** With the normalisation below, where there is one. */
  readonly input?: InputDescription;
  /** What the backbone's images were normalised by; absent: the dataset's own. */
  readonly normalisation?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** The file of the space's model, absolute: its weights are those of the frozen layers. */
  readonly backbone: { readonly file: string; readonly contentHash: string };
}

const ofChannels = (number: z.ZodNumber) => z.union([number, z.array(number).min(1)]).optional();

const probeSchema = z
  .strictObject({
    dataset: datasetSchema.describe("The labelled images."),
    mean: ofChannels(z.number()).describe(
      "What the backbone's training images were centred by, of pixels in [0, 1]: one number, or one for each channel.",
    ),
    std: ofChannels(z.number().positive()).describe("What they were divided by: one number, or one for each channel."),
  })
  .refine(({ mean, std }) => (mean === undefined) === (std === undefined), { error: "mean and std go together: give both or neither" });

type ProbeDocument = z.output<typeof probeSchema>;

export const probeKind: EvaluatorKind<ProbeSpec> = {
  kind: "probe",
  keys: { probe: probeSchema.optional().describe("A linear classifier on the layers of a trained network, in place of training.") },
  chosenBy: "probe",
  meaning: { text: "a dataset for a linear classifier on a frozen backbone", example: "probe: { dataset: digits }" },
  runs: "worker",
  verb: "probed",
  tests: true,
  resolve: async (document, context) => {
    const { dataset, ...written } = document.probe as ProbeDocument;
    const { readDataset, readBackbone, trialMemoryBytes, located, locatedAsync } = context;
    const file = located(["space"], () => modelOf(document.space, context));
    const { spec, task, contentHash, input } = await locatedAsync(["probe", "dataset"], () => readDataset(dataset, trialMemoryBytes));
    const backbone = { file, contentHash: located(["space", "model"], () => readBackbone(file, task).contentHash) };
    const normalisation = located(["probe"], () => normalisationOf(written, task));
    const described = input ? { input: { ...input, ...normalisation } } : {};
    const given = normalisation ? { normalisation } : {};
    return { evaluator: { kind: "probe", dataset: spec, datasetHash: contentHash, ...described, ...given, backbone }, task };
  },
  inWords: ({ dataset, backbone }) => `a linear probe on ${dataset.kind}, behind layers of ${backbone.file}`,
  // Nothing is trained step by step.
  stages: () => [{ epochs: 0, seeds: 1 }],
  decides: ({ kind, datasetHash, backbone, normalisation }) => {
    const given = normalisation ? { normalisation } : {};
    return { kind, dataset: datasetHash, backbone: backbone.contentHash, ...given } as unknown as Json;
  },
  describe: ({ dataset, datasetHash, backbone, normalisation }, other) => {
    const others = other.kind === "probe" ? (other as ProbeSpec) : undefined;
    return {
      ...(others?.datasetHash === datasetHash ? {} : { dataset: { ...dataset, content: datasetHash.slice(0, 12) } }),
      ...(others?.backbone.contentHash === backbone.contentHash ? {} : { backbone: backbone.contentHash.slice(0, 12) }),
      ...(normalisation ? normalisation : {}),
    };
  },
  published: () => {
    throw new InputError("the model of a backbone does not travel to the workers of a fleet", {
      expected: "a search on this machine: without --redis",
    });
  },
  dataset: ({ dataset, datasetHash, input }) => ({ spec: dataset, contentHash: datasetHash, ...(input ? { input } : {}) }),
  relocate: (spec, dataset) => ({ ...spec, dataset }),
};

/** One mean and one deviation a channel. @throws InputError where there are others */
function normalisationOf({ mean, std }: Omit<ProbeDocument, "dataset">, task: Task): ProbeSpec["normalisation"] {
  if (mean === undefined || std === undefined) return undefined;
  const channels = inputShapeOf(task)[1] as number;
  const each = (written: number | readonly number[]) => (typeof written === "number" ? Array<number>(channels).fill(written) : written);
  const normalisation = { mean: each(mean), std: each(std) };
  if (normalisation.mean.length === channels && normalisation.std.length === channels) return normalisation;
  throw new InputError(
    `'mean' and 'std' are of ${normalisation.mean.length} and ${normalisation.std.length} channels, and the images have ${channels}`,
    {
      expected: "one number for each channel, or one for all",
    },
  );
}

/** The absolute path of the space's model. @throws InputError where the space is none of a model */
function modelOf(space: unknown, { path }: EvaluatorContext): string {
  const { name, model } = (typeof space === "object" ? space : { name: space }) as { readonly name?: string; readonly model?: string };
  if (name === "backbone" && model !== undefined) return path(model);
  throw new InputError("a probe stands behind layers that were trained before, and this space has none", {
    expected: "the space 'backbone', with its model beside its name",
    suggestion: "space: { name: backbone, model: mobilenet.onnx }",
  });
}
