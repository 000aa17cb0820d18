/** How candidates are trained: the keys of `training`. */
import { z } from "zod";
import { defaultStages, fidelityKeys, refuseBoth, type Stage, stagesSchema } from "./stages.ts";

/** Passes over the training images where nothing says how long. */
const usualEpochs = 10;

/** What training takes where it is not written. */
interface Usual {
  readonly batch_size: number;
  /** By optimiser. */
  readonly learning_rate: { readonly [O in (typeof optimisers)[number]]: number };
  readonly warmup: { readonly warmup?: number; readonly warmup_epochs?: number };
}

const optimisers = ["sgd", "adam", "lion"] as const;

/** Where training is counted in epochs. Hashes of stored runs rest on it. */
const usualByEpochs: Usual = {
  batch_size: 64,
  learning_rate: { sgd: 0.002, adam: 0.002, lion: 0.002 },
  warmup: { warmup_epochs: 1 },
};

/** Where it is counted in steps or is shorter than an epoch: measured in `experiments/training-recipes`. */
const usualBySteps: Usual = {
  batch_size: 32,
  learning_rate: { ...usualByEpochs.learning_rate, adam: 0.016 },
  warmup: { warmup: 0.05 },
};

/** How networks are trained: as written under `training:` in an experiment. Every default is stated here. */
export const trainingSchema = z
  .strictObject({
    ...fidelityKeys,
    stages: z
      .union([z.literal("default"), stagesSchema])
      .optional()
      .describe(
        "In place of epochs and steps: many candidates briefly, fewer of them longer, the last in full with several seeds. 'default' for stages that suit the data.",
      ),
    batch_size: z.int().positive().exactOptional().describe("Images of one step: 64; 32 where training is counted in steps."),
    optimiser: z.enum(optimisers).default("adam").describe("By which rule weights are changed."),
    learning_rate: z
      .number()
      .positive()
      .exactOptional()
      .describe("The peak of a cosine schedule: 0.002; 0.016 for adam where training is counted in steps."),
    momentum: z.number().min(0).lt(1).default(0.9).describe("Of sgd: the share of the last change that is kept."),
    weight_decay: z.number().min(0).default(0.0005).describe("Decoupled decay of weights; biases and norms have none."),
    clip_norm: z.number().positive().exactOptional().describe("Longest gradient; longer ones are scaled down to it. By default none is."),
    label_smoothing: z.number().min(0).lt(1).default(0.05).describe("Share of the target that is spread over all classes."),
    warmup_epochs: z
      .number()
      .min(0)
      .exactOptional()
      .describe("Epochs over which the learning rate rises, 1 by default; may be a fraction."),
    warmup: z
      .number()
      .min(0)
      .lt(1)
      .exactOptional()
      .describe("In place of warmup_epochs: the share of the steps over which the learning rate rises."),
    ema_decay: z
      .number()
      .min(0)
      .lt(1)
      .exactOptional()
      .describe(
        "The trained network is the exponential moving average of the weights, with this decay. By default it is the last weights.",
      ),
    inherit: z
      .boolean()
      .exactOptional()
      .describe("Whether candidates of the search begin with weights of earlier ones. Only in spaces of stages, by generation."),
    augmentation: z
      .strictObject({
        shift: z.int().min(0).default(0).describe("Largest shift in pixels, each direction; zeros move in."),
        flip: z.boolean().default(false).describe("Whether images are mirrored left to right, half of the time."),
        cutout: z.int().min(0).default(0).describe("Side of the square that is blanked, pixels."),
        mixup: z
          .number()
          .positive()
          .max(1)
          .exactOptional()
          .describe("Parameter of the Beta distribution by which images of a batch are mixed. By default none are."),
      })
      .prefault({})
      .describe("How training images are changed at random."),
  })
  .superRefine((written, context) => {
    refuseBoth(written, context);
    if (written.warmup !== undefined && written.warmup_epochs !== undefined) {
      const [message, expected] = ["'warmup' and 'warmup_epochs' exclude each other", "one of them"];
      context.addIssue({ code: "custom", path: ["warmup"], message, params: { expected } });
    }
    if (written.stages === undefined) return;
    for (const key of ["epochs", "steps"] as const) {
      if (written[key] === undefined) continue;
      context.addIssue({
        code: "custom",
        path: [key],
        message: `'${key}' and 'stages' exclude each other`,
        params: { expected: "one of them; each stage says how long it trains" },
      });
    }
  })
  .transform(({ inherit, ...written }) => {
    const { epochs, steps, stages, optimiser, warmup, warmup_epochs } = written;
    const isShort = steps !== undefined || stages !== undefined || (epochs !== undefined && epochs < 1);
    const usual = isShort ? usualBySteps : usualByEpochs;
    return {
      batch_size: usual.batch_size,
      learning_rate: usual.learning_rate[optimiser],
      ...(warmup === undefined && warmup_epochs === undefined ? usual.warmup : {}),
      ...written,
      // Where it is off it is as if it were not written, so that hashes do not tell the two apart.
      ...(inherit ? { inherit } : {}),
    };
  });

/** As it is written. */
export type TrainingDocument = z.output<typeof trainingSchema>;

/** As it is resolved: with one of `epochs`, `steps` and `stages`. */
export type TrainingSpec = Omit<TrainingDocument, "stages"> & {
  readonly stages?: readonly Stage[] | undefined;
  /** Nobody wrote the stages: they are the default ones for so many training images. Absent where they were written. */
  readonly stagesFor?: number;
};

/** What default stages are made for. */
export interface TrainingOccasion {
  /** To train on. */
  readonly images: number;
  /** Of the search. */
  readonly evaluations: number;
}

/** With how long it trains, where nothing says so. @throws Error where default stages are asked for, and not what for. */
export function resolveTraining({ stages, ...written }: TrainingDocument, occasion?: TrainingOccasion): TrainingSpec {
  if (stages === "default") {
    if (occasion === undefined) throw new Error("default stages follow from the number of images, which is not known");
    const { images, evaluations } = occasion;
    return { ...written, stages: defaultStages(images, written.batch_size, evaluations), stagesFor: images };
  }
  if (stages !== undefined) return { ...written, stages };
  return written.epochs === undefined && written.steps === undefined ? { epochs: usualEpochs, ...written } : written;
}

/** The same for another number of evaluations, where nobody wrote the stages. */
export function trainingFor(training: TrainingSpec, evaluations: number): TrainingSpec {
  const { stagesFor, batch_size } = training;
  return stagesFor === undefined ? training : { ...training, stages: defaultStages(stagesFor, batch_size, evaluations) };
}

/**
 * Where nobody wrote the stages, those of the run, whatever the default has become; with more candidates in them where there are more
 * evaluations now.
 */
export function continuingTraining(run: TrainingSpec, now: TrainingSpec): TrainingSpec {
  if (run.stagesFor === undefined || now.stagesFor === undefined || run.stages === undefined) return now;
  const stages = run.stages.map((stage, i): Stage => {
    const keep = now.stages?.[i]?.keep;
    return stage.keep === undefined || keep === undefined || keep <= stage.keep ? stage : { ...stage, keep };
  });
  return { ...now, stages };
}

/** The stages of training: one where only a number of epochs or steps is written. */
export function stagesOfTraining({ epochs, steps, stages }: TrainingSpec): readonly Stage[] {
  return stages ?? [{ ...(steps === undefined ? { epochs } : { steps }), seeds: 1 }];
}
