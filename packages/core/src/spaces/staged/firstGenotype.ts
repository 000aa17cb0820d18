/** The first of the genotypes that stand for one network. */
import { item } from "../../base/matrix.ts";
import type { Genotype } from "../categorical.ts";
import { type BlockChoice, type BlockIndex, createBlockIndex } from "./blockIndex.ts";
import { roundChannels } from "./blockTypes.ts";
import { type ListedNetwork, type ListedOperator, listBlock, listHead, longestBlock } from "./operatorList.ts";
import type { BlockPlan, Plan, Slot, StagePlan } from "./plan.ts";

/** Genes and the options chosen for them. */
type Assignment = readonly (readonly [gene: number, option: number])[];

/** Finds the first genotype of a network, in lexicographic order; undefined where the space does not contain it. */
export type FirstGenotype = (network: ListedNetwork) => Genotype | undefined;

/**
 * Reads networks back: from the stem on, every stage takes as many of the listed operators as its blocks have, in every way there is.
 * That a stage cannot go on from some operator is remembered, so that the time grows with the stages and not with the ways.
 */
export function createFirstGenotype(plan: Plan, channelMultiple: number): FirstGenotype {
  const indexes = blockIndexes(plan);
  return (network) => {
    const fixed = fixedGenes(plan, network);
    if (!fixed) return undefined;
    for (const [widthOption, width] of plan.width.values.entries()) {
      const scaled = (channels: number) => roundChannels(channels * width, channelMultiple);
      const stem = plan.stem.channels.values.findIndex((channels) => scaled(channels) === network.stemChannels);
      if (stem < 0) continue;
      for (const [headOption, head] of plan.head.channels.values.entries()) {
        const operators = withoutHead(network, head === 0 ? 0 : scaled(head), channelMultiple);
        const stages = operators && readStages({ plan, channelMultiple, indexes, network, operators, scaled });
        if (!stages) continue;
        const genes = [...fixed, ...stages, ...gene(plan.width, widthOption), ...gene(plan.stem.channels, stem)];
        const g = new Array<number>(plan.genes.length).fill(0);
        for (const [at, option] of [...genes, ...gene(plan.head.channels, headOption)]) g[at] = option;
        return g;
      }
    }
    return undefined;
  };
}

/** Of each stage that has blocks; stages with the same choices share theirs. */
function blockIndexes(plan: Plan): readonly (BlockIndex | undefined)[] {
  const known = new Map<string, BlockIndex>();
  return plan.stages.map(({ blocks: [block] }) => {
    if (!block) return undefined;
    const key = JSON.stringify(
      block.type.values.map(({ type, attributes }) => [type, attributes.map(({ name, slot }) => [name, slot.values])]),
    );
    const index = known.get(key) ?? createBlockIndex(block);
    known.set(key, index);
    return index;
  });
}

const gene = <T>(slot: Slot<T>, option: number): Assignment => [[slot.gene, option]];

/** The choices for which there is one option only. */
function fixedGenes(plan: Plan, { fixed }: ListedNetwork): Assignment | undefined {
  const { resolution, downsample, activation, stem, head } = plan;
  const wanted: readonly (readonly [Slot<unknown>, unknown])[] = [
    ...(resolution ? [[resolution, fixed.resolution] as const] : []),
    [downsample, fixed.downsample],
    [activation, fixed.activation],
    [stem.kernel, fixed.stemKernel],
    [stem.stride, fixed.stemStride],
    ...(head.flatten ? [[head.flatten, fixed.flatten] as const] : []),
  ];
  const genes = wanted.flatMap(([slot, value]) => gene(slot, slot.values.indexOf(value)));
  const isLost = fixed.flatten && !head.flatten;
  return isLost || genes.some(([, option]) => option < 0) ? undefined : genes;
}

/** The operators of the stages, where the last ones are a head of so many channels. */
function withoutHead({ fixed, stemChannels, operators }: ListedNetwork, channels: number, channelMultiple: number) {
  if (channels === 0) return operators;
  // How a convolution is listed does not depend on the channels of its input.
  const head = listHead(stemChannels, { channels, activation: fixed.activation, channelMultiple });
  const end = operators.length - head.length;
  return end >= 0 && matches(operators, end, head) ? operators.slice(0, end) : undefined;
}

function matches(operators: readonly ListedOperator[], at: number, part: readonly ListedOperator[]): boolean {
  return at + part.length <= operators.length && part.every((operator, i) => operators[at + i] === operator);
}

/** By position: whether every operator from there on reads only what stands from the one before on. */
function endsOf(operators: readonly ListedOperator[]): readonly boolean[] {
  const ends = new Array<boolean>(operators.length + 1).fill(true);
  operators.forEach(({ reach }, at) => {
    for (let before = at - reach + 2; before <= at; before++) ends[before] = false;
  });
  return ends;
}

