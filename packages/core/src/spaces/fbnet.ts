/** The search space of FBNet. */
import { InputError } from "../base/index.ts";
import { item } from "../base/matrix.ts";
import { NetworkBuilder, type NodeIndex } from "../ir/index.ts";
import { classifier, convNorm, imageInput, invertedResidual } from "./blocks.ts";
import { type CategoricalSpace, categoricalSpace, type Gene, type Genotype } from "./categorical.ts";

/** The nine choices of a block, in the order of their numbers in the text: kernel, expansion, groups; or a skip. */
export const fbnetBlocks = [
  { name: "k3_e1", kernel: 3, expansion: 1, groups: 1 },
  { name: "k3_e1_g2", kernel: 3, expansion: 1, groups: 2 },
  { name: "k3_e3", kernel: 3, expansion: 3, groups: 1 },
  { name: "k3_e6", kernel: 3, expansion: 6, groups: 1 },
  { name: "k5_e1", kernel: 5, expansion: 1, groups: 1 },
  { name: "k5_e1_g2", kernel: 5, expansion: 1, groups: 2 },
  { name: "k5_e3", kernel: 5, expansion: 3, groups: 1 },
  { name: "k5_e6", kernel: 5, expansion: 6, groups: 1 },
  { name: "skip" },
] as const;

/** Output channels and stride of the 22 blocks (Wu et al. 2019, table 1). */
export const fbnetLayout: readonly { readonly channels: number; readonly stride: number }[] = (
  [
    [16, 1, 1],
    [24, 4, 2],
    [32, 4, 2],
    [64, 4, 2],
    [112, 4, 1],
    [184, 4, 2],
    [352, 1, 1],
  ] as const
).flatMap(([channels, count, first]) => Array.from({ length: count }, (_, i) => ({ channels, stride: i === 0 ? first : 1 })));

export interface FbnetOptions {
  /** Published: 2, for images of 224 × 224; 1 suits small images. */
  readonly stem_stride: number;
}

const genes: readonly Gene[] = fbnetLayout.map((_, i) => ({
  name: `block ${i + 1}`,
  options: fbnetBlocks.map(({ name }) => name),
  ordered: false,
}));

/**
 * FBNet (Wu et al., CVPR 2019): 22 blocks of nine choices each. The canonical text lists the numbers of the choices, `7-8-1-…`.
 * A skip is the identity where the shape stays, otherwise a 1×1 convolution with batch norm and ReLU.
 */
export function fbnet({ stem_stride }: FbnetOptions = { stem_stride: 2 }): CategoricalSpace {
  return categoricalSpace({
    name: "fbnet",
    genes,
    format: (g) => g.join("-"),
    parse,
    network: (g, task) => {
      const b = new NetworkBuilder();
      let x = convNorm(b, imageInput(b, task), { channels: 16, kernel: 3, stride: stem_stride, activation: "relu" });
      g.forEach((option, i) => {
        x = block(b, x, option, i);
      });
      return classifier(b, convNorm(b, x, { channels: 1984, kernel: 1, activation: "relu" }), task);
    },
  });
}

function parse(text: string): Genotype {
  const written = text.trim().split("-");
  const expected = `${genes.length} numbers of 0 to ${fbnetBlocks.length - 1}, joined by '-'`;
  if (written.length !== genes.length) {
    throw new InputError(`'${text}' is not an FBNet architecture: it has ${written.length} parts`, { expected });
  }
  return written.map((number, i) => {
    if (!/^[0-8]$/.test(number)) throw new InputError(`'${number}', part ${i + 1} of '${text}', is not a block of FBNet`, { expected });
    return Number(number);
  });
}

function block(b: NetworkBuilder, x: NodeIndex, option: number, position: number): NodeIndex {
  const { channels, stride } = fbnetLayout[position] as (typeof fbnetLayout)[number];
  const choice = fbnetBlocks[option] as (typeof fbnetBlocks)[number];
  const inputChannels = item(b.shape(x), 1);
  if (choice.name === "skip") {
    return stride === 1 && inputChannels === channels ? x : convNorm(b, x, { channels, kernel: 1, stride, activation: "relu" });
  }
  const { kernel, groups } = choice;
  const inner = inputChannels * choice.expansion;
  return invertedResidual(b, x, { channels, kernel, inner, stride, groups, activation: "relu", keepExpansion: true });
}
