/** The search space `mobile`: inverted bottlenecks in stages. */
import { z } from "zod";
import { inputShapeOf, type Task } from "../tasks/index.ts";
import type { CategoricalSpace } from "./categorical.ts";
import {
  activationChoices,
  type BlockSpec,
  channelChoices,
  choices,
  depthChoices,
  expansionChoices,
  flagChoices,
  headSchema,
  kernelChoices,
  meanings,
  resolutionChoices,
  type StagedSpec,
  stemSchema,
  strideChoices,
  widthChoices,
} from "./staged/spec.ts";
import { stagedSpace } from "./staged/staged.ts";

const mobileStage = z.strictObject({
  channels: channelChoices.describe(meanings.channels),
  stride: strideChoices.default([1]).describe(meanings.stride),
  depth: depthChoices.default([1, 2, 3]).describe(meanings.depth),
  kernel: kernelChoices.optional().describe(meanings.kernel),
  expansion: expansionChoices.optional().describe(meanings.expansion),
  squeeze_excitation: flagChoices.optional().describe(meanings.squeeze_excitation),
});

/** Options of `mobile`. What is left out is chosen by the task's image size; see {@link mobilePreset}. */
export const mobileSchema = z.strictObject({
  name: z.literal("mobile"),
  /** Kernel, expansion and squeeze-and-excitation of every block, where a stage does not say its own. */
  kernel: kernelChoices.default([3, 5]).describe(meanings.kernel),
  expansion: expansionChoices.default([3, 6]).describe(meanings.expansion),
  squeeze_excitation: flagChoices.default([false, true]).describe(meanings.squeeze_excitation),
  /** Absent: no gene for it. */
  blocks: choices(z.enum(["conv", "depthwise-separable", "inverted-residual", "residual"]))
    .optional()
    .describe("Types that every position may take, one or a list to choose from. By default inverted residuals only."),
  activation: activationChoices.default(["relu6"]).describe(meanings.activation),
  resolution: resolutionChoices.optional().describe(meanings.resolution),
  merge_equivalent: z.boolean().optional().describe(meanings.merge_equivalent),
  downsample: strideChoices.optional().describe(meanings.downsample),
  width: widthChoices.optional().describe(meanings.width),
  channel_multiple: z.int().min(1).optional().describe(meanings.channel_multiple),
  stem: stemSchema.optional().describe(meanings.stem),
  stages: z.array(mobileStage).min(1).optional().describe(meanings.stages),
  head: headSchema.optional().describe(meanings.head),
});

export type MobileSpec = z.output<typeof mobileSchema>;
type MobileStage = z.output<typeof mobileStage>;
type Preset = Pick<StagedSpec, "downsample" | "width" | "channel_multiple" | "stem" | "head"> & { readonly stages: MobileStage[] };
/** A spec that leaves nothing to the task. */
export type ResolvedMobileSpec = Omit<MobileSpec, keyof Preset> & Preset;

const stage = (channels: number, stride: number[], depth: number[], own: Partial<MobileStage> = {}): MobileStage => ({
  channels: [channels],
  stride,
  depth,
  ...own,
});
const narrow = { expansion: [1] };

/**
 * Sizes that suit images of a task, by their shorter side: how often the image may be halved without being lost, and how
 * much there is to compute. Up to 16 (digits), up to 64 (Fashion-MNIST, CIFAR), larger (ImageNet; stem and stages then
 * follow MobileNetV2's, Sandler et al. 2018).
 */
export function mobilePreset(task: Task): Preset {
  const [, , height = 1, width = 1] = inputShapeOf(task);
  const side = Math.min(height, width);
  if (side <= 16) {
    return {
      downsample: [1],
      width: [0.5, 0.75, 1],
      channel_multiple: 4,
      stem: { channels: [16], kernel: [3], stride: [1] },
      stages: [stage(16, [1, 2], [1, 2]), stage(24, [1, 2], [1, 2, 3]), stage(40, [1, 2], [0, 1, 2])],
      head: { channels: [0, 64] },
    };
  }
  if (side <= 64) {
    return {
      downsample: [1, 2],
      width: [0.5, 0.75, 1],
      channel_multiple: 4,
      stem: { channels: [16], kernel: [3], stride: [1, 2] },
      stages: [stage(16, [1], [1, 2]), stage(24, [1, 2], [1, 2, 3]), stage(40, [2], [1, 2, 3]), stage(80, [1, 2], [0, 1, 2])],
      head: { channels: [0, 128] },
    };
  }
  return {
    downsample: [1, 2],
    width: [0.35, 0.5, 0.75, 1],
    channel_multiple: 8,
    stem: { channels: [32], kernel: [3], stride: [2] },
    stages: [
      stage(16, [1], [1], narrow),
      stage(24, [2], [1, 2, 3]),
      stage(32, [2], [1, 2, 3, 4]),
      stage(64, [2], [2, 3, 4]),
      stage(96, [1], [1, 2, 3, 4]),
      stage(160, [1, 2], [1, 2, 3, 4]),
      stage(320, [1], [0, 1]),
    ],
    head: { channels: [1280] },
  };
}

/** The spec with everything that it left to the task. */
export function resolveMobile(spec: MobileSpec, task: Task): ResolvedMobileSpec {
  const preset = mobilePreset(task);
  return {
    ...spec,
    downsample: spec.downsample ?? preset.downsample,
    width: spec.width ?? preset.width,
    channel_multiple: spec.channel_multiple ?? preset.channel_multiple,
    stem: spec.stem ?? preset.stem,
    stages: spec.stages ?? preset.stages,
    head: spec.head ?? preset.head,
  };
}

/** Stages of inverted-residual blocks (MobileNetV2, with the squeeze-and-excitation of MobileNetV3); see `stagedSpace` for its text. */
export function mobile(spec: ResolvedMobileSpec): CategoricalSpace {
  return stagedSpace(spec.name, mobileStages(spec));
}

/** What `mobile` leaves to choose, written as `custom` has it. */
export function mobileStages(spec: ResolvedMobileSpec): StagedSpec {
  const { name: _name, kernel, expansion, squeeze_excitation, blocks = ["inverted-residual"], stages, ...rest } = spec;
  return {
    ...rest,
    stages: stages.map(({ channels, stride, depth, ...own }) => {
      const attributes = {
        kernel: own.kernel ?? kernel,
        expansion: own.expansion ?? expansion,
        squeeze_excitation: own.squeeze_excitation ?? squeeze_excitation,
      };
      return { channels, stride, depth, uniform: false, blocks: blocks.map((type) => mobileBlock(type, attributes)) };
    }),
  };
}

type MobileBlock = NonNullable<MobileSpec["blocks"]>[number];

/** A block type with those of the attributes that it has. Squeeze-and-excitation is left to blocks with a depthwise convolution. */
function mobileBlock(type: MobileBlock, attributes: Required<Pick<MobileSpec, "kernel" | "expansion" | "squeeze_excitation">>): BlockSpec {
  const { kernel, expansion, squeeze_excitation } = attributes;
  switch (type) {
    case "conv":
    case "residual":
      return { type, kernel };
    case "depthwise-separable":
      return { type, kernel, squeeze_excitation };
    case "inverted-residual":
      return { type, kernel, expansion, squeeze_excitation };
  }
}
