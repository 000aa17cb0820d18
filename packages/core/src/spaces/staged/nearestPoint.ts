/** The point of a staged space that is most like a given network of stages. */
import { InputError } from "../../base/index.ts";
import { item } from "../../base/matrix.ts";
import type { Genotype } from "../categorical.ts";
import { roundChannels } from "./blockTypes.ts";
import type { BlockPlan, Plan, Slot, StagePlan } from "./plan.ts";
import type { BlockSpec, StagedSpec } from "./spec.ts";

/** A point of a space, and in which of its choices it is not what was asked for. */
export interface NearestPoint {
  readonly genotype: Genotype;
  /** One for each difference, for people: `stage 2: 32 channels in place of 40`. Empty where the point is the network. */
  readonly differences: readonly string[];
}

/** What a point is collected in. */
interface Draft {
  readonly genotype: number[];
  readonly differences: string[];
  /** How far the channels are away, as a sum of logarithms. */
  distance: number;
}

/**
 * The point of the plan's space that is nearest to a space of one architecture. Numbers and words that the space does not offer are
 * replaced by the nearest it has; stages are compared one by one from the first.
 * @throws InputError where the space has no such stages or blocks, or where the network leaves choices open.
 */
export function nearestPoint(plan: Plan, channelMultiple: number, network: StagedSpec): NearestPoint {
  if (network.stages.length > plan.stages.length) {
    throw new InputError(`the network has ${network.stages.length} stages, the space ${plan.stages.length}`, {
      expected: `at most ${plan.stages.length} stages`,
    });
  }
  const drafts = plan.width.values.map((width, option) => draftAt(plan, channelMultiple, network, width, option));
  const best = drafts.reduce((least, draft) => (draft.distance < least.distance ? draft : least));
  return { genotype: best.genotype, differences: best.differences };
}

function draftAt(plan: Plan, multiple: number, network: StagedSpec, width: number, widthOption: number): Draft {
  const draft: Draft = { genotype: new Array<number>(plan.genes.length).fill(0), differences: [], distance: 0 };
  draft.genotype[plan.width.gene] = widthOption;
  const ownWidth = only(network.width, "width");
  const channels = (slot: Slot<number>, wanted: readonly number[], where: string) => {
    const scaled = roundChannels(only(wanted, `${where}'s channels`) * ownWidth, network.channel_multiple);
    const offered = slot.values.map((value) => (value === 0 ? 0 : roundChannels(value * width, multiple)));
    chooseNumber(draft, { gene: slot.gene, values: offered }, wanted[0] === 0 ? 0 : scaled, (value) => `${where}: ${value} channels`);
  };
  const number = (slot: Slot<number>, wanted: readonly number[], what: string) =>
    chooseNumber(draft, slot, only(wanted, what), (value) => `${what} ${value}`);

  if (plan.resolution) number(plan.resolution, network.resolution ?? [], "resolution");
  number(plan.downsample, network.downsample, "downsampling");
  chooseWord(draft, plan.activation, only(network.activation, "activation"), "activation");
  channels(plan.stem.channels, network.stem.channels, "stem");
  number(plan.stem.kernel, network.stem.kernel, "stem: kernel");
  number(plan.stem.stride, network.stem.stride, "stem: stride");
  channels(plan.head.channels, network.head.channels, "head");
  const flat = only(network.head.flatten ?? [false], "head's flatten");
  if (plan.head.flatten) chooseWord(draft, plan.head.flatten, flat, "head: flatten");
  else if (flat) draft.differences.push("head: means of the channels in place of all positions");

  plan.stages.forEach((stage, i) => {
    const wanted = network.stages[i];
    const where = `stage ${i + 1}`;
    const depth = wanted ? only(wanted.depth, `${where}: depth`) : 0;
    chooseNumber(draft, stage.depth, depth, (value) => `${where}: ${value} blocks`);
    const made = item(stage.depth.values, item(draft.genotype, stage.depth.gene));
    if (made === 0 || !wanted) return;
    channels(stage.channels, wanted.channels, where);
    number(stage.stride, wanted.stride, `${where}: stride`);
    if (wanted.blocks.length !== 1) throw open(`${where}: the block`);
    for (const plan of stage.blocks.slice(0, stage.uniform ? 1 : made)) chooseBlock(draft, plan, wanted.blocks[0] as BlockSpec, where);
  });
  return draft;
}

function chooseBlock(draft: Draft, { type }: StagePlan["blocks"][number] & BlockPlan, wanted: BlockSpec, where: string): void {
  const option = type.values.findIndex((variant) => variant.type === wanted.type);
  const variant = type.values[option];
  if (!variant) {
    throw new InputError(`${where}: the space has no block ${wanted.type} there`, {
      expected: `a network whose blocks there are one of ${type.values.map((value) => value.type).join(", ")}`,
    });
  }
  draft.genotype[type.gene] = option;
  const attributes: Readonly<Record<string, unknown>> = wanted;
  for (const { name, slot } of variant.attributes) {
    const value = only((attributes[name] ?? [false]) as readonly (number | string | boolean)[], `${where}: ${name}`);
    const what = `${where}: ${name.replace("_", " ")}`;
    if (typeof value === "number") chooseNumber(draft, slot as Slot<number>, value, (made) => `${what} ${made}`);
    else chooseWord(draft, slot, value, what);
  }
}

/** The option nearest in ratio, the smaller one of two; what differs is noted. */
function chooseNumber(draft: Draft, slot: Slot<number>, wanted: number, inWords: (value: number) => string): void {
  const away = (value: number) => Math.abs(Math.log((value + 0.01) / (wanted + 0.01)));
  let best = 0;
  slot.values.forEach((value, option) => {
    if (away(value) < away(item(slot.values, best))) best = option;
  });
  draft.genotype[slot.gene] = best;
  const made = item(slot.values, best);
  draft.distance += away(made);
  if (made !== wanted) draft.differences.push(`${inWords(made)} in place of ${wanted}`);
}

/** The option itself, or the first where there is no such option. */
function chooseWord<T extends number | string | boolean>(draft: Draft, slot: Slot<T>, wanted: T, what: string): void {
  const option = slot.values.indexOf(wanted);
  draft.genotype[slot.gene] = Math.max(0, option);
  if (option < 0) draft.differences.push(`${what} ${slot.values[0]} in place of ${wanted}`);
}

function only<T>(options: readonly T[], what: string): T {
  if (options.length !== 1) throw open(what);
  return options[0] as T;
}

const open = (what: string) =>
  new InputError(`${what} has several options, so this is a space and not one network`, { expected: "one option for everything" });
