import { describe, expect, it } from "vitest";
import { resolveTraining, trainingSchema } from "./training.ts";

const resolved = (written: object) => resolveTraining(trainingSchema.parse(written));

describe("trainingSchema", () => {
  it("keeps what stored runs were trained with", () => {
    const stored = {
      batch_size: 64,
      optimiser: "adam",
      learning_rate: 0.002,
      momentum: 0.9,
      weight_decay: 0.0005,
      label_smoothing: 0.05,
      warmup_epochs: 1,
      augmentation: { shift: 0, flip: false, cutout: 0 },
    };
    expect(resolved({})).toEqual({ ...stored, epochs: 10 });
    expect(resolved({ epochs: 3, optimiser: "sgd" })).toEqual({ ...stored, epochs: 3, optimiser: "sgd" });
  });

  it.each([[{ steps: 160 }], [{ stages: [{ steps: 160 }] }], [{ epochs: 0.5 }]])("warms up for a share of the steps with %o", (length) => {
    expect(resolved(length)).toMatchObject({ batch_size: 32, learning_rate: 0.016, warmup: 0.05 });
    expect(resolved(length)).not.toHaveProperty("warmup_epochs");
    const own = { ...length, batch_size: 8, learning_rate: 0.5, warmup_epochs: 0.1 };
    expect(resolved(own)).toMatchObject(own);
    expect(resolved(own)).not.toHaveProperty("warmup");
    expect(resolved({ ...length, optimiser: "lion" })).toMatchObject({ learning_rate: 0.002 });
  });

  it("takes 'inherit: false' for what is not written", () => {
    expect(resolved({ inherit: false })).toEqual(resolved({}));
    expect(resolved({ inherit: true })).toEqual({ ...resolved({}), inherit: true });
  });

  it("refuses both ways to say how long the learning rate rises, and what makes no sense", () => {
    const problems = (written: object) => trainingSchema.safeParse(written).error?.issues.map(({ path }) => path.join("."));
    expect(problems({ warmup: 0.1, warmup_epochs: 1 })).toEqual(["warmup"]);
    expect(problems({ warmup: 1, ema_decay: 1, clip_norm: 0, augmentation: { mixup: 1.5 } })).toEqual([
      "clip_norm",
      "warmup",
      "ema_decay",
      "augmentation.mixup",
    ]);
  });
});
