/** How candidates are trained: the keys of `training`. */
import { z } from "zod";

/** How networks are trained: as written under `training:` in an experiment. Every default is stated here. */
export const trainingSchema = z.strictObject({
  epochs: z.int().positive().default(10),
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
});

export type TrainingSpec = z.output<typeof trainingSchema>;
