/** Images into classes: cross-entropy, judged by top-1 accuracy. */
import { z } from "zod";
import type { TaskKind } from "./types.ts";

export interface ImageClassification {
  readonly kind: "image-classification";
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
}

const count = z.int().positive();

export const imageClassification: TaskKind<ImageClassification> = {
  kind: "image-classification",
  schema: z.strictObject({
    kind: z.literal("image-classification").describe("Images into classes."),
    channels: count.describe("1 for grey images, 3 for colours."),
    height: count.describe("Pixels from top to bottom."),
    width: count.describe("Pixels from left to right."),
    classes: count.describe("How many classes there are."),
  }),
  inputShape: ({ channels, height, width }) => [1, channels, height, width],
  outputs: ({ classes }) => classes,
  describeInput: ({ channels, height, width }) => `${channels}x${height}x${width} images`,
  examples: "labelled images",
  loss: "cross-entropy",
  score: { name: "accuracy", title: "accuracy %", unit: "percent", direction: "maximise", worst: 0, best: 100 },
  objective: {
    name: "error",
    title: "validation error",
    dimension: "percent",
    of: (accuracy) => 100 - accuracy,
    scoreOf: (error) => 100 - error,
  },
};