interface Reading {
  readonly plan: Plan;
  readonly channelMultiple: number;
  /** Of each stage that has blocks. */
  readonly indexes: readonly (BlockIndex | undefined)[];
  readonly network: ListedNetwork;
  /** Of the stages. */
  readonly operators: readonly ListedOperator[];
  /** Channels by the width's factor. */
  readonly scaled: (channels: number) => number;
}

/** How a stage is read: the options chosen for it, and what its blocks have in common. */
interface StageChoice {
  readonly index: number;
  readonly stage: StagePlan;
  readonly depth: number;
  readonly channels: number;
  readonly stride: number;
}

/** The first way in which the stages give exactly these operators. */
function readStages({ plan, channelMultiple, indexes, network, operators, scaled }: Reading): Assignment | undefined {
  const failed = new Set<string>();
  const isEnd = endsOf(operators);
  const channelsAt = (at: number) => (at === 0 ? network.stemChannels : (operators[at - 1] as ListedOperator).channels);

  /** Remembers where nothing was found. */
  const once = (key: string, find: () => Assignment | undefined): Assignment | undefined => {
    if (failed.has(key)) return undefined;
    const found = find();
    if (!found) failed.add(key);
    return found;
  };

  /** Channels with which a block that begins here may end: where nothing later reads what stands before its end. */
  const channelsOfEnds = (at: number): ReadonlySet<number> => {
    const ends = new Set([channelsAt(at)]);
    for (let end = at + 1; end <= Math.min(at + longestBlock, operators.length); end++) if (isEnd[end]) ends.add(channelsAt(end));
    return ends;
  };

  const fromStage = (index: number, at: number): Assignment | undefined => {
    const stage = plan.stages[index];
    if (!stage) return at === operators.length ? [] : undefined;
    return once(`${index} ${at}`, () => {
      const reachable = channelsOfEnds(at);
      const strides = new Set([1, ...operators.slice(at, at + longestBlock).map(({ stride }) => stride)]);
      for (const [depthOption, depth] of stage.depth.values.entries()) {
        const depthGene = gene(stage.depth, depthOption);
        if (depth === 0) {
          const rest = fromStage(index + 1, at);
          if (rest) return [...depthGene, ...rest];
          continue;
        }
        for (const [channelsOption, written] of stage.channels.values.entries()) {
          const channels = scaled(written);
          if (!reachable.has(channels)) continue;
          for (const [strideOption, stride] of stage.stride.values.entries()) {
            if (!strides.has(stride)) continue;
            const blocks = fromBlock({ index, stage, depth, channels, stride }, 0, at);
            if (blocks) return [...depthGene, ...gene(stage.channels, channelsOption), ...gene(stage.stride, strideOption), ...blocks];
          }
        }
      }
      return undefined;
    });
  };

  const place = (channels: number, stride: number) => ({ channels, stride, activation: network.fixed.activation, channelMultiple });

  /** Where a stage of one block repeated ends, the first of which ends here. */
  const afterRepeats = ({ block }: BlockChoice, { stage, depth, channels }: StageChoice, end: number): number | undefined => {
    let at = end;
    for (let i = 1; stage.uniform && i < depth; i++) {
      const repeated = listBlock(block, channels, place(channels, 1));
      if (!matches(operators, at, repeated)) return undefined;
      at += repeated.length;
    }
    return at;
  };

  const fromBlock = (where: StageChoice, position: number, at: number): Assignment | undefined => {
    const { index, stage, depth, channels, stride } = where;
    if (position === depth) return fromStage(index + 1, at);
    return once(`${index} ${depth} ${channels} ${position === 0 ? stride : ""} ${position} ${at}`, () => {
      const beginning = (indexes[index] as BlockIndex)(channelsAt(at), place(channels, position === 0 ? stride : 1), operators[at]);
      for (const { choice, operators: own } of beginning) {
        const end = matches(operators, at, own) ? afterRepeats(choice, where, at + own.length) : undefined;
        const rest = end === undefined ? undefined : fromBlock(where, stage.uniform ? depth : position + 1, end);
        if (rest) return [...blockGenes(stage.blocks[position] as BlockPlan, choice), ...rest];
      }
      return undefined;
    });
  };

  return fromStage(0, 0);
}

function blockGenes({ type }: BlockPlan, choice: BlockChoice): Assignment {
  const { attributes } = type.values[choice.type] as (typeof type.values)[number];
  return [...gene(type, choice.type), ...attributes.flatMap(({ slot }, i) => gene(slot, item(choice.attributes, i)))];
}
