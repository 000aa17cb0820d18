/** The genes of a staged space, and what their options mean. */
import { item } from "../../base/matrix.ts";
import type { ActivationFunction } from "../../ir/index.ts";
import type { Gene, Genotype } from "../categorical.ts";
import { type AnyBlock, type BlockPlace, blockRules, roundChannels } from "./blockTypes.ts";
import type { BlockSpec, StagedSpec, StageSpec } from "./spec.ts";

/** A gene and what its options mean. */
export interface Slot<T> {
  readonly gene: number;
  readonly values: readonly T[];
}

export interface Attribute {
  readonly name: string;
  readonly slot: Slot<number | string | boolean>;
}

/** A block type that a position may take, with the genes of its attributes. */
export interface BlockVariant {
  readonly type: BlockSpec["type"];
  readonly token: string;
  readonly attributes: readonly Attribute[];
}

/** A position in a stage. */
export interface BlockPlan {
  readonly type: Slot<BlockVariant>;
}

export interface StagePlan {
  readonly depth: Slot<number>;
  readonly channels: Slot<number>;
  readonly stride: Slot<number>;
  readonly uniform: boolean;
  /** One for each position up to the largest depth; a uniform stage has one for all. */
  readonly blocks: readonly BlockPlan[];
}

/** The genes of a space of stages, and where each of its choices is found among them. */
export interface Plan {
  readonly genes: readonly Gene[];
  readonly resolution?: Slot<number>;
  readonly downsample: Slot<number>;
  readonly width: Slot<number>;
  readonly activation: Slot<ActivationFunction>;
  readonly stem: { readonly channels: Slot<number>; readonly kernel: Slot<number>; readonly stride: Slot<number> };
  readonly head: { readonly channels: Slot<number>; readonly flatten?: Slot<boolean> };
  readonly stages: readonly StagePlan[];
}

/** What a genotype chooses. */
export const chosen = <T>(slot: Slot<T>, g: Genotype): T => slot.values[item(g, slot.gene)] as T;

/** A block of a genotype, and where it stands. */
export interface ChosenBlock {
  readonly block: AnyBlock;
  readonly place: BlockPlace;
  /** As genes name it: `stages[0].blocks[1]`. */
  readonly position: string;
}

/** A genotype's blocks in order. */
export function chosenBlocks(plan: Plan, channelMultiple: number, g: Genotype): readonly ChosenBlock[] {
  const width = chosen(plan.width, g);
  const activation = chosen(plan.activation, g);
  return plan.stages.flatMap((stage, s) => {
    const channels = roundChannels(chosen(stage.channels, g) * width, channelMultiple);
    return Array.from({ length: chosen(stage.depth, g) }, (_, i) => ({
      block: chosenBlock(stage.blocks[stage.uniform ? 0 : i] as BlockPlan, g),
      place: { channels, stride: i === 0 ? chosen(stage.stride, g) : 1, activation, channelMultiple },
      position: `stages[${s}].blocks[${i}]`,
    }));
  });
}

function chosenBlock(plan: BlockPlan, g: Genotype): AnyBlock {
  const { type, attributes } = chosen(plan.type, g);
  return Object.fromEntries([["type", type], ...attributes.map(({ name, slot }) => [name, chosen(slot, g)])]) as AnyBlock;
}

type AddGene = <T>(name: string, values: readonly T[], when?: Gene["when"]) => Slot<T>;

/** Lays out the genes. Those of a stage's blocks depend on its depth, those of a block's attributes on its type. */
export function planGenes(spec: StagedSpec): Plan {
  const genes: Gene[] = [];
  const add: AddGene = (name, values, when) => {
    const ordered = typeof values[0] === "number" || typeof values[0] === "boolean";
    genes.push({ name, options: values.map(String), ordered, ...(when ? { when } : {}) });
    return { gene: genes.length - 1, values };
  };
  return {
    genes,
    ...(spec.resolution && { resolution: add("resolution", spec.resolution) }),
    width: add("width", spec.width),
    downsample: add("downsample", spec.downsample),
    activation: add("activation", spec.activation),
    stem: {
      channels: add("stem.channels", spec.stem.channels),
      kernel: add("stem.kernel", spec.stem.kernel),
      stride: add("stem.stride", spec.stem.stride),
    },
    head: {
      channels: add("head.channels", spec.head.channels),
      ...(spec.head.flatten && { flatten: add("head.flatten", spec.head.flatten) }),
    },
    stages: spec.stages.map((stage, i) => planStage(add, stage, `stages[${i}]`)),
  };
}

function planStage(add: AddGene, stage: StageSpec, name: string): StagePlan {
  const depth = add(`${name}.depth`, stage.depth);
  const deeperThan = (position: number) => ({
    gene: depth.gene,
    options: stage.depth.flatMap((value, option) => (value > position ? [option] : [])),
  });
  const positions = stage.uniform ? Math.min(1, Math.max(...stage.depth)) : Math.max(...stage.depth);
  return {
    depth,
    channels: add(`${name}.channels`, stage.channels, deeperThan(0)),
    stride: add(`${name}.stride`, stage.stride, deeperThan(0)),
    uniform: stage.uniform,
    blocks: Array.from({ length: positions }, (_, i) => planBlock(add, stage.blocks, `${name}.blocks[${i}]`, deeperThan(i))),
  };
}

/** What an attribute of a block may be. */
type Options = readonly (number | string | boolean)[];

function planBlock(add: AddGene, blocks: readonly BlockSpec[], name: string, when: Gene["when"]): BlockPlan {
  const { gene } = add(
    `${name}.type`,
    blocks.map((block) => block.type),
    when,
  );
  const values = blocks.map(({ type, ...attributes }, option) => ({
    type,
    token: blockRules[type].token,
    attributes: Object.entries<Options | undefined>(attributes).flatMap(([attribute, options]) =>
      options === undefined ? [] : [{ name: attribute, slot: add(`${name}.${attribute}`, options, { gene, options: [option] }) }],
    ),
  }));
  return { type: { gene, values } };
}
