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

/** What keys mean that several schemas have. */
export const meanings = {
  kernel: "Side of the convolution's kernel, an odd number, or a list to choose from.",
  expansion: "Widening over the block's input, or a list to choose from.",
  squeeze_excitation: "Whether blocks weigh their channels by a squeeze-and-excitation, or a list to choose from.",
  activation: "The activation function, or a list to choose from.",
  resolution:
    "Shorter side of the network's input, to which images are resized, or a list to choose from. By default images are taken as they are.",
  downsample: "Side of the windows over which the network's first operator averages the image, or a list to choose from.",
  width: "Factor on every number of channels (stem, stages, head), or a list to choose from.",
  channel_multiple: "Numbers of channels are rounded to a multiple of this.",
  stem: "The first convolution.",
  stages: "The stages, one after another.",
  channels: "Channels that the stage gives, or a list to choose from.",
  stride: "Stride of the stage's first block, or a list to choose from.",
  depth: "How many blocks, or a list to choose from; a stage of 0 blocks leaves its input as it is.",
  merge_equivalent: "Whether genotypes that stand for one network are one architecture, with one text.",
  head: "What follows the last stage.",
} as const;
const type = <T extends string>(name: T, meaning: string) => z.literal(name).describe(meaning);

/** These have no default: where one is left out there is no gene for it, so that spaces from before they existed stay as they were. */
const laterAttributes = {
  squeeze_excitation: flagChoices.optional().describe(meanings.squeeze_excitation),
  shortcut: flagChoices
    .optional()
    .describe("Whether the block's input is added to its output; where the shape changes, pooled and projected by a 1×1 convolution."),
};

const blockKernel = kernelChoices.default([3]).describe(meanings.kernel);

/** What a position of a stage may hold. Every attribute is an option or a list of options. */
const blockSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: type("conv", "Convolution, batch norm, activation."), kernel: blockKernel, ...laterAttributes }),
  z.strictObject({
    type: type("depthwise-separable", "Depthwise convolution, then 1×1 (Howard et al. 2017)."),
    kernel: blockKernel,
    squeeze_excitation: flagChoices.default([false]).describe(meanings.squeeze_excitation),
    shortcut: laterAttributes.shortcut,
  }),
  z.strictObject({
    type: type("inverted-residual", "Widen, depthwise, narrow (Sandler et al. 2018)."),
    kernel: blockKernel,
    expansion: expansionChoices.default([4]).describe(meanings.expansion),
    squeeze_excitation: flagChoices.default([false]).describe(meanings.squeeze_excitation),
  }),
  z.strictObject({
    type: type("residual", "Two convolutions and a shortcut (He et al. 2016)."),
    kernel: blockKernel,
    squeeze_excitation: laterAttributes.squeeze_excitation,
  }),
  z.strictObject({
    type: type("bottleneck", "1×1, convolution, 1×1 and a shortcut (He et al. 2016)."),
    kernel: blockKernel,
    reduction: choices(z.number().min(1).max(64))
      .default([4])
      .describe("The output's channels over the inner ones, or a list to choose from."),
  }),
  z.strictObject({
    type: type("pool", "Pooling."),
    mode: choices(z.enum(["max", "average"]))
      .default(["max"])
      .describe("What a window gives, or a list to choose from."),
    kernel: choices(z.int().min(1).max(31)).default([3]).describe("Side of the window, or a list to choose from."),
  }),
  z.strictObject({ type: type("skip", "The identity; where the shape changes, average pooling and a 1×1 convolution.") }),
]);

const stageSchema = z.strictObject({
  channels: channelChoices.describe(meanings.channels),
  stride: strideChoices.default([1]).describe(meanings.stride),
  depth: depthChoices.default([1]).describe(meanings.depth),
  blocks: z
    .array(blockSchema)
    .min(1)
    .refine((blocks) => new Set(blocks.map(({ type }) => type)).size === blocks.length, {
      error: "a block type is listed twice",
      params: { expected: "each type once, with lists of options for its attributes" },
    })
    .describe("The types of block that a position of the stage may hold."),
  uniform: z.boolean().default(false).describe("Whether all blocks of the stage are the same; otherwise each is chosen by itself."),
});

export const stemSchema = z.strictObject({
  channels: channelChoices.default([16]).describe("Channels that it gives, or a list to choose from."),
  kernel: kernelChoices.default([3]).describe(meanings.kernel),
  stride: strideChoices.default([1]).describe("Its stride, or a list to choose from."),
});

export const headSchema = z.strictObject({
  channels: choices(z.int().min(0).max(65_536))
    .default([0])
    .describe("Channels of a 1×1 convolution before the classifier, or a list to choose from; 0: none."),
  /** Without a default, as above. */
  flatten: flagChoices
    .optional()
    .describe(
      "Whether the classifier sees every position, as in LeCun et al. 1998, instead of each channel's mean; or a list to choose from.",
    ),
});

/** A space made of stages of blocks: what `custom` reads from YAML and `mobile` fills in by itself. */
export const stagedFields = {
  /** Without a default, as above. */
  resolution: resolutionChoices.optional().describe(meanings.resolution),
  downsample: strideChoices.default([1]).describe(meanings.downsample),
  width: widthChoices.default([1]).describe(meanings.width),
  channel_multiple: count.default(1).describe(meanings.channel_multiple),
  activation: activationChoices.default(["relu"]).describe(meanings.activation),
  stem: stemSchema.prefault({}).describe(meanings.stem),
  stages: z.array(stageSchema).min(1).describe(meanings.stages),
  /** Without a default, as above. */
  merge_equivalent: z.boolean().optional().describe(meanings.merge_equivalent),
  head: headSchema.prefault({}).describe(meanings.head),
};

export const stagedSchema = z.strictObject(stagedFields);

/** A space of stages, resolved: every choice a list, every default written out. */
export type StagedSpec = z.output<typeof stagedSchema>;
/** As written: options may be left out, and a single option need not be a list. */
export type StagedSpecInput = z.input<typeof stagedSchema>;
export type StageSpec = z.output<typeof stageSchema>;
export type BlockSpec = z.output<typeof blockSchema>;
