/** How candidates are trained: the keys of `training`. */
import { z } from "zod";
import { fidelityKeys, refuseBoth, type Stage, stagesSchema } from "./stages.ts";

/** Passes over the training images where nothing says how long. */
const usualEpochs = 10;

/** How networks are trained: as written under `training:` in an experiment. Every default is stated here. */
export const trainingSchema = z
  .strictObject({
    ...fidelityKeys,
    /** In place of both: stages, of which the search makes the first. */
    stages: stagesSchema.optional(),
    batch_size: z.int().positive().default(64),
    optimiser: z.enum(["sgd", "adam", "lion"]).default("adam"),
    learning_rate: z.number().positive().default(0.002),
    momentum: z.number().min(0).lt(1).default(0.9),
    weight_decay: z.number().min(0).default(0.0005),
    label_smoothing: z.number().min(0).lt(1).default(0.05),
    /** May be a fraction of an epoch. */
    warmup_epochs: z.number().min(0).default(1),
    augmentation: z
      .strictObject({
        /** Largest shift in pixels, each direction; zeros move in. */
        shift: z.int().min(0).default(0),
        flip: z.boolean().default(false),
        /** Side of the square that is blanked, pixels. */
        cutout: z.int().min(0).default(0),
      })
      .prefault({}),
  })
  .superRefine((written, context) => {
    refuseBoth(written, context);
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
  });

/** As it is written. */
export type TrainingDocument = z.output<typeof trainingSchema>;

/** As it is resolved: with one of `epochs`, `steps` and `stages`. */
export type TrainingSpec = TrainingDocument;

/** With how long it trains, where nothing says so. */
export function resolveTraining(written: TrainingDocument): TrainingSpec {
  const { epochs, steps, stages } = written;
  return epochs === undefined && steps === undefined && stages === undefined ? { epochs: usualEpochs, ...written } : written;
}

/** The stages of training: one where only a number of epochs or steps is written. */
export function stagesOfTraining({ epochs, steps, stages }: TrainingSpec): readonly Stage[] {
  return stages ?? [{ ...(steps === undefined ? { epochs } : { steps }), seeds: 1 }];
}
