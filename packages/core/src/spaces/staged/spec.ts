/** What a user may write of a staged space. */
import { z } from "zod";
import { activationFunctions } from "../../ir/index.ts";

/** One option, or a list of different options to choose from. Numbers are kept in rising order, so that the order means something. */
export function choices<T extends number | string | boolean>(item: z.ZodType<T, T>) {
  return z
    .union([item, z.array(item).min(1)])
    .transform((value): T[] => {
      const list = Array.isArray(value) ? [...value] : [value];
      return typeof list[0] === "number" ? list.sort((a, b) => Number(a) - Number(b)) : list;
    })
    .refine((list) => new Set(list).size === list.length, { error: "two options are the same", params: { expected: "different options" } });
}

const count = z.int().min(1).max(65_536);
const stride = z.int().min(1).max(16);
const kernel = z
  .int()
  .min(1)
  .max(31)
  .refine((size) => size % 2 === 1, { error: "a kernel must have a middle", params: { expected: "an odd number" } });
export const kernelChoices = choices(kernel);
export const expansionChoices = choices(z.number().min(0.25).max(16));
export const flagChoices = choices(z.boolean());
export const channelChoices = choices(count);
export const strideChoices = choices(stride);
export const resolutionChoices = choices(z.int().min(1).max(4096));
export const depthChoices = choices(z.int().min(0).max(64));
export const widthChoices = choices(z.number().min(0.05).max(16));
export const activationChoices = choices(z.enum(activationFunctions));

/** These have no default: where one is left out there is no gene for it, so that spaces from before they existed stay as they were. */
const laterAttributes = {
  squeeze_excitation: flagChoices.optional(),
  /** Whether the block's input is added to its output; where the shape changes, pooled and projected by a 1×1 convolution. */
  shortcut: flagChoices.optional(),
};

/** What a position of a stage may hold. Every attribute is an option or a list of options. */
const blockSchema = z.discriminatedUnion("type", [
  /** Convolution, batch norm, activation. */
  z.strictObject({ type: z.literal("conv"), kernel: kernelChoices.default([3]), ...laterAttributes }),
  /** Depthwise convolution, then 1×1 (Howard et al. 2017). */
  z.strictObject({
    type: z.literal("depthwise-separable"),
    kernel: kernelChoices.default([3]),
    squeeze_excitation: flagChoices.default([false]),
    shortcut: laterAttributes.shortcut,
  }),
  /** Widen, depthwise, narrow (Sandler et al. 2018). `expansion` is the widening over the block's input. */
  z.strictObject({
    type: z.literal("inverted-residual"),
    kernel: kernelChoices.default([3]),
    expansion: expansionChoices.default([4]),
    squeeze_excitation: flagChoices.default([false]),
  }),
  /** Two convolutions and a shortcut (He et al. 2016). */
  z.strictObject({
    type: z.literal("residual"),
    kernel: kernelChoices.default([3]),
    squeeze_excitation: laterAttributes.squeeze_excitation,
  }),
  /** 1×1, convolution, 1×1 and a shortcut (He et al. 2016). `reduction` is the output's channels over the inner ones. */
  z.strictObject({
    type: z.literal("bottleneck"),
    kernel: kernelChoices.default([3]),
    reduction: choices(z.number().min(1).max(64)).default([4]),
  }),
  z.strictObject({
    type: z.literal("pool"),
    mode: choices(z.enum(["max", "average"])).default(["max"]),
    kernel: choices(z.int().min(1).max(31)).default([3]),
  }),
  /** The identity; where the shape changes, average pooling and a 1×1 convolution. */
  z.strictObject({ type: z.literal("skip") }),
]);

const stageSchema = z.strictObject({
  channels: channelChoices,
  /** Of the stage's first block. */
  stride: strideChoices.default([1]),
  /** How many blocks; a stage of 0 blocks leaves its input as it is. */
  depth: depthChoices.default([1]),
  blocks: z
    .array(blockSchema)
    .min(1)
    .refine((blocks) => new Set(blocks.map(({ type }) => type)).size === blocks.length, {
      error: "a block type is listed twice",
      params: { expected: "each type once, with lists of options for its attributes" },
    }),
  /** Whether all blocks of the stage are the same; otherwise each is chosen by itself. */
  uniform: z.boolean().default(false),
});

export const stemSchema = z.strictObject({
  channels: channelChoices.default([16]),
  kernel: kernelChoices.default([3]),
  stride: strideChoices.default([1]),
});

export const headSchema = z.strictObject({
  /** Of a 1×1 convolution before the classifier; 0: none. */
  channels: choices(z.int().min(0).max(65_536)).default([0]),
  /** Whether the classifier sees every position, as in LeCun et al. 1998, instead of each channel's mean. Without a default, as above. */
  flatten: flagChoices.optional(),
});

/** A space made of stages of blocks: what `custom` reads from YAML and `mobile` fills in by itself. */
export const stagedFields = {
  /**
   * Shorter side of the network's input: images are resized to it before the network takes them. Without a default, as above: the
   * network then takes images as they are.
   */
  resolution: resolutionChoices.optional(),
  /** The network's first operator averages the image over windows of this side. */
  downsample: strideChoices.default([1]),
  /** Factor on every channel count (stem, stages, head), which is then rounded to a multiple of `channel_multiple`. */
  width: widthChoices.default([1]),
  channel_multiple: count.default(1),
  activation: activationChoices.default(["relu"]),
  stem: stemSchema.prefault({}),
  stages: z.array(stageSchema).min(1),
  /** Whether genotypes that stand for one network are one architecture, with one text. Without a default, as above. */
  merge_equivalent: z.boolean().optional(),
  head: headSchema.prefault({}),
};

export const stagedSchema = z.strictObject(stagedFields);

/** A space of stages, resolved: every choice a list, every default written out. */
export type StagedSpec = z.output<typeof stagedSchema>;
/** As written: options may be left out, and a single option need not be a list. */
export type StagedSpecInput = z.input<typeof stagedSchema>;
export type StageSpec = z.output<typeof stageSchema>;
export type BlockSpec = z.output<typeof blockSchema>;
