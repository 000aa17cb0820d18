/** The blocks that a staged space may choose from. */
import { item } from "../base/matrix.ts";
import type { ActivationFunction, NetworkBuilder, NodeIndex } from "../ir/index.ts";
import { convNorm, invertedResidual, pool, shortcut, squeezeExcitation } from "./blocks.ts";
import type { BlockSpec } from "./stagedSpec.ts";

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
  readonly [K in keyof Extract<BlockSpec, { type: T }>]: Extract<BlockSpec, { type: T }>[K] extends readonly (infer V)[]
    ? V
    : Extract<BlockSpec, { type: T }>[K];
};

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
function squeezed(enabled: boolean, channels: number, multiple: number): number | undefined {
  return enabled ? roundChannels(channels / 4, multiple) : undefined;
}

const channelsOf = (b: NetworkBuilder, x: NodeIndex) => item(b.shape(x), 1);

export const blockRules: { readonly [T in BlockSpec["type"]]: BlockRule<T> } = {
  conv: {
    token: "conv",
    build: (b, x, { kernel }, { channels, stride, activation }) => convNorm(b, x, { channels, kernel, stride, activation }),
  },
  "depthwise-separable": {
    token: "dw",
    build: (b, x, { kernel, squeeze_excitation }, { channels, stride, activation, channelMultiple }) => {
      const inputChannels = channelsOf(b, x);
      let y = convNorm(b, x, { channels: inputChannels, kernel, stride, groups: inputChannels, activation });
      const inner = squeezed(squeeze_excitation, inputChannels, channelMultiple);
      if (inner !== undefined) y = squeezeExcitation(b, y, inner);
      return convNorm(b, y, { channels, kernel: 1, activation });
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
    build: (b, x, { kernel }, { channels, stride, activation }) => {
      const main = convNorm(b, convNorm(b, x, { channels, kernel, stride, activation }), { channels, kernel });
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

const letters: Readonly<Record<string, string>> = { kernel: "k", expansion: "e", reduction: "r" };
const words: Readonly<Record<string, string>> = { average: "avg" };

/** One attribute in the text: `k3`, `e6`; a flag that is set is `se`, one that is not is nothing; words stay words. */
export function attributeText(name: string, value: number | string | boolean): string {
  if (typeof value === "boolean") return value ? "se" : "";
  if (typeof value === "string") return words[value] ?? value;
  return `${letters[name]}${value}`;
}
