/** The blocks that a staged space may choose from. */
import { item } from "../../base/matrix.ts";
import type { ActivationFunction, NetworkBuilder, NodeIndex } from "../../ir/index.ts";
import { convNorm, invertedResidual, pool, shortcut, squeezeExcitation } from "../blocks.ts";
import type { BlockSpec } from "./spec.ts";

/** What a position asks of whatever block is chosen for it. */
export interface BlockPlace {
  /** Of the output. */
  readonly channels: number;
  readonly stride: number;
  readonly activation: ActivationFunction;
  /** Inner channel counts are rounded to a multiple of it. */
  readonly channelMultiple: number;
}

/** The options chosen for a block's attributes. */
export type BlockOf<T extends BlockSpec["type"]> = {
  readonly [K in keyof Extract<BlockSpec, { type: T }>]: Extract<BlockSpec, { type: T }>[K] extends readonly (infer V)[] | undefined
    ? V
    : Extract<BlockSpec, { type: T }>[K];
};

/** A block of any type, with all that is chosen of it. */
export type AnyBlock = BlockOf<BlockSpec["type"]>;

interface BlockRule<T extends BlockSpec["type"]> {
  /** How the text calls it. */
  readonly token: string;
  build(b: NetworkBuilder, x: NodeIndex, block: BlockOf<T>, place: BlockPlace): NodeIndex;
}

/**
 * The multiple of `multiple` next to `channels`, never less than nine tenths of it, and at least `multiple`
 * (the rounding of MobileNetV2's reference implementation).
 */
export function roundChannels(channels: number, multiple: number): number {
  const rounded = Math.max(multiple, Math.floor((channels + multiple / 2) / multiple) * multiple);
  return rounded < 0.9 * channels ? rounded + multiple : rounded;
}

/** MobileNetV3's squeeze: a quarter of the channels that are weighted. */
function squeezed(enabled: boolean | undefined, channels: number, multiple: number): number | undefined {
  return enabled ? roundChannels(channels / 4, multiple) : undefined;
}

/** Weights the channels where that is chosen. */
function weighted(b: NetworkBuilder, x: NodeIndex, enabled: boolean | undefined, multiple: number): NodeIndex {
  const inner = squeezed(enabled, channelsOf(b, x), multiple);
  return inner === undefined ? x : squeezeExcitation(b, x, inner);
}

/** Adds the block's input where that is chosen, after the activation, as MobileNetV2's shortcut is after its linear convolution. */
function withShortcut(b: NetworkBuilder, x: NodeIndex, y: NodeIndex, enabled: boolean | undefined, { channels, stride }: BlockPlace) {
  return enabled ? b.binary("add", y, shortcut(b, x, channels, stride)) : y;
}

const channelsOf = (b: NetworkBuilder, x: NodeIndex) => item(b.shape(x), 1);

export const blockRules: { readonly [T in BlockSpec["type"]]: BlockRule<T> } = {
  conv: {
    token: "conv",
    build: (b, x, { kernel, squeeze_excitation, shortcut: adds }, place) => {
      const { channels, stride, activation, channelMultiple } = place;
      const y = convNorm(b, x, { channels, kernel, stride, activation });
      return withShortcut(b, x, weighted(b, y, squeeze_excitation, channelMultiple), adds, place);
    },
  },
  "depthwise-separable": {
    token: "dw",
    build: (b, x, { kernel, squeeze_excitation, shortcut: adds }, place) => {
      const { channels, stride, activation, channelMultiple } = place;
      const groups = channelsOf(b, x);
      const depthwise = convNorm(b, x, { channels: groups, kernel, stride, groups, activation });
      const y = convNorm(b, weighted(b, depthwise, squeeze_excitation, channelMultiple), { channels, kernel: 1, activation });
      return withShortcut(b, x, y, adds, place);
    },
  },
  "inverted-residual": {
    token: "ir",
    build: (b, x, { kernel, expansion, squeeze_excitation }, { channels, stride, activation, channelMultiple }) => {
      const inner = Math.max(1, Math.round(channelsOf(b, x) * expansion));
      const options = { channels, kernel, inner, stride, activation };
      return invertedResidual(b, x, { ...options, squeezed: squeezed(squeeze_excitation, inner, channelMultiple) });
    },
  },
  residual: {
    token: "res",
    build: (b, x, { kernel, squeeze_excitation }, { channels, stride, activation, channelMultiple }) => {
      const second = convNorm(b, convNorm(b, x, { channels, kernel, stride, activation }), { channels, kernel });
      const main = weighted(b, second, squeeze_excitation, channelMultiple);
      return b.activation(b.binary("add", main, shortcut(b, x, channels, stride)), activation);
    },
  },
  bottleneck: {
    token: "bot",
    build: (b, x, { kernel, reduction }, { channels, stride, activation, channelMultiple }) => {
      const inner = roundChannels(channels / reduction, channelMultiple);
      const narrow = convNorm(b, x, { channels: inner, kernel: 1, activation });
      const main = convNorm(b, convNorm(b, narrow, { channels: inner, kernel, stride, activation }), { channels, kernel: 1 });
      return b.activation(b.binary("add", main, shortcut(b, x, channels, stride)), activation);
    },
  },
  pool: {
    token: "pool",
    build: (b, x, { mode, kernel }, { channels, stride }) => shortcut(b, pool(b, x, { mode, kernel, stride }), channels, 1),
  },
  skip: {
    token: "skip",
    build: (b, x, _block, { channels, stride }) => shortcut(b, x, channels, stride),
  },
};

/** Adds a block. @returns its output: the last operator that was added, or its input where it is the identity. */
export function buildBlock(b: NetworkBuilder, x: NodeIndex, block: AnyBlock, place: BlockPlace): NodeIndex {
  const build = blockRules[block.type].build as (b: NetworkBuilder, x: NodeIndex, block: AnyBlock, place: BlockPlace) => NodeIndex;
  return build(b, x, block, place);
}

const letters: Readonly<Record<string, string>> = { kernel: "k", expansion: "e", reduction: "r" };
const words: Readonly<Record<string, string>> = { average: "avg" };
const flags: Readonly<Record<string, string>> = { squeeze_excitation: "se", shortcut: "sc" };

/** One attribute in the text: `k3`, `e6`; a flag that is set is `se` or `sc`, one that is not is nothing; words stay words. */
export function attributeText(name: string, value: number | string | boolean): string {
  if (typeof value === "boolean") return value ? (flags[name] as string) : "";
  if (typeof value === "string") return words[value] ?? value;
  return `${letters[name]}${value}`;
}
