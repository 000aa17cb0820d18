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
    /** In place of both: stages, of which the search makes the first; or `default` for those that suit the data. */
    stages: z.union([z.literal("default"), stagesSchema]).optional(),
    batch_size: z.int().positive().exactOptional(),
    optimiser: z.enum(optimisers).default("adam"),
    learning_rate: z.number().positive().exactOptional(),
    momentum: z.number().min(0).lt(1).default(0.9),
    weight_decay: z.number().min(0).default(0.0005),
    /** Longest gradient; longer ones are scaled down to it. */
    clip_norm: z.number().positive().exactOptional(),
    label_smoothing: z.number().min(0).lt(1).default(0.05),
    /** May be a fraction of an epoch. */
    warmup_epochs: z.number().min(0).exactOptional(),
    /** In its place: a share of the steps. */
    warmup: z.number().min(0).lt(1).exactOptional(),
    /** The trained network is the exponential moving average of the weights, with this decay. */
    ema_decay: z.number().min(0).lt(1).exactOptional(),
    /** Whether candidates of the search begin with weights of earlier ones. */
    inherit: z.boolean().exactOptional(),
    augmentation: z
      .strictObject({
        /** Largest shift in pixels, each direction; zeros move in. */
        shift: z.int().min(0).default(0),
        flip: z.boolean().default(false),
        /** Side of the square that is blanked, pixels. */
        cutout: z.int().min(0).default(0),
        /** Parameter of the Beta distribution from which images of a batch are mixed. */
        mixup: z.number().positive().max(1).exactOptional(),
      })
      .prefault({}),
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
